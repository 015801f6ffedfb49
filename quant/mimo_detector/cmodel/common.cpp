// --- shared by all vector widths ----------------------------------------------------------------

//include platform.cpp
namespace {

struct Given {  // of one channel
    const int32_t *h, *w, *w0;
    const int16_t* y;
};

struct Results {
    int16_t* r;
    int8_t *symbols, *llrs;
    uint8_t* flags;
};

constexpr int n_gains = sizeof(gains) / sizeof(gains[0]);
constexpr int r_maximum = (1 << r_bits) - 1;

}  // namespace
