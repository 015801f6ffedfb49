// --- one lane width: CM_LANE_BYTES is the size of a vector register ------------------------------
// A vector holds one value of `lanes` frames.

constexpr int lanes = CM_LANE_BYTES / int(sizeof(value_t));
typedef value_t V __attribute__((vector_size(CM_LANE_BYTES)));
typedef int8_t C __attribute__((vector_size(lanes)));
typedef uint64_t U8 __attribute__((vector_size(64)));
typedef uint32_t W8 __attribute__((vector_size(32)));
typedef int32_t S8 __attribute__((vector_size(32)));
typedef int8_t B8 __attribute__((vector_size(8)));

//include product.cpp
//include philox.cpp

CM_INLINE V splat(int value) { return V{} + value_t(value); }
template <class X>
CM_INLINE X least(X a, X b) { return a < b ? a : b; }
template <class X>
CM_INLINE X most(X a, X b) { return a > b ? a : b; }
CM_INLINE V magnitude(V v) { return v < 0 ? -v : v; }

// to[l] = from[index[l]]
CM_INLINE C pick(C from, C index) {
#if defined(__clang__)
    C to;
    for (int l = 0; l < lanes; l++) to[l] = from[index[l] & (lanes - 1)];
    return to;
#else
    return __builtin_shuffle(from, index);
#endif
}

template <class X>
struct Aligned {  // zeroed storage on cache lines
    X* data;
    explicit Aligned(size_t count) {
        const size_t bytes = (count * sizeof(X) + 4095) / 4096 * 4096;
        data = static_cast<X*>(std::aligned_alloc(4096, bytes));
        if (!data) throw std::bad_alloc();
        std::memset(static_cast<void*>(data), 0, bytes);
    }
    ~Aligned() { std::free(data); }
    Aligned(const Aligned&) = delete;
    Aligned& operator=(const Aligned&) = delete;
    X& operator[](size_t i) { return data[i]; }
};

// Edges in the order in which they are used: layer, row of the layer, block edge.
const std::vector<uint32_t>& variable_of_edge() {
    static const std::vector<uint32_t> table = [] {
        std::vector<uint32_t> found;
        for (int row : layer_row) {
            for (int i = 0; i < lifting_size; i++) {
                for (int e = row_start[row]; e < row_start[row + 1]; e++) {
                    const int lane = (i + edge_shift[e]) % lifting_size;
                    found.push_back(edge_column[e] * lifting_size + lane);
                }
            }
        }
        return found;
    }();
    return table;
}

struct State {
    Aligned<V> app{n_variables};
    Aligned<V> channel{flooding ? n_variables : 0}, sum{flooding ? n_variables : 0};
    Aligned<V> message{size_t(n_edges) * lifting_size};  // in the order of variable_of_edge
    V level[n_profiles][map_levels] = {};  // what each lane's iteration maps an index to
    V known = {};                        // 0 in lanes whose messages are still 0, else -1
    const uint32_t* variable = variable_of_edge().data();

    // What a variable starts from, in the lanes of `mask`.
    void load(int v, V mask, V value) {
        app[v] = mask ? value : app[v];
        if (flooding) channel[v] = mask ? value : channel[v];
    }
};

CM_INLINE V level_of(const V* level, V smallest) {
    V found = level[0];
#pragma GCC unroll 32
    for (int k = 0; k < n_thresholds; k++) {
        found = smallest >= splat(thresholds[k]) ? level[k + 1] : found;
    }
    return found;
}

// Level for edges of larger magnitude than the row's smallest.
CM_INLINE V first_level(const V* level, V m1, V m2) {
    V found = level_of(level, m1);
    if (tie_levels) {
        V apart = {};
#pragma GCC unroll 32
        for (int k = 0; k < n_thresholds; k++) {
            apart |= V((m2 >= splat(thresholds[k])) & (m1 < splat(thresholds[k])));
        }
        found = apart ? found : level_of(level + n_levels, m1);
    }
    return found;
}

