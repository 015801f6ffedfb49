// --- one decoder after the other, and the C interface ---------------------------------------------

namespace {

// Channel codes of the second decoder from the APP values of the first.
void hand_over(const int16_t* soft, int64_t frames, int8_t* codes) {
    typedef spec_second S;
    for (int64_t f = 0; f < frames; f++, soft += S::n_variables, codes += S::n) {
        for (int i = 0; i < S::n; i++) {
            const int value = soft[S::transmitted[i]];
            codes[i] = int8_t(std::clamp(value, S::minimum_code, S::maximum_code));
        }
    }
}

void decode_chain(const int8_t* codes, int64_t frames, const Results& to) {
    constexpr int n = spec_second::n, n_variables = spec_second::n_variables;
    constexpr int64_t block = 512;
    std::vector<int16_t> soft(block * n_variables);
    std::vector<int8_t> between(block * n);
    std::vector<uint8_t> verified(block), used(block);
    for (int64_t at = 0; at < frames; at += block) {
        const int64_t count = std::min(block, frames - at);
        uint8_t* const bits = to.bits + at * n_variables;  // those of the first are written over
        engine<spec_first>().decode({codes + at * n, nullptr}, count,
                                    {bits, verified.data(), used.data(), soft.data(), nullptr});
        hand_over(soft.data(), count, between.data());
        engine<spec_second>().decode(
            {between.data(), nullptr}, count,
            {bits, to.decoded + at, to.iterations + at, nullptr, nullptr});
        for (int64_t f = 0; f < count; f++) to.iterations[at + f] += used[f];
    }
}

}  // namespace

extern "C" {

const char* CM_NAME(spec_sha)(void) { return "@SHA@"; }
int CM_NAME(n)(void) { return spec_second::n; }
int CM_NAME(n_variables)(void) { return spec_second::n_variables; }
int CM_NAME(vector_bytes)(void) { return engine<spec_second>().bytes; }

int CM_NAME(use_vector_bytes)(int bytes) {
    return use_vector_bytes<spec_first>(bytes) | use_vector_bytes<spec_second>(bytes);
}

int CM_NAME(decode)(const int8_t* codes, int64_t frames, uint8_t* bits, uint8_t* decoded,
                    uint8_t* iterations) {
    return guarded([&] {
        decode_chain(codes, frames, Results{bits, decoded, iterations, nullptr, nullptr});
    });
}

}  // extern "C"
