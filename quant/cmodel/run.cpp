// --- frames through the lanes ---------------------------------------------------------------------

// `lanes` frames side by side, waiting for lanes that fall free.
template <class S>
struct Tile {
    Aligned<typename Lanes<S>::C> code{S::n};
    int next = 0, end = 0;  // slots not yet handed out
    int64_t base = 0;       // frame number of slot 0

    // A tile of the frames from `from` on, the last of which is before `to`; false for none.
    bool begin(int64_t from, int64_t to) {
        base = from;
        next = 0;
        end = int(std::min<int64_t>(Lanes<S>::lanes, to - from));
        return end > 0;
    }
};

template <class S>
CM_INLINE typename Lanes<S>::V app_of(typename Lanes<S>::C code) {
    typedef Lanes<S> L;
    typedef typename L::V V;
    typedef typename L::C C;
    code = most(least(code, C{} + int8_t(S::maximum_code)), C{} + int8_t(S::minimum_code));
    V value = __builtin_convertvector(code, V);
    if (S::channel_table) {
        const V negative = value < 0, step = value ^ negative;
        value = L::splat(S::channel_steps[0]);
        for (int i = 1; i <= S::maximum_code; i++) {
            value += L::splat(S::channel_steps[i]) & (step >= typename L::value_t(i));
        }
        return (value ^ negative) - negative;
    }
    if (S::mid_rise) value = value + value + typename L::value_t(1);
    return value << S::app_shift;
}

// Codes of the slots `index` to the lanes that `into` marks.
template <class S>
CM_INLINE void load_codes(typename Lanes<S>::State& s, Tile<S>& tile, typename Lanes<S>::C index,
                          typename Lanes<S>::C into) {
    typedef Lanes<S> L;
    typedef typename L::V V;
    const V mask = __builtin_convertvector(into, V);
    for (int i = 0; i < S::n; i++) {
        s.load(S::transmitted[i], mask, app_of<S>(pick(tile.code[i], index)));
    }
    for (int i = 0; i < S::n_erased; i++) s.load(S::erased[i], mask, L::splat(0));
    for (int i = 0; i < S::n_known_zero; i++) {
        s.load(S::known_zero[i], mask, L::splat(S::known_value));
    }
}

// Runs frames from `feed` through the decoder and hands every finished one to `sink`.
// feed.fill(tile): the next frames, false at the end. feed.load(state, tile, index, into): slots to
// lanes. sink.status(frame, verified, iterations) of each finished frame, then sink.take(state,
// lanes, how many, frames of all lanes). sink.counts(): odd checks are wanted.
template <class S, class Feed, class Sink>
static void run(Feed& feed, Sink& sink) {
    typedef Lanes<S> L;
    typedef typename L::State State;
    typedef typename L::V V;
    typedef typename L::C C;
    constexpr int lanes = L::lanes;
    Aligned<State> place(1);
    State& s = *new (place.data) State;
    Tile<S> tile;
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
            feed.load(s, tile, index, into);
        }
        bool busy = false, fresh = false, last = false;
        for (int l = 0; l < lanes; l++) {
            if (iteration[l] < 0) continue;
            busy = true;
            fresh |= iteration[l] == 0;
            last |= iteration[l] == S::iterations - 1;
            s.known[l] = iteration[l] ? -1 : 0;
            const int due = S::map_row[iteration[l]];
            if (row[l] == due) continue;
            row[l] = due;
            for (int p = 0; p < S::n_profiles; p++) {
                for (int k = 0; k < S::map_levels; k++) {
                    const int level = S::codebook[S::map_index[due][p]][k];
                    s.level[p][k][l] = typename L::value_t(level);
                }
            }
        }
        if (!busy) break;
        V bad;
        if (sink.counts()) {
            bad = L::template iterate<true, count_checks>(s);
        } else if (S::early_stop || last) {
            bad = fresh ? L::template iterate<true, verify_checks>(s)
                        : L::template iterate<false, verify_checks>(s);
        } else {
            bad = fresh ? L::template iterate<true, no_check>(s)
                        : L::template iterate<false, no_check>(s);
        }
        n_idle = 0;
        for (int l = 0; l < lanes; l++) {
            if (iteration[l] < 0) continue;
            iteration[l]++;
            const bool right = !(bad[l] < 0);
            if (iteration[l] < S::iterations && !(S::early_stop && right)) continue;
            sink.status(frame[l], right, iteration[l]);
            idle[n_idle++] = l;
            iteration[l] = -1;
        }
        if (n_idle) sink.take(s, idle, n_idle, frame);
        // lanes that were idle before stay so: the feed has ended
    }
    sink.flush();
    s.~State();
}
