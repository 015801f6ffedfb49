// --- random channels, symbols and noise -----------------------------------------------------------
// Every draw is a function of seed, point, block, stream and index. Floating point is the same at
// all vector widths: sums, products, quotients and roots only, in one order.

constexpr int symbol_draws = (users + 15) / 16, noise_draws = (users + 1) / 2;  // for a vector
constexpr int channel_parts = (users * antennas * 2 + 63) / 64 * 64;
constexpr float channel_unit = 0x1p-12f;  // channel parts are multiples of it, so that sums are exact

// Numbers drawn side by side.
constexpr int draws = CM_LANE_BYTES / 4;
typedef uint64_t Draw __attribute__((vector_size(CM_LANE_BYTES)));
typedef uint32_t Bits __attribute__((vector_size(CM_LANE_BYTES)));
typedef int32_t Int __attribute__((vector_size(CM_LANE_BYTES)));
typedef float Real __attribute__((vector_size(CM_LANE_BYTES)));

// Noise of a chunk, CN(0, 1): re and im of each user, a vector a column.
struct Noise {
    float part[users][2][chunk];
};

// Four words for each of the indices first, first + step, ... Those of even and of odd places are
// drawn in elements of 64 bits.
CM_INLINE void random_words(const Origin& from, Stream stream, int64_t block, uint64_t first,
                            uint64_t step, Bits w[4]) {
    Draw place;
    for (int i = 0; i < draws / 2; i++) place[i] = uint64_t(2 * i);
    Draw x[2][4];
#pragma GCC unroll 2
    for (int odd = 0; odd < 2; odd++) {
        x[odd][0] = place * step + (first + uint64_t(odd) * step);
        x[odd][1] = Draw{} + (uint64_t(block) & 0xFFFFFFFF);
        x[odd][2] = Draw{} + (uint64_t(block) >> 32 | stream << 24);
        x[odd][3] = Draw{} + uint64_t(from.point);
        philox(x[odd], from.seed);
    }
    for (int i = 0; i < 4; i++) w[i] = (Bits)(x[0][i] | x[1][i] << 32);
}

CM_INLINE Real square_root(const Real& x) {
#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES == 64
    return __builtin_ia32_sqrtps512_mask(x, x, -1, 4);
#elif defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES == 32
    return __builtin_ia32_sqrtps256(x);
#elif defined(CM_X86) && !defined(__clang__)
    return __builtin_ia32_sqrtps(x);
#else
    Real root;
    for (int l = 0; l < draws; l++) root[l] = std::sqrt(x[l]);
    return root;
#endif
}

// ln x for 0 < x < 1: exponent, and the series of artanh for a mantissa in 0.7 .. 1.42.
CM_INLINE Real logarithm(const Real& x) {
    Int exponent = ((Int)x >> 23) - 127;
    Real mantissa = (Real)((Int)x - (exponent << 23));
    const Int high = mantissa > 1.41421356f;
    mantissa = high ? mantissa * 0.5f : mantissa;
    exponent -= high;
    const Real s = (mantissa - 1.0f) / (mantissa + 1.0f), q = s * s;
    const Real series = s * (2.0f + q * (2 / 3.0f + q * (2 / 5.0f + q * (2 / 7.0f + q * (2 / 9.0f)))));
    return __builtin_convertvector(exponent, Real) * 0.693147181f + series;
}

// CN(0, 1) from two draws: Box, Muller 1958. Its squared magnitude ends at 17.3, where 2^-25 is left.
CM_INLINE void normal_pair(const Bits& first, const Bits& second, Real& re, Real& im) {
    const Int a = Int(first >> 8);
    const Real radius = square_root(-logarithm((__builtin_convertvector(a, Real) + 0.5f) * 0x1p-24f));
    // The angle is a multiple of a right angle plus one within +-pi/4, where series are short.
    const Bits quarter = (second + 0x20000000u) >> 30;
    const Real x = __builtin_convertvector(Int(second - (quarter << 30)), Real) *
                   float(6.283185307 * 0x1p-32);
    const Real q = x * x;
    const Real sine = x * (1.0f - q * (1 / 6.0f - q * (1 / 120.0f - q * (1 / 5040.0f))));
    const Real cosine = 1.0f - q * (0.5f - q * (1 / 24.0f - q * (1 / 720.0f - q * (1 / 40320.0f))));
    const Int odd = Int(quarter << 31) < 0, minus = Int(quarter << 30) < 0;
    const Real c = odd ? -sine : cosine, s = odd ? cosine : sine;
    re = radius * (minus ? -c : c);
    im = radius * (minus ? -s : s);
}

