// --- random channels, symbols and noise -----------------------------------------------------------
// Every draw is a function of seed, point, block, stream and index. Floating point is the same at
// all vector widths: sums, products, quotients and roots only, in one order.

constexpr int symbol_draws = (users + 15) / 16, noise_draws = (users + 1) / 2;  // for a vector
constexpr int channel_parts = (users * antennas * 2 + 31) / 32 * 32;
constexpr float channel_unit = 0x1p-12f;  // channel parts are multiples of it, so that sums are exact

// Noise of a chunk, CN(0, 1): re and im of each user, a vector a column.
struct Noise {
    float part[users][2][chunk];
};

// Four words for each of the indices.
CM_INLINE void random_words(const Origin& from, Stream stream, int64_t block, const U8& index,
                            U8 w[4]) {
    w[0] = index;
    w[1] = U8{} + (uint64_t(block) & 0xFFFFFFFF);
    w[2] = U8{} + (uint64_t(block) >> 32 | stream << 24);
    w[3] = U8{} + uint64_t(from.point);
    philox(w, from.seed);
}

CM_INLINE F8 square_root(const F8& x) {
#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES >= 32
    return __builtin_ia32_sqrtps256(x);
#elif defined(CM_X86) && !defined(__clang__)
    typedef float F4 __attribute__((vector_size(16)));
    struct Halves { F4 low, high; } half = read<Halves>(&x);
    half = {__builtin_ia32_sqrtps(half.low), __builtin_ia32_sqrtps(half.high)};
    return read<F8>(&half);
#else
    F8 root;
    for (int l = 0; l < 8; l++) root[l] = std::sqrt(x[l]);
    return root;
#endif
}

// ln x for 0 < x < 1: exponent, and the series of artanh for a mantissa in 0.7 .. 1.42.
CM_INLINE F8 logarithm(const F8& x) {
    I8 exponent = ((I8)x >> 23) - 127;
    F8 mantissa = (F8)((I8)x - (exponent << 23));
    const I8 high = mantissa > 1.41421356f;
    mantissa = high ? mantissa * 0.5f : mantissa;
    exponent -= high;
    const F8 s = (mantissa - 1.0f) / (mantissa + 1.0f), q = s * s;
    const F8 series = s * (2.0f + q * (2 / 3.0f + q * (2 / 5.0f + q * (2 / 7.0f + q * (2 / 9.0f)))));
    return __builtin_convertvector(exponent, F8) * 0.693147181f + series;
}

// CN(0, 1) from two draws: Box, Muller 1958. Its squared magnitude ends at 17.3, where 2^-25 is left.
CM_INLINE void normal_pair(const U8& first, const U8& second, F8& re, F8& im) {
    const I8 a = I8(__builtin_convertvector(first, W8) >> 8);
    const F8 radius = square_root(-logarithm((__builtin_convertvector(a, F8) + 0.5f) * 0x1p-24f));
    // The angle is a multiple of a right angle plus one within +-pi/4, where series are short.
    const W8 b = __builtin_convertvector(second, W8), quarter = (b + 0x20000000u) >> 30;
    const F8 x = __builtin_convertvector(I8(b - (quarter << 30)), F8) * float(6.283185307 * 0x1p-32);
    const F8 q = x * x;
    const F8 sine = x * (1.0f - q * (1 / 6.0f - q * (1 / 120.0f - q * (1 / 5040.0f))));
    const F8 cosine = 1.0f - q * (0.5f - q * (1 / 24.0f - q * (1 / 720.0f - q * (1 / 40320.0f))));
    const I8 odd = I8(quarter << 31) < 0, minus = I8(quarter << 30) < 0;
    const F8 c = odd ? -sine : cosine, s = odd ? cosine : sine;
    re = radius * (minus ? -c : c);
    im = radius * (minus ? -s : s);
}

