// --- shared by all vector widths ----------------------------------------------------------------

//include platform.cpp
#define CM_MEMBER inline __attribute__((always_inline))
#define CM_OUTSIDE __attribute__((noinline))  // once in the code, however often it is called

namespace {

// A word of the spec; values are in value steps.
struct Word {
    int bits;
    bool mid_rise;

    constexpr value_t maximum() const {
        return mid_rise ? (value_t(1) << bits) - 1 : (value_t(1) << (bits - 1)) - 1;
    }
    // Quantising y with `shift`: level = (y + lift) >> shift, limited to 0 .. top and, with
    // mid-rise, made even; the word's value is level - maximum.
    constexpr value_t lift(int shift) const {
        return mid_rise ? value_t(1) << (bits + shift)
                        : (maximum() << shift) + (value_t(1) << shift >> 1);
    }
    constexpr value_t top() const { return 2 * maximum() + mid_rise; }
};

constexpr Word h_word{h_bits, h_mid_rise}, x_word{x_bits, x_mid_rise}, w_word{w_bits, w_mid_rise};
constexpr int n_rounds = sizeof(keeps) / sizeof(keeps[0]);
constexpr int axis_levels = largest_symbol + 1;  // of a symbol's real or imaginary part
constexpr int least_energy = 2 * users;          // |s|^2 is this plus a multiple of 8
constexpr int padded_antennas = (antennas + 3) / 4 * 4;
constexpr int chunk = 32;  // vectors that are worked on together, at most

constexpr int trailing_zeros(value_t x) {
    int count = 0;
    for (; x && x % 2 == 0; x /= 2) count++;
    return count;
}

// Whether every coefficient of x is a signed byte times a power of two that y has, too.
[[maybe_unused]] constexpr bool keeps_are_short() {
    bool all = true;
    for (value_t factor : keeps) {
        const int shift = std::min(frac_bits, trailing_zeros(factor));
        all = all && factor >> shift <= 127 && factor >> shift >= -128;
    }
    return all;
}

// Parts of a channel entry to the value of a word, as the spec says. Real is float or double: that
// of the caller's channel, so that the quotient is rounded as there.
template <class Real>
CM_INLINE int32_t quantise_part(Real part, int64_t& saturated) {
    const Real steps = part / Real(h_step), limit = Real(h_word.maximum());
    const Real value = h_word.mid_rise ? 2 * std::floor(steps / 2) + 1
                                       : std::floor(steps + Real(0.5));
    saturated += value > limit || value < -limit;
    return int32_t(std::min(std::max(value, -limit), limit));
}

// The draws of a simulation: what it does not name, they do not depend on.
struct Origin {
    uint64_t seed;
    uint32_t point;
};

//include transposition.cpp
enum Stream : uint64_t { noise_stream = 0, data_stream = 1, channel_stream = 2 };

struct Link {
    double deviation;  // sqrt(N0); the sent vector has power 1
    int64_t vectors;   // of a coherence block
};

}  // namespace
