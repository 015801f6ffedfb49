// --- one vector width: CM_LANE_BYTES is the size of a vector register ----------------------------
// A vector holds one value of `lanes` symbol vectors of one channel.

constexpr int lanes = CM_LANE_BYTES / int(sizeof(value_t));
typedef value_t V __attribute__((vector_size(CM_LANE_BYTES)));

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
// is (value + `offset`) / `scale`, which for odd values may be 2.
//   Part: a sum of so many products as it holds (`run`); begin, settle: from and to a sum
//   dot: part + products; add: sums of factors; join: `per` vectors of numbers to one of factors
//   plus: y + factor times the number at one place of x; keeps_short: factors must be short ones
//   quantised: levels of a word before limiting, `per` vectors, to factors
constexpr int any_run = 1 << 20;

template <class P>
struct Whole {
    typedef P Part;
    static constexpr int run(value_t) { return any_run; }
    CM_INLINE P begin(P sum) { return sum; }
    CM_INLINE P settle(P, P part) { return part; }
};

struct Plain : Whole<V> {
    typedef value_t Entry;
    static constexpr int per = 1;
    static constexpr int scale(bool) { return 1; }
    static constexpr value_t offset(value_t) { return 0; }

    CM_INLINE V dot(V sum, V x, value_t h) { return sum + x * h; }
    CM_INLINE V add(V a, V b) { return a + b; }
    CM_INLINE V join(const V* x) { return x[0]; }
    static constexpr bool keeps_short = false;

    CM_INLINE V plus(V y, V x, int, value_t factor) { return y + x * factor; }

    CM_INLINE V quantised(const Word& word, const V* level, int = 1) {
        const V inside = most(least(level[0], splat(word.top())), V{});
        return (word.mid_rise ? inside & value_t(-2) : inside) - word.maximum();
    }
};

// Two numbers of 16 bits, and a sum of 32 bits.
struct Pairs : Whole<V> {
    typedef int16_t Entry;
    typedef int16_t H __attribute__((vector_size(CM_LANE_BYTES)));
    static constexpr int per = 2;
    static constexpr int scale(bool) { return 1; }
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

    CM_INLINE V quantised(const Word& word, const V* level, int = 1) {
        const V two[2] = {Plain::quantised(word, level), Plain::quantised(word, level + 1)};
        return join(two);
    }

  private:
    typedef int32_t S __attribute__((vector_size(CM_LANE_BYTES)));
};

#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES >= 32
//include words.cpp
// Four bytes, unsigned because the instruction asks for it, and a sum of 32 bits.
struct Bytes {
    typedef int8_t Entry;
    typedef int8_t B __attribute__((vector_size(CM_LANE_BYTES)));
    typedef uint8_t UB __attribute__((vector_size(CM_LANE_BYTES)));
    static constexpr int per = 4;
    static constexpr int scale(bool odd) { return odd ? 2 : 1; }
    static constexpr value_t offset(value_t maximum) { return maximum; }

#if CM_LANE_BYTES == 64
    typedef V Part;
    static constexpr int run(value_t) { return any_run; }
    CM_INLINE V begin(V sum) { return sum; }
    CM_INLINE V settle(V, V part) { return part; }
    CM_INLINE V dot(V sum, V x, value_t h) {
        return (V)__builtin_ia32_vpdpbusd_v16si((Words::S)sum, (Words::S)x, (Words::S)splat(h));
    }
#else
    // Sums of 16 bits for as long as they fit. Products of Gauss: an entry times the sum of two
    // factors, or the sum of two entries times a factor.
    typedef Words::H Part;
    static constexpr int run(value_t largest) {
        return int(32767 / (4 * h_word.maximum() * std::max<value_t>(largest, 1)));
    }
    CM_INLINE Part begin(V) { return Part{}; }
    CM_INLINE V settle(V sum, Part part) {
        return sum + (V)__builtin_ia32_pmaddwd256(part, Part{} + int16_t(1));
    }
    CM_INLINE Part dot(Part part, V x, value_t h) {
        return part + Words::products((Words::B)x, (Words::B)splat(h));
    }
#endif
    CM_INLINE V add(V a, V b) { return (V)((UB)a + (UB)b); }
    CM_INLINE V join(const V* x) { return x[0] | x[1] << 8 | x[2] << 16 | x[3] << 24; }
    static constexpr bool keeps_short = CM_LANE_BYTES == 64 && keeps_are_short();

    CM_INLINE V plus(V y, V x, int place, value_t factor) {
#if CM_LANE_BYTES == 64
        if (keeps_short) return dot(y, x, value_t(uint32_t(factor & 255) << (8 * place)));
#endif
        return y + (place == 3 ? (V)((W)x >> 24) : (x >> (8 * place)) & value_t(255)) * factor;
    }

    CM_INLINE V quantised(const Word& word, const V* level, int scale_) {
        UB all = (UB)Words::bytes(Words::pack(level[0], level[1]), Words::pack(level[2], level[3]));
        all = least(all, UB{} + uint8_t(word.top()));
        if (scale_ == 2) all = (UB)((Words::UH)all >> 1) & uint8_t(0x7F);
        else if (word.mid_rise) all &= uint8_t(0xFE);
        return Words::by_lane((B)all);
    }

  private:
    typedef uint32_t W __attribute__((vector_size(CM_LANE_BYTES)));
};
#endif
