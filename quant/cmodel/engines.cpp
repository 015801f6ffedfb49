// --- a decoder at every lane width ----------------------------------------------------------------

namespace {

// Of one of the two: codes (frames, n), or channel values (frames, n_variables) in APP LSB, none
// beyond S::value_limit.
struct Received {
    const int8_t* codes;
    const int16_t* values;
};

// bits (frames, n_variables), verified flags, iterations (frames); where not null also APP values
// (frames, n_variables) in APP LSB at the end, and checks odd in the last iteration (frames).
struct Results {
    uint8_t *bits, *decoded, *iterations;
    int16_t* soft;
    int32_t* unsatisfied;
};

//include engine_type.cpp
//include widths.cpp
// Vector size in use.
template <class S>
int& vector_bytes() {
    static int bytes = widest_vectors();
    return bytes;
}

// 0: the widest vectors; -1 if this processor has no such vectors.
template <class S>
int use_vector_bytes(int bytes) {
    const int due = bytes == 0 ? widest_vectors() : bytes;
    if (!has_vectors(due)) return -1;
    vector_bytes<S>() = due;
    return 0;
}

template <class S>
const Engine<S>& engine() {
#if defined(CM_X86) && CM_WITH(64)
    if (vector_bytes<S>() == 64) return bytes64::engine<S>;
#endif
#if defined(CM_X86) && CM_WITH(32)
    if (vector_bytes<S>() == 32) return bytes32::engine<S>;
#endif
#if CM_WITH(16)
    return bytes16::engine<S>;
#else
    std::abort();  // no other size is ever in use
#endif
}

// Whether channel values are such that no intermediate of the decoder overflows.
template <class S>
bool in_range(const int16_t* values, int64_t frames) {
    bool right = true;
    for (int64_t i = 0; i < frames * S::n_variables; i++) {
        right &= values[i] <= S::value_limit && values[i] >= -S::value_limit;
    }
    return right;
}

// information (frames, k), a bit a byte, to codewords (frames, n_variables).
template <class S>
void encode(const uint8_t* information, int64_t frames, uint8_t* codewords) {
    Block<S> block;
    for (int64_t first = 0; first < frames; first += frames_per_block) {
        const int count = int(std::min<int64_t>(frames_per_block, frames - first));
        for (int i = 0; i < S::n_information; i++) {
            Words& word = block.word[S::information[i]];
            word = Words{};
            for (int f = 0; f < count; f++) {
                const uint64_t bit = information[(first + f) * S::n_information + i] & 1;
                word.bit[f / 64] |= bit << (f % 64);
            }
        }
        engine<S>().encode_block(block);
        for (int f = 0; f < count; f++) {
            uint8_t* to = codewords + (first + f) * S::n_variables;
            for (int v = 0; v < S::n_variables; v++) to[v] = block.sent(v, f);
        }
    }
}

// codewords (frames, n_variables) and LLRs (frames, n) of a simulation.
template <class S>
void simulated_frames(const Link& link, const Origin& from, int64_t first, int64_t frames,
                      uint8_t* codewords, float* llr) {
    Block<S> block;
    for (int64_t f = first; f < first + frames; f++, llr += S::n, codewords += S::n_variables) {
        if (block.number != f / frames_per_block) {
            random_information(from, f / frames_per_block, block);
            engine<S>().encode_block(block);
        }
        for (int v = 0; v < S::n_variables; v++) codewords[v] = block.sent(v, f);
        frame_llrs(link, from, block, f, llr);
    }
}

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