// Channel entries of a block: (users, antennas, 2) parts in units of channel_unit. Eight draws give
// sixteen entries: first those of the first two words of each.
CM_OUTSIDE static void draw_channel(const Origin& from, int64_t block, int16_t* grid) {
    constexpr int side = std::min(draws, 8);
    for (int first = 0; first < channel_parts / 4; first += draws) {
        Bits w[4];
        random_words(from, channel_stream, block, uint64_t(first), 1, w);
#pragma GCC unroll 1
        for (int half = 0; half < 2; half++) {
            Real parts[2];
            normal_pair(w[2 * half], w[2 * half + 1], parts[0], parts[1]);
            Int rounded[2];
            for (int part = 0; part < 2; part++) {
                const Real steps = parts[part] * 0x1p12f + 32768.5f;
                rounded[part] = __builtin_convertvector(steps, Int) - 32768;
            }
            const Int both = (rounded[0] & 0xFFFF) | rounded[1] << 16;
            for (int l = 0; l < draws; l += side) {
                const int draw = first + l, entry = draw / 8 * 16 + half * 8 + draw % 8;
                std::memcpy(grid + 2 * entry, reinterpret_cast<const char*>(&both) + 4 * l, 4 * side);
            }
        }
    }
}

// The values of the spec's word that quantise_part finds; returns how many saturated.
static int quantise(const int16_t* grid, int32_t* values) {
    typedef int16_t Half __attribute__((vector_size(2 * draws)));
    const float limit = float(h_word.maximum());
    Int saturated = {}, place;
    for (int l = 0; l < draws; l++) place[l] = l;
    for (int i = 0; i < channel_parts; i += draws) {
        const Int whole_part = __builtin_convertvector(read<Half>(grid + i), Int);
        const Real part = __builtin_convertvector(whole_part, Real) * channel_unit;
        Real steps = part / float(h_step);
        steps = h_word.mid_rise ? steps / 2.0f : steps + 0.5f;
        steps = most(least(steps, Real{} + 0x1p20f), Real{} - 0x1p20f);  // no value is so large
        Real value = __builtin_convertvector(__builtin_convertvector(steps, Int), Real);
        value = value > steps ? value - 1.0f : value;
        if (h_word.mid_rise) value = 2.0f * value + 1.0f;
        const Real inside = most(least(value, Real{} + limit), Real{} - limit);
        saturated -= (inside != value) & (place + i < users * antennas * 2);
        const Int whole = __builtin_convertvector(inside, Int);
        std::memcpy(values + i, &whole, sizeof whole);
    }
    int sum = 0;
    for (int l = 0; l < draws; l++) sum += saturated[l];
    return sum;
}

// Symbols of the vectors first, first + 1, ... of a block.
CM_OUTSIDE static void draw_symbols(const Origin& from, int64_t block, int64_t first, Symbols& symbols) {
    typedef int8_t Byte __attribute__((vector_size(draws)));
#pragma GCC unroll 1
    for (int i = 0; i < chunk; i += draws) {
#pragma GCC unroll 1
        for (int j = 0; j < symbol_draws; j++) {
            Bits w[4];
            random_words(from, data_stream, block, uint64_t((first + i) * symbol_draws + j),
                         symbol_draws, w);
            const int served = std::min(16, users - 16 * j);
#pragma GCC unroll 1
            for (int k = 0; k < served; k++) {  // 4 bits for each part
                for (int part = 0; part < 2; part++) {
                    const Bits number = w[k / 4] >> (k % 4 * 8 + part * 4) & uint32_t(axis_levels - 1);
                    const Byte value = __builtin_convertvector(
                        Int(number * 2) - int32_t(largest_symbol), Byte);
                    std::memcpy(&symbols.part[16 * j + k][part][i], &value, sizeof value);
                }
            }
        }
    }
}

CM_OUTSIDE static void draw_noise(const Origin& from, int64_t block, int64_t first, Noise& noise) {
#pragma GCC unroll 1
    for (int i = 0; i < chunk; i += draws) {
#pragma GCC unroll 1
        for (int j = 0; j < noise_draws; j++) {
            Bits w[4];
            random_words(from, noise_stream, block, uint64_t((first + i) * noise_draws + j),
                         noise_draws, w);
            const int served = std::min(2, users - 2 * j);
#pragma GCC unroll 1
            for (int k = 0; k < served; k++) {
                Real parts[2];
                normal_pair(w[2 * k], w[2 * k + 1], parts[0], parts[1]);
                for (int part = 0; part < 2; part++) {
                    std::memcpy(&noise.part[2 * j + k][part][i], &parts[part], sizeof parts[part]);
                }
            }
        }
    }
}
