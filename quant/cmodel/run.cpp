// --- frames through the lanes ---------------------------------------------------------------------

// `lanes` frames side by side, waiting for lanes that fall free.
template <class S>
struct Tile {
    Aligned<typename Lanes<S>::V> word{S::n};
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

// The decoder's word of a channel code.
template <class S>
CM_INLINE typename Lanes<S>::V word_of(typename Lanes<S>::C code) {
    typedef Lanes<S> L;
    typedef typename L::V V;
    typedef typename L::C C;
    code = most(least(code, C{} + int8_t(S::maximum_code)), C{} + int8_t(S::minimum_code));
    V value = __builtin_convertvector(code, V);
    if (S::channel_table) {
        const V negative = value < 0, step = value ^ negative;
        if constexpr (CM_LANE_BYTES > 16 && S::maximum_code < L::lanes) {
            V words = {};
            int sum = 0;
            for (int i = 0; i <= S::maximum_code; i++) {
                sum += S::channel_steps[i];
                words[i] = typename L::value_t(sum >> S::halved);
            }
            value = pick(words, step);
            return S::halved ? value ^ negative : (value ^ negative) - negative;
        }
        int sum = S::channel_steps[0], word = sum >> S::halved;
        value = L::splat(word);
        for (int i = 1; i <= S::maximum_code; i++) {
            sum += S::channel_steps[i];
            value += L::splat((sum >> S::halved) - word) & (step >= typename L::value_t(i));
            word = sum >> S::halved;
        }
        return S::halved ? value ^ negative : (value ^ negative) - negative;
    }
    if (S::halved) return value;  // mid-rise
    if (S::mid_rise) value = value + value + typename L::value_t(1);
    return value << S::app_shift;
}

// Words of the slots `index` to the lanes that `into` marks.
template <class S>
CM_INLINE void load_words(typename Lanes<S>::State& s, Tile<S>& tile, typename Lanes<S>::C index,
                          typename Lanes<S>::C into) {
    typedef Lanes<S> L;
    typedef typename L::V V;
    const V mask = __builtin_convertvector(into, V), slot = __builtin_convertvector(index, V);
    bool same = true;
    for (int l = 0; l < L::lanes; l++) same &= into[l] && index[l] == l;
    if (same) {
        for (int i = 0; i < S::n; i++) s.load(S::transmitted[i], mask, tile.word[i]);
    } else {
        for (int i = 0; i < S::n; i++) s.load(S::transmitted[i], mask, pick(tile.word[i], slot));
    }
    for (int i = 0; i < S::n_erased; i++) s.load(S::erased[i], mask, L::splat(0));
    for (int i = 0; i < S::n_known_zero; i++) {
        s.load(S::known_zero[i], mask, L::splat(S::known_value >> S::halved));
    }
}

// Runs frames from `feed` through the decoder and hands every finished one to `sink`.
// feed.fill(tile): the next frames, false at the end. feed.load(state, tile, index, into): slots to
// lanes. sink.status(frame, verified, iterations) of each finished frame, then sink.take(state,
// lanes, how many, frames of all lanes). Sink::counts: odd checks are wanted.
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
    V at = {};  // the row of the maps in each lane
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
        bool turn = false, turns[S::n_map_rows] = {};  // lanes go on to this row of the maps
        for (int l = 0; l < lanes; l++) {
            if (iteration[l] < 0) continue;
            busy = true;
            fresh |= iteration[l] == 0;
            last |= iteration[l] == S::iterations - 1;
            s.known[l] = iteration[l] ? -1 : 0;
            const int due = S::map_row[iteration[l]];
            if (row[l] == due) continue;
            row[l] = due;
            at[l] = typename S::value_t(due);
            turn = turns[due] = true;
        }
        if (turn) s.levels.set(at, turns);
        if (!busy) break;
        V bad;
        if constexpr (Sink::counts) {
            bad = L::template iterate<some_lanes, count_checks>(s);
        } else {
            // Without early stop lanes begin and end together.
            constexpr Fresh new_frames = S::early_stop ? some_lanes : all_lanes;
            if (S::early_stop || last) {
                bad = fresh ? L::template iterate<new_frames, verify_checks>(s)
                            : L::template iterate<no_lane, verify_checks>(s);
            } else {
                bad = fresh ? L::template iterate<new_frames, no_check>(s)
                            : L::template iterate<no_lane, no_check>(s);
            }
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
