// --- what the messages of a row are chosen from ---------------------------------------------------
// Words of the decoder are the spec's integers, or where its sums are odd half of them, rounded
// down: then the word of -v is the complement of that of v. An index is the number of thresholds
// that a magnitude reaches. With two runs of levels, edges that do not have the row's smallest index
// get another level where two others share it; with three also where three do, and those that have
// it where two others do, too.

template <class S, class V>
CM_INLINE V threshold_word(int k) {
    return V{} + typename S::value_t(S::thresholds[k] >> S::halved);
}

// Messages are kept with the fraction bits of a relaxed sum, and half of their LSB is added, so that
// a shift rounds them.
template <class S>
struct Kept {
    static constexpr int fraction = S::relax_frac_bits, half = 1 << fraction >> 1;
    static constexpr int of(int level) { return ((level >> S::halved) << fraction) + half; }
};

// How levels are found.
enum LevelSearch { by_offset, by_table, by_thresholds };

template <class S>
constexpr LevelSearch level_search() {
    constexpr int lanes = CM_LANE_BYTES / int(sizeof(typename S::value_t));
    if (S::offset_maps) return by_offset;
    // The widest vectors select from two of their size at once.
    if (CM_LANE_BYTES == 64 && S::n_map_rows * S::map_levels <= 2 * lanes &&
        (S::largest_threshold >> S::halved) < 2 * lanes) return by_table;
    return by_thresholds;
}

// Levels of each lane's iteration, for every profile: what is taken from an index; or a table of
// all iterations and where the lane's begins; or one vector a level.
template <class S, class V, LevelSearch search = level_search<S>()>
struct Levels {
    static constexpr int n_levels = search == by_offset ? 1 : S::map_levels;
    typedef typename S::value_t value_t;
    static constexpr int lanes = sizeof(V) / sizeof(value_t), all = S::n_profiles * n_levels;
    // Whether one selection finds what lanes at any iterations are due.
    static constexpr bool selects = CM_LANE_BYTES > 16 && S::n_map_rows <= lanes;
    V level[S::n_profiles][n_levels] = {};
    Aligned<V> of_rows{selects ? all : 0};  // of each level that of every row of the maps
    std::vector<value_t> due;               // or row by row

    Levels() : due(selects ? 0 : size_t(all) * S::n_map_rows) {
        int r = 0;
        for (const auto& row : S::map_index) {
            for (int p = 0; p < S::n_profiles; p++) {
                const int* from = S::codebook[row[p]];
                const int last = S::n_thresholds;
                for (int k = 0; k < n_levels; k++) {
                    const int one = search == by_offset ? (last - from[last]) << Kept<S>::fraction
                                                        : Kept<S>::of(from[k]);
                    if (selects) of_rows[p * n_levels + k][r] = value_t(one);
                    else due[size_t(r) * all + p * n_levels + k] = value_t(one);
                }
            }
            r++;
        }
    }

    // For lanes at the rows `at` of the maps, of which `turns` marks those that lanes have come to.
    void set(V at, const bool* turns) {
        V* to = &level[0][0];
        if constexpr (selects) {
            for (int i = 0; i < all; i++) to[i] = pick(of_rows[i], at);
            return;
        }
        for (int r = 0; r < S::n_map_rows; r++) {
            if (!turns[r]) continue;
            const V mask = at == value_t(r);
            for (int i = 0; i < all; i++) to[i] = mask ? V{} + due[size_t(r) * all + i] : to[i];
        }
    }
};

template <class S, class V>
struct Levels<S, V, by_table> {
    typedef typename S::value_t value_t;
    static constexpr int lanes = sizeof(V) / sizeof(value_t), places = 2 * lanes;
    typedef value_t Table[places] __attribute__((aligned(64)));
    Table index = {}, limit, level[S::n_profiles] = {};
    V first = {};  // where the lane's levels begin

    Levels() {
        for (int m = 0; m < places; m++) {
            limit[m] = std::numeric_limits<value_t>::max();
            for (int k = S::n_thresholds - 1; k >= 0; k--) {
                const int from = S::thresholds[k] >> S::halved;
                if (m >= from) index[m]++;
                else limit[m] = value_t(from - 1);
            }
        }
        int place = 0;
        for (const auto& row : S::map_index) {
            for (int p = 0; p < S::n_profiles; p++) {
                for (int k = 0; k < S::map_levels; k++) {
                    level[p][place + k] = value_t(Kept<S>::of(S::codebook[row[p]][k]));
                }
            }
            place += S::map_levels;
        }
    }

    void set(V at, const bool*) { first = at * value_t(S::map_levels); }

    template <int used>
    CM_INLINE V look(const Table& table, V place) {
        V low, high;
        std::memcpy(&low, table, sizeof low);
        if (used <= lanes) return pick(low, place);
        std::memcpy(&high, table + lanes, sizeof high);
        return pick_of_two(low, high, place);
    }
};

