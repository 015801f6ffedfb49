// --- the C interface --------------------------------------------------------------------------------

extern "C" {

int CM_NAME(abi)(void) { return 1; }
const char* CM_NAME(spec_sha)(void) { return CM_SPEC::spec_sha; }
int CM_NAME(n)(void) { return CM_SPEC::n; }
int CM_NAME(k)(void) { return CM_SPEC::n_information; }
int CM_NAME(n_variables)(void) { return CM_SPEC::n_variables; }
int CM_NAME(value_limit)(void) { return CM_SPEC::value_limit; }
int CM_NAME(lanes)(void) { return engine<CM_SPEC>().lanes; }
int CM_NAME(vector_bytes)(void) { return engine<CM_SPEC>().bytes; }
int CM_NAME(use_vector_bytes)(int bytes) { return use_vector_bytes<CM_SPEC>(bytes); }

void CM_NAME(quantise)(const float* llr, int64_t count, int8_t* codes) {
    engine<CM_SPEC>().quantise(llr, count, codes);
}

int CM_NAME(decode)(const int8_t* codes, int64_t frames, uint8_t* bits, uint8_t* decoded,
                    uint8_t* iterations_used) {
    return guarded([&] {
        const Results results{bits, decoded, iterations_used, nullptr, nullptr};
        engine<CM_SPEC>().decode({codes, nullptr}, frames, results);
    });
}

int CM_NAME(decode_soft)(const int8_t* codes, const int16_t* values, int64_t frames, uint8_t* bits,
                         uint8_t* decoded, uint8_t* iterations_used, int16_t* soft,
                         int32_t* unsatisfied) {
    if ((codes != nullptr) == (values != nullptr)) return -1;
    if (values && !in_range<CM_SPEC>(values, frames)) return -1;
    return guarded([&] {
        const Results results{bits, decoded, iterations_used, soft, unsatisfied};
        engine<CM_SPEC>().decode({codes, values}, frames, results);
    });
}

const int32_t* CM_NAME(information_positions)(void) { return CM_SPEC::information; }

void CM_NAME(extract_information)(const uint8_t* bits, int64_t frames, uint8_t* information) {
    for (int64_t f = 0; f < frames; f++, bits += CM_SPEC::n_variables) {
        for (int i = 0; i < CM_SPEC::n_information; i++) {
            *information++ = bits[CM_SPEC::information[i]];
        }
    }
}

int CM_NAME(encode)(const uint8_t* bits, int64_t frames, uint8_t* codewords) {
    return guarded([&] { encode<CM_SPEC>(bits, frames, codewords); });
}

int CM_NAME(frames)(int kind, int bits_per_symbol, double parameter, uint64_t seed, uint32_t point,
                    int64_t first, int64_t frames, uint8_t* codewords, float* llr) {
    return guarded([&] {
        const Link link{kind, bits_per_symbol, parameter};
        simulated_frames<CM_SPEC>(link, Origin{seed, point}, first, frames, codewords, llr);
    });
}

int CM_NAME(simulate)(int kind, int bits_per_symbol, double parameter, uint64_t seed,
                      uint32_t point, int64_t first, int64_t frames, uint32_t* bit_errors,
                      uint8_t* decoded, uint8_t* iterations_used) {
    return guarded([&] {
        engine<CM_SPEC>().simulate(Link{kind, bits_per_symbol, parameter}, Origin{seed, point},
                                   first, frames, bit_errors, decoded, iterations_used);
    });
}

}  // extern "C"
