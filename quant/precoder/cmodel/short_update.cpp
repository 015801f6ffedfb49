// The same of four antennas at once, in words of 16 bits, where that provably finds the same codes:
//   y = floor(step g / 2^shift) + kept x, x's code y >> down limited,
// in which kept x has no bit below 2^shift. The first product is the upper half of one by a factor
// of 16 bits, less `wraps` times g where the factor was too negative for that. g may be limited to
// 16 bits where y is beyond all codes there.
struct ShortRound {
    bool right, fits;  // y is in 16 bits even where g is limited
    int factor, wraps, kept, added, down;
};

constexpr int top_code = x_word.top() / 2;

constexpr int64_t floor_shift(int64_t value, int shift) { return value >> shift; }

constexpr ShortRound short_round(int round) {
    const bool last = round == n_rounds;
    const int64_t step = int64_t(back_scale) * (round ? steps[round - 1] : start);
    const int64_t keep = round ? keeps[round - 1] : 0;
    const int zeros = keep ? trailing_zeros(value_t(keep)) : frac_bits;
    const int shift = std::min(std::min(frac_bits, 16), zeros), down = frac_bits - shift + 1;
    int64_t factor = step * (int64_t(1) << (16 - shift));
    int wraps = 0;
    for (; factor < -32768 && wraps < 3; factor += 65536) wraps++;
    const int64_t kept = 2 * (keep >> shift);
    const int64_t lift = last ? 0 : int64_t(x_word.lift(frac_bits));
    const int64_t added = (lift - keep * x_offset) >> shift;
    const int64_t low = std::min<int64_t>(kept * top_code, 0) + added;
    const int64_t high = std::max<int64_t>(kept * top_code, 0) + added;
    // y has the lowest code, or is negative; has the highest code, or is not negative.
    const int64_t below = last ? 0 : int64_t(1) << down;
    const int64_t above = last ? 0 : int64_t(top_code) << down;
    const int64_t largest = int64_t(2 * users) * h_word.maximum() *
                            std::max<value_t>(w_word.maximum(), largest_symbol) / back_scale;
    const int64_t of_most = floor_shift(32767 * step, shift), of_least = floor_shift(-32768 * step, shift);
    const bool falls = of_most + high < below && of_least + low >= above;
    const bool rises = of_least + high < below && of_most + low >= above;
    const bool right = wraps < 3 && factor <= 32767 && low >= -32768 && high <= 32767 &&
                       kept >= -32768 && kept <= 32767 && down < 16 &&
                       -32768 + high < below && 32767 + low >= above &&
                       (largest <= 32767 || (step < 0 ? falls : rises));
    const bool fits = !wraps && std::max(of_most, of_least) + high <= 32767 &&
                      std::min(of_most, of_least) + low >= -32768;
    return {right, fits, int(factor), wraps, int(kept), int(added), down};
}

constexpr bool all_rounds_short() {
    bool all = true;
    for (int t = 0; t <= n_rounds; t++) all = all && short_round(t).right;
    return all;
}
constexpr int most_wraps() {
    int most = 0;
    for (int t = 0; t <= n_rounds; t++) most = std::max(most, short_round(t).wraps);
    return most;
}
constexpr bool all_rounds_fit() {
    bool all = true;
    for (int t = 0; t <= n_rounds; t++) all = all && short_round(t).fits;
    return all;
}
constexpr bool kept_in_bytes() {
    bool all = true;
    for (int t = 0; t <= n_rounds; t++) {
        all = all && short_round(t).kept >= -128 && short_round(t).kept <= 127;
    }
    return all;
}

#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES >= 32
constexpr bool updates_short = std::is_same<Operand, Bytes>::value && x_scale == 2 &&
                               fits_bytes && all_rounds_short();

struct ShortUpdate {
    typedef Words::H H;
    typedef Words::UH UH;
    static constexpr bool by_table = CM_LANE_BYTES == 64 && top_code < 32;
    H factor, wrapped[2], kept[2], added;
    H table;  // kept x + added of every code
    int down;

    explicit ShortUpdate(int round) {
        const ShortRound found = short_round(round);
        factor = H{} + int16_t(found.factor);
        for (int i = 0; i < 2; i++) {
            const int16_t mask = found.wraps > i ? -1 : 0;
            wrapped[i] = H{} + mask;
            // For bytes of pairs, or for words.
            const int factors = kept_in_bytes() ? (found.kept & 255) << (8 * i) : found.kept;
            kept[i] = H{} + int16_t(factors);
        }
        added = H{} + int16_t(found.added);
        for (int i = 0; i < CM_LANE_BYTES / 2; i++) {
            table[i] = int16_t(found.kept * std::min(i, top_code) + found.added);
        }
        down = found.down;
    }

    CM_INLINE H sum(const H& a, const H& b) { return all_rounds_fit() ? a + b : Words::sum(a, b); }

    // kept x + added, of one of each pair of codes
    CM_MEMBER H of_codes(const Words::B& pairs, int which) const {
        const H upper = (H)((UH)pairs >> 8);
#if CM_LANE_BYTES == 64
        if (by_table) return Words::chosen(table, which ? upper : (H)pairs);
#endif
        if (kept_in_bytes()) return Words::products(pairs, (Words::B)kept[which]) + added;
        return (which ? upper : (H)pairs & (H{} + int16_t(255))) * kept[which] + added;
    }

    // From g of four antennas and their codes to their new codes, or to 1 where y is negative.
    template <bool last>
    CM_MEMBER V codes(const V (&g)[4], const V& old) const {
        const Words::B pairs = Words::by_pair(old);
        H y[2];
#pragma GCC unroll 2
        for (int i = 0; i < 2; i++) {
            const H g16 = Words::pack(g[2 * i], g[2 * i + 1]);
            y[i] = Words::high(g16, factor);
            if (most_wraps() > 0) y[i] = Words::difference(y[i], g16 & wrapped[0]);
            if (most_wraps() > 1) y[i] = Words::difference(y[i], g16 & wrapped[1]);
            y[i] = sum(y[i], of_codes(pairs, i));
        }
        if (last) {
            typedef uint32_t W __attribute__((vector_size(CM_LANE_BYTES)));
            const W signs = (W)Words::by_lane(Words::signed_bytes(y[0], y[1]));
            return (V)(signs >> 7 & 0x01010101u);
        }
        typedef uint8_t UB __attribute__((vector_size(CM_LANE_BYTES)));
        const UB found = (UB)Words::bytes(y[0] >> down, y[1] >> down);
        return Words::by_lane((Words::B)least(found, UB{} + uint8_t(top_code)));
    }
};
typedef std::conditional<updates_short, ShortUpdate, Update>::type ChosenUpdate;
#else
constexpr bool updates_short = false;
typedef Update ChosenUpdate;
#endif
