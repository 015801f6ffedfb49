// --- one vector width: CM_LANE_BYTES is the size of a vector register ----------------------------
// A vector holds one value of `lanes` symbol vectors of one channel.

constexpr int lanes = CM_LANE_BYTES / int(sizeof(value_t));
typedef value_t V __attribute__((vector_size(CM_LANE_BYTES)));
typedef uint64_t U8 __attribute__((vector_size(64)));
typedef uint32_t W8 __attribute__((vector_size(32)));
typedef int32_t I8 __attribute__((vector_size(32)));
typedef float F8 __attribute__((vector_size(32)));
typedef double D __attribute__((vector_size(8 * lanes)));

//include product.cpp
//include philox.cpp
CM_INLINE V splat(value_t value) { return V{} + value; }
template <class X>
CM_INLINE X least(const X& a, const X& b) { return a < b ? a : b; }
template <class X>
CM_INLINE X most(const X& a, const X& b) { return a > b ? a : b; }

template <class X>
CM_INLINE X read(const void* from) {
    X value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

// How the factors of a sum of products lie in a vector: `per` of them in each element, and the
// same number of matrix entries (Entry) in the value_t that they are multiplied by. A stored factor
// is its value plus `offset`.
//   dot: sum + products; add: sums of factors; join: `per` vectors of numbers to one of factors
//   plus: y + factor times the number at one place of x; keeps_short: factors must be short ones
//   quantised: levels of a word before limiting, `per` vectors, to factors

struct Plain {
    typedef value_t Entry;
    static constexpr int per = 1;
    static constexpr value_t offset(value_t) { return 0; }

    CM_INLINE V dot(V sum, V x, value_t h) { return sum + x * h; }
    CM_INLINE V add(V a, V b) { return a + b; }
    CM_INLINE V join(const V* x) { return x[0]; }
    static constexpr bool keeps_short = false;

    CM_INLINE V plus(V y, V x, int, value_t factor) { return y + x * factor; }

    CM_INLINE V quantised(const Word& word, const V* level) {
        const V inside = most(least(level[0], splat(word.top())), V{});
        return (word.mid_rise ? inside & value_t(-2) : inside) - word.maximum();
    }
};

// Two numbers of 16 bits, and a sum of 32 bits.
struct Pairs {
    typedef int16_t Entry;
    typedef int16_t H __attribute__((vector_size(CM_LANE_BYTES)));
    static constexpr int per = 2;
    static constexpr value_t offset(value_t) { return 0; }

    CM_INLINE V dot(V sum, V x, value_t h) {
#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES == 64
        return V(__builtin_ia32_vpdpwssd_v16si((S)sum, (S)x, (S)splat(h)));
#elif defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES == 32
        return sum + (V)__builtin_ia32_pmaddwd256((H)x, (H)splat(h));
#elif defined(CM_X86) && !defined(__clang__)
        return sum + (V)__builtin_ia32_pmaddwd128((H)x, (H)splat(h));
#else
        return sum + (x << 16 >> 16) * value_t(int16_t(h)) + (x >> 16) * value_t(h >> 16);
#endif
    }
    CM_INLINE V add(V a, V b) { return (V)((H)a + (H)b); }
    CM_INLINE V join(const V* x) { return (x[0] & value_t(0xFFFF)) | x[1] << 16; }
    static constexpr bool keeps_short = false;

    CM_INLINE V plus(V y, V x, int place, value_t factor) {
        return y + (place ? x >> 16 : x << 16 >> 16) * factor;
    }

    CM_INLINE V quantised(const Word& word, const V* level) {
        const V two[2] = {Plain::quantised(word, level), Plain::quantised(word, level + 1)};
        return join(two);
    }

  private:
    typedef int32_t S __attribute__((vector_size(CM_LANE_BYTES)));
};

#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES == 64
#define CM_BYTES 1
// Four bytes, unsigned because the instruction asks for it, and a sum of 32 bits.
struct Bytes {
    typedef int8_t Entry;
    typedef int8_t B __attribute__((vector_size(64)));
    typedef uint8_t UB __attribute__((vector_size(64)));
    typedef int16_t H __attribute__((vector_size(64)));
    typedef int32_t S __attribute__((vector_size(64)));
    static constexpr int per = 4;
    static constexpr value_t offset(value_t maximum) { return maximum; }

    CM_INLINE V dot(V sum, V x, value_t h) {
        return (V)__builtin_ia32_vpdpbusd_v16si((S)sum, (S)x, (S)splat(h));
    }
    CM_INLINE V add(V a, V b) { return (V)((UB)a + (UB)b); }
    CM_INLINE V join(const V* x) { return x[0] | x[1] << 8 | x[2] << 16 | x[3] << 24; }
    static constexpr bool keeps_short = keeps_are_short();

    CM_INLINE V plus(V y, V x, int place, value_t factor) {
        if (keeps_short) return dot(y, x, value_t(uint32_t(factor & 255) << (8 * place)));
        return y + (place == 3 ? (V)((W)x >> 24) : (x >> (8 * place)) & value_t(255)) * factor;
    }

    CM_INLINE V quantised(const Word& word, const V* level) {
        H half[2];
        for (int i = 0; i < 2; i++) {
            half[i] = (H)__builtin_ia32_packssdw512_mask((S)level[2 * i], (S)level[2 * i + 1], H{},
                                                         0xFFFFFFFFu);
        }
        typedef char Q __attribute__((vector_size(64)));
        UB all = (UB)__builtin_ia32_packuswb512_mask(half[0], half[1], Q{}, ~0ull);
        all = least(all, UB{} + uint8_t(word.top()));
        if (word.mid_rise) all &= uint8_t(0xFE);
        constexpr B turned = {0,  4,  8,  12, 1,  5,  9,  13, 2,  6,  10, 14, 3,  7,  11, 15,
                              16, 20, 24, 28, 17, 21, 25, 29, 18, 22, 26, 30, 19, 23, 27, 31,
                              32, 36, 40, 44, 33, 37, 41, 45, 34, 38, 42, 46, 35, 39, 43, 47,
                              48, 52, 56, 60, 49, 53, 57, 61, 50, 54, 58, 62, 51, 55, 59, 63};
        return (V)__builtin_shuffle((B)all, turned);
    }

  private:
    typedef uint32_t W __attribute__((vector_size(64)));
};
#endif
