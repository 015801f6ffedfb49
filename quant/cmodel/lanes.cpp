// --- the decoder's arithmetic: a vector holds one value of `lanes` frames -------------------------

// What an iteration finds out about the checks.
enum Check { no_check, verify_checks, count_checks };

template <class S>
struct Lanes {
    typedef typename S::value_t value_t;
    static constexpr int lanes = CM_LANE_BYTES / int(sizeof(value_t));
    typedef typename Vector<value_t, CM_LANE_BYTES>::type V;
    typedef typename Vector<int8_t, lanes>::type C;

    CM_INLINE V splat(int value) { return V{} + value_t(value); }

    // Edges in the order in which they are used: layer, row of the layer, block edge.
    static const std::vector<uint32_t>& variable_of_edge() {
        static const std::vector<uint32_t> table = [] {
            std::vector<uint32_t> found;
            for (int row : S::layer_row) {
                for (int i = 0; i < S::lifting_size; i++) {
                    for (int e = S::row_start[row]; e < S::row_start[row + 1]; e++) {
                        const int lane = (i + S::edge_shift[e]) % S::lifting_size;
                        found.push_back(S::edge_column[e] * S::lifting_size + lane);
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
        Aligned<V> message{size_t(S::n_edges) * S::lifting_size};  // as variable_of_edge
        V level[S::n_profiles][S::map_levels] = {};  // what each lane's iteration maps an index to
        V known = {};  // 0 in lanes whose messages are still 0, else -1
        const uint32_t* variable = variable_of_edge().data();
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

    CM_INLINE V level_of(const V* level, V smallest) {
        V found = level[0];
#pragma GCC unroll 32
        for (int k = 0; k < S::n_thresholds; k++) {
            found = smallest >= splat(S::thresholds[k]) ? level[k + 1] : found;
        }
        return found;
    }

    // Level for edges of larger magnitude than the row's smallest.
    CM_INLINE V first_level(const V* level, V m1, V m2) {
        V found = level_of(level, m1);
        if (S::tie_levels) {
            V apart = {};
#pragma GCC unroll 32
            for (int k = 0; k < S::n_thresholds; k++) {
                apart |= V((m2 >= splat(S::thresholds[k])) & (m1 < splat(S::thresholds[k])));
            }
            found = apart ? found : level_of(level + S::n_levels, m1);
        }
        return found;
    }

    // Smallest magnitude of a larger index than that of `smallest`.
    CM_INLINE V next_index(V smallest) {
        V bound = splat(std::numeric_limits<value_t>::max());
#pragma GCC unroll 32
        for (int k = S::n_thresholds - 1; k >= 0; k--) {
            bound = smallest < splat(S::thresholds[k]) ? splat(S::thresholds[k]) : bound;
        }
        return bound;
    }

    // One layer; with flooding one block row, whose messages go to the sums of the next iteration.
    // The search runs on magnitudes: the index is monotone in them, and where two edges share the
    // smallest index both minima do, so that the index is only needed once a row. Only the levels
    // for ties also need to know which edges share it.
    template <int degree, bool fresh, Check check>
    static void update_layer(State& s, const uint32_t* variable, V* message,
                             const uint16_t* profile, V& odd_rows, V& changed) {
        V* const app = s.app.data;
        const V top = splat(S::thresholds[S::n_thresholds - 1]);
        constexpr int fraction = S::relax_frac_bits;
        constexpr value_t half = value_t(1 << fraction >> 1);
        V any_odd = {}, any_changed = {};
        for (int i = 0; i < S::lifting_size; i++, variable += degree, message += degree) {
            V in[degree], m1 = top, m2 = top, signs = {};
#pragma GCC unroll 64
            for (int e = 0; e < degree; e++) {
                V old = message[e];
                if (fresh) old &= s.known;
                if (S::relax_shift) old = (old + half) >> fraction;
                in[e] = app[variable[e]] - old;
                const V a = magnitude(in[e]);
                m2 = least(m2, most(m1, a));
                m1 = least(m1, a);
                signs ^= in[e];
            }
            V first = first_level(s.level[profile[0]], m1, m2);
            V second = level_of(s.level[profile[0]], m2);
            const V above = S::tie_levels ? next_index(m1) : m1;
            V odd = {};
#pragma GCC unroll 64
            for (int e = 0; e < degree; e++) {
                if (!S::rows_share_profile && e && profile[e] != profile[e - 1]) {
                    first = first_level(s.level[profile[e]], m1, m2);
                    second = level_of(s.level[profile[e]], m2);
                }
                const V a = magnitude(in[e]);
                V out = (S::tie_levels ? V(a < above) : V(a == m1)) ? second : first;
                out = (in[e] ^ signs) < 0 ? -out : out;
                if (S::relax_shift) {
                    V state = message[e];
                    if (fresh) state &= s.known;
                    state += ((out << fraction) - state) >> S::relax_shift;
                    message[e] = state;
                    out = (state + half) >> fraction;
                } else {
                    message[e] = out;
                }
                if (S::flooding) {
                    s.sum[variable[e]] += out;
                    continue;
                }
                const V after = most(least(in[e] + out, splat(S::app_max)), splat(-S::app_max));
                if (check != no_check) {
                    odd ^= after;
                    any_changed |= after ^ app[variable[e]];
                }
                app[variable[e]] = after;
            }
            if (check != no_check) any_odd |= odd;
            if (check == count_checks) s.odd.add(odd);
        }
        odd_rows = any_odd;
        changed = any_changed;
    }

    // The layer of one of the code's row degrees.
    template <bool fresh, Check check, size_t... i>
    CM_INLINE void update_degree(int degree, State& s, size_t edge, const uint16_t* profile, V& odd,
                                 V& changed, std::index_sequence<i...>) {
        const uint32_t* variable = s.variable + edge;
        V* message = s.message.data + edge;
        (void)((degree == S::degrees[i] &&
                (update_layer<S::degrees[i], fresh, check>(s, variable, message, profile, odd,
                                                           changed),
                 true)) || ...);
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
                for (int e = 0; e < degree; e++) odd ^= s.app.data[s.variable[edge++]];
                bad |= odd;
                if (check == count_checks) s.odd.add(odd);
            }
        }
        return bad;
    }

    // One iteration of all lanes; negative where the hard decisions were not verified.
    template <bool fresh, Check check>
    static CM_NOINLINE V iterate(State& s) {
        constexpr Check of_layer = S::flooding ? no_check : check;  // sums are checked at the end
        V bad = {};
        size_t edge = 0;
        if (check == count_checks) s.odd = OddChecks{};
        if (S::flooding) std::memcpy(s.sum.data, s.channel.data, S::n_variables * sizeof(V));
        for (int p = 0; p < S::n_layers; p++) {
            const int row = S::layer_row[p], degree = S::row_start[row + 1] - S::row_start[row];
            V odd = {}, changed = {};
            update_degree<fresh, of_layer>(degree, s, edge, S::edge_profile + S::row_start[row],
                                           odd, changed, std::make_index_sequence<S::n_degrees>());
            edge += size_t(degree) * S::lifting_size;
            bad |= odd;
            if (p) bad |= changed;
        }
        if (S::flooding) {
            std::swap(s.app.data, s.sum.data);
            if (check != no_check) bad = broken<check>(s);
        }
        if (check == count_checks) s.odd.settle();
        return bad;
    }
};