// Channel entries of a block: (users, antennas, 2) parts in units of channel_unit.
CM_OUTSIDE static void draw_channel(const Origin& from, int64_t block, int16_t* grid) {
    for (int first = 0; first < channel_parts; first += 32) {
        U8 w[4];
        random_words(from, channel_stream, block,
                     U8{0, 1, 2, 3, 4, 5, 6, 7} + uint64_t(first / 4), w);
#pragma GCC unroll 1
        for (int half = 0; half < 2; half++) {
            F8 parts[2];
            normal_pair(w[2 * half], w[2 * half + 1], parts[0], parts[1]);
            I8 rounded[2];
            for (int part = 0; part < 2; part++) {
                const F8 steps = parts[part] * 0x1p12f + 32768.5f;
                rounded[part] = __builtin_convertvector(steps, I8) - 32768;
            }
            const I8 both = (rounded[0] & 0xFFFF) | rounded[1] << 16;
            std::memcpy(grid + first + 16 * half, &both, sizeof both);
        }
    }
}

// The values of the spec's word that quantise_part finds; returns how many saturated.
static int quantise(const int16_t* grid, int32_t* values) {
    typedef int16_t H8 __attribute__((vector_size(16)));
    const float limit = float(h_word.maximum());
    I8 saturated = {};
    for (int i = 0; i < channel_parts; i += 8) {
        const F8 part = __builtin_convertvector(read<H8>(grid + i), F8) * channel_unit;
        F8 steps = part / float(h_step);
        steps = h_word.mid_rise ? steps / 2.0f : steps + 0.5f;
        steps = most(least(steps, F8{} + 0x1p20f), F8{} - 0x1p20f);  // no value is so large
        F8 value = __builtin_convertvector(__builtin_convertvector(steps, I8), F8);
        value = value > steps ? value - 1.0f : value;
        if (h_word.mid_rise) value = 2.0f * value + 1.0f;
        const F8 inside = most(least(value, F8{} + limit), F8{} - limit);
        saturated -= (inside != value) & (I8{0, 1, 2, 3, 4, 5, 6, 7} + i < users * antennas * 2);
        const I8 whole = __builtin_convertvector(inside, I8);
        std::memcpy(values + i, &whole, sizeof whole);
    }
    int sum = 0;
    for (int l = 0; l < 8; l++) sum += saturated[l];
    return sum;
}

// Symbols of the vectors first, first + 1, ... of a block.
CM_OUTSIDE static void draw_symbols(const Origin& from, int64_t block, int64_t first, Symbols& symbols) {
    typedef int8_t B8 __attribute__((vector_size(8)));
#pragma GCC unroll 1
    for (int i = 0; i < chunk; i += 8) {
        const U8 vector = U8{0, 1, 2, 3, 4, 5, 6, 7} + uint64_t(first + i);
#pragma GCC unroll 1
        for (int j = 0; j < symbol_draws; j++) {
            U8 w[4];
            random_words(from, data_stream, block, vector * uint64_t(symbol_draws) + uint64_t(j), w);
            const int served = std::min(16, users - 16 * j);
#pragma GCC unroll 1
            for (int k = 0; k < served; k++) {  // 4 bits for each part
                for (int part = 0; part < 2; part++) {
                    const U8 number = w[k / 4] >> (k % 4 * 8 + part * 4) & uint64_t(axis_levels - 1);
                    const B8 value = __builtin_convertvector(number * 2 - uint64_t(largest_symbol), B8);
                    std::memcpy(&symbols.part[16 * j + k][part][i], &value, 8);
                }
            }
        }
    }
}

CM_OUTSIDE static void draw_noise(const Origin& from, int64_t block, int64_t first, Noise& noise) {
#pragma GCC unroll 1
    for (int i = 0; i < chunk; i += 8) {
        const U8 vector = U8{0, 1, 2, 3, 4, 5, 6, 7} + uint64_t(first + i);
#pragma GCC unroll 1
        for (int j = 0; j < noise_draws; j++) {
            U8 w[4];
            random_words(from, noise_stream, block, vector * uint64_t(noise_draws) + uint64_t(j), w);
            const int served = std::min(2, users - 2 * j);
#pragma GCC unroll 1
            for (int k = 0; k < served; k++) {
                F8 parts[2];
                normal_pair(w[2 * k], w[2 * k + 1], parts[0], parts[1]);
                for (int part = 0; part < 2; part++) {
                    const F8 value = parts[part];
                    std::memcpy(&noise.part[2 * j + k][part][i], &value, sizeof value);
                }
            }
        }
    }
}
