// --- the decoder's arithmetic: a vector holds one value of `lanes` frames -------------------------

// What an iteration finds out about the checks; watch_changes: and about hard decisions.
enum Check { no_check, verify_checks, count_checks, watch_changes };

// Whose messages are still 0: no lane's, those of lanes that State::known tells, or all lanes'.
enum Fresh { no_lane, some_lanes, all_lanes };

// Of an edge of a row, as S::shape_begins has it.
enum { profile_goes_on, profile_begins, profile_may_begin };

template <class S>
struct Lanes {
    typedef typename S::value_t value_t;
    static constexpr int lanes = CM_LANE_BYTES / int(sizeof(value_t));
    typedef typename Vector<value_t, CM_LANE_BYTES>::type V;
    typedef typename Vector<std::make_unsigned_t<value_t>, CM_LANE_BYTES>::type U;
    typedef typename Vector<int8_t, lanes>::type C;

    CM_INLINE V splat(int value) { return V{} + value_t(value); }

    // Where the variables of edges are, in bytes from the first one. Edges are in the order in which
    // they are used: layer, row of the layer, block edge.
    static const std::vector<uint32_t>& place_of_edge() {
        static const std::vector<uint32_t> table = [] {
            std::vector<uint32_t> found;
            for (int row : S::layer_row) {
                for (int i = 0; i < S::lifting_size; i++) {
                    for (int e = S::row_start[row]; e < S::row_start[row + 1]; e++) {
                        const int lane = (i + S::edge_shift[e]) % S::lifting_size;
                        const int variable = S::edge_column[e] * S::lifting_size + lane;
                        found.push_back(uint32_t(variable * sizeof(V)));
                    }
                }
            }
            return found;
        }();
        return table;
    }

    // Odd checks of an iteration in each lane, by the sign of a row's sum of signs.
    struct OddChecks {
        V part = {};  // of the last rows, no more than a byte counts
        int rows = 0;
        int32_t total[lanes] = {};

        void add(V odd) {
            part -= V(odd < 0);
            if (++rows == 100) settle();
        }

        void settle() {
            for (int l = 0; l < lanes; l++) total[l] += part[l];
            part = V{};
            rows = 0;
        }
    };

    struct State {
        Aligned<V> app{S::n_variables};
        Aligned<V> channel{S::flooding ? S::n_variables : 0}, sum{S::flooding ? S::n_variables : 0};
        Aligned<V> message{size_t(S::n_edges) * S::lifting_size};  // as place_of_edge
        Levels<S, V> levels;  // of each lane's iteration
        V known = {};  // 0 in lanes whose messages are still 0, else -1
        V ones = V{} - value_t(1);
        V moved = {};  // watch_changes: negative where a layer changed a hard decision
        const uint32_t* place = place_of_edge().data();
        OddChecks odd;

        // What a variable starts from, in the lanes of `mask`.
        void load(int v, V mask, V value) {
            app[v] = mask ? value : app[v];
            if (S::flooding) channel[v] = mask ? value : channel[v];
        }

        // The same in one lane.
        void load_lane(int v, int lane, value_t value) {
            app[v][lane] = value;
            if (S::flooding) channel[v][lane] = value;
        }
    };

    CM_INLINE V& at(V* first, uint32_t place) {
        return *reinterpret_cast<V*>(reinterpret_cast<char*>(first) + place);
    }

    // The smallest x86 vectors compare bytes best as unsigned numbers, and wider ones as signed.
    static constexpr bool as_unsigned = sizeof(value_t) == 1;

    CM_INLINE V least_size(V a, V b) { return as_unsigned ? V(least(U(a), U(b))) : least(a, b); }
    CM_INLINE V most_size(V a, V b) { return as_unsigned ? V(most(U(a), U(b))) : most(a, b); }

