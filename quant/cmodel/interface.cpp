// --- the lane widths, and the C interface ---------------------------------------------------------

namespace {

struct Engine {
    int bytes, lanes;
    void (*decode)(const int8_t*, int64_t, uint8_t*, uint8_t*, uint8_t*);
    void (*simulate)(const Link&, const Origin&, int64_t, int64_t, uint32_t*, uint8_t*, uint8_t*);
    void (*encode_block)(Block&);
};

//include widths.cpp
template <class Work>
int guarded(const Work& work) {
    try {
        work();
    } catch (...) {
        return -1;
    }
    return 0;
}

}  // namespace

extern "C" {

int CM_NAME(abi)(void) { return 1; }
const char* CM_NAME(spec_sha)(void) { return spec_sha; }
int CM_NAME(n)(void) { return n; }
int CM_NAME(k)(void) { return n_information; }
int CM_NAME(n_variables)(void) { return n_variables; }
int CM_NAME(lanes)(void) { return chosen()->lanes; }
int CM_NAME(vector_bytes)(void) { return chosen()->bytes; }

int CM_NAME(use_vector_bytes)(int bytes) {
    const Engine* found = bytes == 0 ? widest() : supported(bytes);
    if (found) chosen() = found;
    return found ? 0 : -1;
}

void CM_NAME(quantise)(const float* llr, int64_t count, int8_t* codes) {
    for (int64_t i = 0; i < count; i++) codes[i] = quantise_one(llr[i]);
}

int CM_NAME(decode)(const int8_t* codes, int64_t frames, uint8_t* bits, uint8_t* decoded,
                    uint8_t* iterations_used) {
    return guarded([&] { chosen()->decode(codes, frames, bits, decoded, iterations_used); });
}

int CM_NAME(encode)(const uint8_t* bits, int64_t frames, uint8_t* codewords) {
    return guarded([&] {
        Block block;
        for (int64_t first = 0; first < frames; first += frames_per_block) {
            const int count = int(std::min<int64_t>(frames_per_block, frames - first));
            for (int i = 0; i < n_information; i++) {
                Words& word = block.word[information[i]];
                word = Words{};
                for (int f = 0; f < count; f++) {
                    const uint64_t bit = bits[(first + f) * n_information + i] & 1;
                    word.bit[f / 64] |= bit << (f % 64);
                }
            }
            chosen()->encode_block(block);
            for (int f = 0; f < count; f++) {
                uint8_t* to = codewords + (first + f) * n_variables;
                for (int v = 0; v < n_variables; v++) to[v] = block.sent(v, f);
            }
        }
    });
}

int CM_NAME(frames)(int kind, int bits_per_symbol, double parameter, uint64_t seed, uint32_t point,
                    int64_t first, int64_t frames, uint8_t* codewords, float* llr) {
    return guarded([&] {
        const Link link{kind, bits_per_symbol, parameter};
        const Origin from{seed, point};
        Block block;
        for (int64_t f = first; f < first + frames; f++, llr += n, codewords += n_variables) {
            if (block.number != f / frames_per_block) {
                random_information(from, f / frames_per_block, block);
                chosen()->encode_block(block);
            }
            for (int v = 0; v < n_variables; v++) codewords[v] = block.sent(v, f);
            frame_llrs(link, from, block, f, llr);
        }
    });
}

int CM_NAME(simulate)(int kind, int bits_per_symbol, double parameter, uint64_t seed,
                      uint32_t point, int64_t first, int64_t frames, uint32_t* bit_errors,
                      uint8_t* decoded, uint8_t* iterations_used) {
    return guarded([&] {
        chosen()->simulate(Link{kind, bits_per_symbol, parameter}, Origin{seed, point}, first,
                           frames, bit_errors, decoded, iterations_used);
    });
}

}  // extern "C"