// What a row's edges have in common: from its smallest magnitudes, or from the last threshold where
// they are larger.
template <class S, class V, LevelSearch search = level_search<S>()>
struct Row {
    typedef Levels<S, V> L;
    typedef typename S::value_t value_t;
    typedef typename Vector<std::make_unsigned_t<value_t>, sizeof(V)>::type U;
    static constexpr int used = (S::largest_threshold >> S::halved) + 1;
    // Levels from index 0 on that are the same for all profiles are found once.
    static constexpr int common = S::n_shared_levels > 0 ? S::n_shared_levels - 1 : 0;
    static constexpr int tied = (S::runs > 1) * S::n_levels, more_tied = 2 * tied;
    static constexpr value_t half = value_t(Kept<S>::half);
    V m1, m2;
    V limit;  // largest magnitude of the index of m1, or m1 itself
    V apart;  // with levels for ties: m2 has a larger index
    V thrice;  // with three runs: the index of m1 is there three times
    // Places in tables, levels as far as they are shared, or what offsets are taken from.
    V first = {}, second = {};

    // third: the third smallest; counts: whether a row has as many
    Row(const L& levels, V smallest, V next, V third, bool counts)
        : m1(smallest), m2(next), limit(m1), apart(), thrice() {
        if constexpr (search == by_offset) {
            first = (m1 << Kept<S>::fraction) + half;
            second = (m2 << Kept<S>::fraction) + half;
        } else if constexpr (search == by_table) {
            const V index = L::template look<used>(levels.index, m1);
            second = L::template look<used>(levels.index, m2);
            first = levels.first + index;
            if (S::runs > 1) {
                limit = L::template look<used>(levels.limit, m1);
                first = second > index ? first : first + value_t(tied);
            }
            second += levels.first;
            if (S::runs > 2 && counts) {
                thrice = third <= limit;
                first += thrice & value_t(tied);
                second += thrice & value_t(tied);
            }
        } else if (S::runs > 1) {
            limit = V{} + std::numeric_limits<value_t>::max();
#pragma GCC unroll 32
            for (int k = S::n_thresholds - 1; k >= 0; k--) {
                const V below = threshold_word<S, V>(k) - value_t(1);
                limit = m1 <= below ? below : limit;
            }
            apart = m2 > limit;
            if (S::runs > 2 && counts) thrice = third <= limit;
        }
        if constexpr (search == by_thresholds && S::n_shared_levels) {
            first = climb<0, common>(levels.level[0][0], levels.level[0], m1);
            second = climb<0, common>(levels.level[0][0], levels.level[0], m2);
            if (S::runs > 1) {
                const V* other = levels.level[0] + tied;
                first = apart ? first : climb<0, common>(other[0], other, m1);
            }
            if (S::runs > 2) {
                const V *other = levels.level[0] + tied, *more = levels.level[0] + more_tied;
                first = thrice ? climb<0, common>(more[0], more, m1) : first;
                second = thrice ? climb<0, common>(other[0], other, m2) : second;
            }
        }
    }

    // `found`, or the level of the last threshold from number `from` on that is reached.
    template <int from, int to>
    CM_INLINE V climb(V found, const V* level, V smallest) {
#pragma GCC unroll 32
        for (int k = from; k < to; k++) {
            found = smallest >= threshold_word<S, V>(k) ? level[k + 1] : found;
        }
        return found;
    }

    // With one profile's levels: magnitudes, as messages are kept, for edges above the limit, and
    // for the others.
    CM_ALWAYS_INLINE void choose(const L& levels, int profile, V& of_larger, V& of_others) const {
        if constexpr (search == by_offset) {
            of_larger = less(levels, profile, first);
            of_others = less(levels, profile, second);
        } else if constexpr (search == by_table) {
            of_larger = L::template look<S::n_map_rows * S::map_levels>(levels.level[profile], first);
            of_others = L::template look<S::n_map_rows * S::map_levels>(levels.level[profile], second);
        } else {
            const V* level = levels.level[profile];
            const bool shared = S::n_shared_levels;
            of_larger = shared ? first : apart ? level[0] : level[tied];
            if (S::runs > 2 && !shared) of_larger = thrice ? level[more_tied] : of_larger;
            if (S::runs > 2) {
                of_others = shared ? second : thrice ? level[tied] : level[0];
#pragma GCC unroll 32
                for (int k = common; k < S::n_thresholds; k++) {
                    const V due = thrice ? level[tied + k + 1] : level[k + 1];
                    of_others = m2 >= threshold_word<S, V>(k) ? due : of_others;
                }
            } else {
                of_others = climb<common, S::n_thresholds>(shared ? second : level[0], level, m2);
            }
#pragma GCC unroll 32
            for (int k = common; k < S::n_thresholds; k++) {
                V due = level[tied + k + 1];
                if (S::runs > 1 && k + 1 < S::n_thresholds) due = apart ? level[k + 1] : due;
                if (S::runs > 2 && k + 1 < S::n_thresholds) {
                    due = thrice ? level[more_tied + k + 1] : due;
                }
                of_larger = m1 >= threshold_word<S, V>(k) ? due : of_larger;
            }
        }
    }

    // With the offset of a profile.
    CM_ALWAYS_INLINE V less(const L& levels, int profile, V from) const {
        return most(from - levels.level[profile][0], V{} + half);
    }

    // Whether a magnitude is not above the limit.
    CM_ALWAYS_INLINE V within_size(V size) const { return V(U(size) <= U(limit)); }

    // The same of a word's magnitude, as one comparison.
    CM_ALWAYS_INLINE V within(V word) const {
        const U from = U(limit + value_t(S::halved)), span = U(limit) + from;
        return V(U(word) + from <= span);
    }
};