    // Of a word and its negative the one that is not negative, which as unsigned is the smaller.
    // `ones`, which the compiler does not know, keep it from an instruction for the complement that
    // waits for what was in its target before.
    CM_INLINE V size_of(V word, V ones) {
        if (!S::halved && CM_LANE_BYTES > 16) return word < 0 ? -word : word;  // one instruction
        const V negative = S::halved ? word ^ ones : -word;
        return as_unsigned ? least_size(word, negative) : most_size(word, negative);
    }

    // Of a row's edges: whether registers hold all words and their magnitudes, and whether each edge
    // rather has its own level from what is taken away than that of its profile.
    template <int degree>
    static constexpr bool sizes_stay = CM_LANE_BYTES == 64 && degree <= 10;
    template <int shape>
    static constexpr bool own_levels() {
        int begins = 0;
        for (int e = 0; e < S::shape_degree[shape]; e++) begins += S::shape_begins[shape][e] != 0;
        return level_search<S>() == by_offset && 2 * begins > S::shape_degree[shape];
    }

    // The message of the other sign, as it is kept.
    CM_INLINE V negated(V kept) { return value_t(2 * Kept<S>::half) - kept; }

    // `rows` rows of one shape; with flooding their messages go to the sums of the next iteration.
    // The search runs on magnitudes: the index is monotone in them, and where two edges share the
    // smallest index both minima do, so that the index is only needed once a row. Only the levels
    // for ties also need to know which edges share it.
    template <int shape, Fresh fresh, Check check>
    static CM_LAYER void update_rows(State& s, int rows, const uint32_t* place, V* message,
                                     const uint16_t* profile, V& odd_rows, V& changed) {
        constexpr int degree = S::shape_degree[shape];
        V *const app = s.app.data, *const sum = s.sum.data;
        const V top = threshold_word<S, V>(S::n_thresholds - 1), ones = s.ones;
        constexpr int fraction = Kept<S>::fraction;
        constexpr value_t half = Kept<S>::half;
        constexpr bool own = own_levels<shape>(), sizes = sizes_stay<degree>;
        const V start = ~s.known & half;  // the message of lanes that are fresh
        const auto kept_message = [&](int e) CM_LAMBDA_INLINE {
            if (fresh == all_lanes) return splat(half);
            return fresh == some_lanes ? (message[e] & s.known) | start : message[e];
        };
        V any_odd = {}, any_changed = {};
        for (int i = 0; i < rows; i++, place += degree, message += degree) {
            if (S::lifting_size == 1 && i) profile += degree;
            V in[degree], size[sizes ? degree : 1], m1 = top, m2 = top, m3 = top, signs = {};
#pragma GCC unroll 64
            for (int e = 0; e < degree; e++) {
                in[e] = at(app, place[e]) - (kept_message(e) >> fraction);
                const V a = size_of(in[e], ones);
                if (sizes) size[e] = a;
                if (S::runs > 2) m3 = least_size(m3, most_size(m2, a));
                m2 = least_size(m2, most_size(m1, a));
                m1 = least_size(m1, a);
                signs ^= in[e];
            }
            const Row<S, V> row(s.levels, m1, m2, m3, degree > 2);
            V of_larger, of_others;
            const auto choose = [&](int of_profile) CM_LAMBDA_INLINE {
                row.choose(s.levels, of_profile, of_larger, of_others);
                of_larger = signs < 0 ? negated(of_larger) : of_larger;  // one sign for all edges
                of_others = signs < 0 ? negated(of_others) : of_others;
            };
            if (!own) choose(profile[0]);
            V odd = {};
#pragma GCC unroll 64
            for (int e = 0; e < degree; e++) {
                constexpr const uint8_t* begins = S::shape_begins[shape];
                if (!own && e && begins[e] == profile_begins) choose(profile[e]);
                if (!own && e && begins[e] == profile_may_begin && profile[e] != profile[e - 1]) {
                    choose(profile[e]);
                }
                const V within = sizes ? row.within_size(size[sizes ? e : 0]) : row.within(in[e]);
                V out;
                if (own) {
                    out = row.less(s.levels, profile[e], within ? row.second : row.first);
                    out = (in[e] ^ signs) < 0 ? negated(out) : out;
                } else if (CM_LANE_BYTES == 16) {  // which often lack a selection
                    const V negative = in[e] < 0;
                    out = of_larger ^ ((of_larger ^ of_others) & within);
                    out ^= negative;
                    out = half ? out + (negative & value_t(2 * half + 1)) : out - negative;
                } else {
                    out = within ? of_others : of_larger;
                    out = in[e] < 0 ? negated(out) : out;
                }
                if (S::relax_shift) {
                    V state = kept_message(e);
                    state += (out - state) >> S::relax_shift;
                    message[e] = state;
                    out = state >> fraction;
                } else {
                    message[e] = out;
                }
                if (S::flooding) {
                    at(sum, place[e]) += out;
                    continue;
                }
                V after = in[e] + out;
                if (!S::exact) after = most(least(after, splat(S::app_max)), splat(-S::app_max));
                if (check != no_check) {
                    odd ^= after;
                    any_changed |= after ^ at(app, place[e]);
                }
                at(app, place[e]) = after;
            }
            if (check != no_check) any_odd |= odd;
            if (check == count_checks) s.odd.add(odd);
        }
        odd_rows = any_odd;
        changed = any_changed;
    }

