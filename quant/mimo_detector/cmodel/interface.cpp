// --- the vector widths, and the C interface -------------------------------------------------------

namespace {

struct Engine {
    int bytes, lanes;
    int64_t (*detect)(const Given*, int64_t, int64_t, const Results&);
};

//include chosen.cpp
}  // namespace

extern "C" {

int CM_NAME(abi)(void) { return 1; }
const char* CM_NAME(spec_sha)(void) { return spec_sha; }
int CM_NAME(antennas)(void) { return antennas; }
int CM_NAME(users)(void) { return users; }
//include vector_sizes.cpp

int CM_NAME(detect)(const int32_t* h, const int32_t* w, const int32_t* w0, int64_t channels,
                    int64_t vectors, const int16_t* y, int16_t* r, int8_t* symbols, int8_t* llrs,
                    uint8_t* flags, int64_t* saturated_groups) {
    const Given given = {h, w, w0, y};
    const Results results = {r, symbols, llrs, flags};
    return guarded([&] { *saturated_groups = chosen()->detect(&given, channels, vectors, results); });
}

}  // extern "C"
