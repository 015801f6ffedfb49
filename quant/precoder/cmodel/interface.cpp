// --- the vector widths, and the C interface -------------------------------------------------------

namespace {

struct Engine {
    int bytes, lanes;
    int64_t (*precode)(const int32_t*, int64_t, int64_t, const int8_t*, uint8_t*);
    void (*simulate)(const Link&, const Origin&, int64_t, int64_t, uint32_t*, uint32_t*, uint32_t*);
    void (*draw)(const Link&, const Origin&, int64_t, int64_t, float*, int8_t*, float*);
};

//include chosen.cpp
template <class Real>
int64_t quantise_channel(const Real* parts, int64_t count, int32_t* values) {
    int64_t saturated = 0;
    for (int64_t i = 0; i < count; i++) values[i] = quantise_part(parts[i], saturated);
    return saturated;
}

}  // namespace

extern "C" {

int CM_NAME(abi)(void) { return 1; }
const char* CM_NAME(spec_sha)(void) { return spec_sha; }
int CM_NAME(antennas)(void) { return antennas; }
int CM_NAME(users)(void) { return users; }
//include vector_sizes.cpp

int64_t CM_NAME(quantise_channel)(const float* parts, int64_t count, int32_t* values) {
    return quantise_channel(parts, count, values);
}

int64_t CM_NAME(quantise_channel_double)(const double* parts, int64_t count, int32_t* values) {
    return quantise_channel(parts, count, values);
}

int CM_NAME(precode)(const int32_t* h, int64_t channels, int64_t vectors, const int8_t* symbols,
                     uint8_t* bits, int64_t* saturated) {
    return guarded([&] { *saturated = chosen()->precode(h, channels, vectors, symbols, bits); });
}

int CM_NAME(simulate)(double deviation, int64_t vectors, uint64_t seed, uint32_t point,
                      int64_t first, int64_t blocks, uint32_t* bit_errors, uint32_t* saturated,
                      uint32_t* channel_saturated) {
    return guarded([&] {
        chosen()->simulate(Link{deviation, vectors}, Origin{seed, point}, first, blocks, bit_errors,
                           saturated, channel_saturated);
    });
}

int CM_NAME(draw)(int64_t vectors, uint64_t seed, uint32_t point, int64_t first, int64_t blocks,
                  float* channel, int8_t* symbols, float* noise) {
    return guarded([&] {
        chosen()->draw(Link{0.0, vectors}, Origin{seed, point}, first, blocks, channel, symbols,
                       noise);
    });
}

}  // extern "C"