    // The same for one of the code's row shapes.
    template <Fresh fresh, Check check, size_t... i>
    CM_INLINE void update_shape(int shape, State& s, int rows, size_t edge, const uint16_t* profile,
                                V& odd, V& changed, std::index_sequence<i...>) {
        const uint32_t* place = s.place + edge;
        V* message = s.message.data + edge;
        (void)((shape == i && (update_rows<i, fresh, check>(s, rows, place, message, profile, odd,
                                                            changed), true)) || ...);
    }

    // Layers from number p on that one call may update: without blocks, rows of one shape side by
    // side. What the first layer of an iteration changes does not count, so that it is by itself.
    CM_INLINE int alike(int p) {
        const int row = S::layer_row[p];
        int count = 1;
        if (S::lifting_size > 1 || (p == 0 && !S::flooding)) return count;
        while (p + count < S::n_layers && S::layer_row[p + count] == row + count &&
               S::row_shape[row + count] == S::row_shape[row]) count++;
        return count;
    }

    // Negative where the signs of the sums break a check.
    template <Check check>
    static V broken(State& s) {
        V bad = {};
        size_t edge = 0;
        for (int row : S::layer_row) {
            const int degree = S::row_start[row + 1] - S::row_start[row];
            for (int i = 0; i < S::lifting_size; i++) {
                V odd = {};
                for (int e = 0; e < degree; e++) odd ^= at(s.app.data, s.place[edge++]);
                bad |= odd;
                if (check == count_checks) s.odd.add(odd);
            }
        }
        return bad;
    }

    // One iteration of all lanes; negative where the hard decisions were not verified.
    template <Fresh fresh, Check check>
    static CM_NOINLINE V iterate(State& s) {
        constexpr Check of_layer = S::flooding ? no_check : check;  // sums are checked at the end
        V bad = {};
        size_t edge = 0;
        if (check == count_checks) s.odd = OddChecks{};
        if (check == watch_changes) s.moved = V{};
        if (S::flooding) std::memcpy(s.sum.data, s.channel.data, S::n_variables * sizeof(V));
        for (int p = 0, count; p < S::n_layers; p += count) {
            count = alike(p);
            const int row = S::layer_row[p], rows = count * S::lifting_size;
            V odd = {}, changed = {};
            update_shape<fresh, of_layer>(S::row_shape[row], s, rows, edge,
                                          S::edge_profile + S::row_start[row], odd, changed,
                                          std::make_index_sequence<S::n_shapes>());
            edge += size_t(S::row_start[row + 1] - S::row_start[row]) * rows;
            bad |= odd;
            if (p) bad |= changed;
            if (check == watch_changes) s.moved |= changed;
        }
        if (S::flooding) {
            std::swap(s.app.data, s.sum.data);
            if (check != no_check) bad = broken<check>(s);
        }
        if (check == count_checks) s.odd.settle();
        return bad;
    }
};