// Smallest magnitude of a larger index than that of `smallest`.
CM_INLINE V next_index(V smallest) {
    V bound = splat(std::numeric_limits<value_t>::max());
#pragma GCC unroll 32
    for (int k = n_thresholds - 1; k >= 0; k--) {
        bound = smallest < splat(thresholds[k]) ? splat(thresholds[k]) : bound;
    }
    return bound;
}

// One layer; with flooding one block row, whose answers go to the sums of the next iteration. The
// search runs on magnitudes: the index is monotone in them, and where two edges share the smallest
// index both minima do, so that the index is only needed once a row. Only the levels for ties also
// need to know which edges share it.
template <int degree, bool fresh, bool check>
static void update_layer(State& s, const uint32_t* variable, V* message, const uint16_t* profile,
                         V& odd_rows, V& changed) {
    V* const app = s.app.data;
    const V top = splat(thresholds[n_thresholds - 1]);
    V any_odd = {}, any_changed = {};
    for (int i = 0; i < lifting_size; i++, variable += degree, message += degree) {
        V in[degree], m1 = top, m2 = top, signs = {};
#pragma GCC unroll 64
        for (int e = 0; e < degree; e++) {
            V old = message[e];
            if (fresh) old &= s.known;
            if (relax_shift) old = (old + value_t(1 << relax_frac_bits >> 1)) >> relax_frac_bits;
            in[e] = app[variable[e]] - old;
            const V a = magnitude(in[e]);
            m2 = least(m2, most(m1, a));
            m1 = least(m1, a);
            signs ^= in[e];
        }
        V first = first_level(s.level[profile[0]], m1, m2);
        V second = level_of(s.level[profile[0]], m2);
        const V above = tie_levels ? next_index(m1) : m1;
        V odd = {};
#pragma GCC unroll 64
        for (int e = 0; e < degree; e++) {
            if (!rows_share_profile && e && profile[e] != profile[e - 1]) {
                first = first_level(s.level[profile[e]], m1, m2);
                second = level_of(s.level[profile[e]], m2);
            }
            const V a = magnitude(in[e]);
            V out = (tie_levels ? V(a < above) : V(a == m1)) ? second : first;
            out = (in[e] ^ signs) < 0 ? -out : out;
            if (relax_shift) {
                V state = message[e];
                if (fresh) state &= s.known;
                state += ((out << relax_frac_bits) - state) >> relax_shift;
                message[e] = state;
                out = (state + value_t(1 << relax_frac_bits >> 1)) >> relax_frac_bits;
            } else {
                message[e] = out;
            }
            if (flooding) {
                s.sum[variable[e]] += out;
                continue;
            }
            const V after = most(least(in[e] + out, splat(app_max)), splat(-app_max));
            if (check) {
                odd ^= after;
                any_changed |= after ^ app[variable[e]];
            }
            app[variable[e]] = after;
        }
        if (check) any_odd |= odd;
    }
    odd_rows = any_odd;
    changed = any_changed;
}

// Negative where the signs of the sums break a check.
static V broken(const State& s) {
    V bad = {};
    size_t edge = 0;
    for (int row : layer_row) {
        const int degree = row_start[row + 1] - row_start[row];
        for (int i = 0; i < lifting_size; i++) {
            V odd = {};
            for (int e = 0; e < degree; e++) odd ^= s.app.data[s.variable[edge++]];
            bad |= odd;
        }
    }
    return bad;
}

// One iteration of all lanes; negative where the hard decisions were not verified.
template <bool fresh, bool check>
static V iterate(State& s) {
    V bad = {};
    size_t edge = 0;
    if (flooding) std::memcpy(s.sum.data, s.channel.data, n_variables * sizeof(V));
    for (int p = 0; p < n_layers; p++) {
        const int row = layer_row[p], degree = row_start[row + 1] - row_start[row];
        V odd = {}, changed = {};
        const uint16_t* profile = edge_profile + row_start[row];
        switch (degree) {
#define CM_CASE(d)                                                                            \
    case d:                                                                                   \
        update_layer<d, fresh, check>(s, s.variable + edge, s.message.data + edge, profile, odd, \
                                      changed);                                               \
        break;
            CM_DEGREES(CM_CASE)
#undef CM_CASE
        }
        edge += size_t(degree) * lifting_size;
        bad |= odd;
        if (p) bad |= changed;
    }
    if (flooding) {
        std::swap(s.app.data, s.sum.data);
        if (check) bad = broken(s);
    }
    return bad;
}

// `lanes` frames side by side, waiting for lanes that fall free.
struct Tile {
    Aligned<C> code{n};
    int next = 0, end = 0;  // slots not yet handed out
    int64_t base = 0;       // frame number of slot 0
};

CM_INLINE V app_of(C code) {
    code = most(least(code, C{} + int8_t(maximum_code)), C{} + int8_t(minimum_code));
    V value = __builtin_convertvector(code, V);
    if (channel_table) {
        const V negative = value < 0, step = value ^ negative;
        value = splat(channel_steps[0]);
        for (int i = 1; i <= maximum_code; i++) {
            value += splat(channel_steps[i]) & (step >= value_t(i));
        }
        return (value ^ negative) - negative;
    }
    if (mid_rise) value = value + value + value_t(1);
    return value << app_shift;
}

// Runs frames from `feed` through the decoder and hands every finished one to `sink`.
// feed.fill(tile): the next frames, false at the end. feed.move(index, into): slots to lanes.
// sink.take(state, done, lane_frame...): see the two sinks.
template <class Feed, class Sink>
static void run(Feed& feed, Sink& sink) {
    Aligned<State> place(1);
    State& s = *new (place.data) State;
    Tile tile;
    int64_t frame[lanes];
    int iteration[lanes], row[lanes];
    int idle[lanes], n_idle = lanes;
    for (int l = 0; l < lanes; l++) iteration[l] = row[l] = -1, idle[l] = l;
    for (;;) {
        int waiting = 0;
        while (waiting < n_idle) {
            if (tile.next == tile.end && !feed.fill(tile)) break;
            C index = {}, into = {};
            for (; waiting < n_idle && tile.next < tile.end; waiting++, tile.next++) {
                const int l = idle[waiting];
                index[l] = int8_t(tile.next);
                into[l] = -1;
                frame[l] = tile.base + tile.next;
                iteration[l] = 0;
            }
            const V mask = __builtin_convertvector(into, V);
            for (int i = 0; i < n; i++) {
                s.load(transmitted[i], mask, app_of(pick(tile.code[i], index)));
            }
            for (int i = 0; i < n_erased; i++) s.load(erased[i], mask, splat(0));
            for (int i = 0; i < n_known_zero; i++) s.load(known_zero[i], mask, splat(known_value));
            feed.move(index, into);
        }
        bool busy = false, fresh = false, last = false;
        for (int l = 0; l < lanes; l++) {
            if (iteration[l] < 0) continue;
            busy = true;
            fresh |= iteration[l] == 0;
            last |= iteration[l] == iterations - 1;
            s.known[l] = iteration[l] ? -1 : 0;
            const int due = map_row[iteration[l]];
            if (row[l] == due) continue;
            row[l] = due;
            for (int p = 0; p < n_profiles; p++) {
                for (int k = 0; k < map_levels; k++) {
                    s.level[p][k][l] = value_t(codebook[map_index[due][p]][k]);
                }
            }
        }
        if (!busy) break;
        const bool check = early_stop || last;
        const V bad = fresh ? (check ? iterate<true, true>(s) : iterate<true, false>(s))
                            : (check ? iterate<false, true>(s) : iterate<false, false>(s));
        n_idle = 0;
        for (int l = 0; l < lanes; l++) {
            if (iteration[l] < 0) continue;
            iteration[l]++;
            const bool verified = !(bad[l] < 0);
            if (iteration[l] < iterations && !(early_stop && verified)) continue;
            sink.status(frame[l], verified, iteration[l]);
            idle[n_idle++] = l;
            iteration[l] = -1;
        }
        if (n_idle) sink.take(s, idle, n_idle, frame);
        // lanes that were idle before stay so: the feed has ended
    }
    sink.flush();
    s.~State();
}
