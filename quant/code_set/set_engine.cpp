// --- frames that say when they end, at one lane width ---------------------------------------------

// Runs frames from `feed`, of which `asked_of(frame)` says what each asks for, and hands every
// finished one to `sink` as in run(), and to `ended(frame, reasons)`.
template <class S, class Feed, class Sink, class AskedOf, class Ended>
static void run_as_asked(Feed& feed, Sink& sink, const AskedOf& asked_of, const Ended& ended) {
    typedef Lanes<S> L;
    typedef typename L::State State;
    typedef typename L::V V;
    typedef typename L::C C;
    constexpr int lanes = L::lanes;
    Aligned<State> place(1);
    State& s = *new (place.data) State;
    Tile<S> tile;
    int64_t frame[lanes];
    Asked asked[lanes];
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
                asked[l] = asked_of(frame[l]);
                iteration[l] = 0;
            }
            feed.load(s, tile, index, into);
        }
        bool busy = false, fresh = false;
        bool turn = false, turns[S::n_map_rows] = {};  // lanes go on to this row of the maps
        for (int l = 0; l < lanes; l++) {
            if (iteration[l] < 0) continue;
            busy = true;
            fresh |= iteration[l] == 0;
            s.known[l] = iteration[l] ? -1 : 0;
            const int due = S::map_row[iteration[l]];
            if (row[l] == due) continue;
            row[l] = due;
            at[l] = typename S::value_t(due);
            turn = turns[due] = true;
        }
        if (turn) s.levels.set(at, turns);
        if (!busy) break;
        const V bad = fresh ? L::template iterate<some_lanes, watch_changes>(s)
                            : L::template iterate<no_lane, watch_changes>(s);
        n_idle = 0;
        for (int l = 0; l < lanes; l++) {
            if (iteration[l] < 0) continue;
            iteration[l]++;
            const bool right = !(bad[l] < 0), same = !(s.moved[l] < 0);
            const int reasons = (right && asked[l].on_pass ? stopped_on_pass : no_reason) |
                                (same && asked[l].on_no_change ? stopped_on_no_change : no_reason);
            if (iteration[l] < asked[l].iterations && !reasons) continue;
            sink.status(frame[l], right, iteration[l]);
            ended(frame[l], uint8_t(reasons));
            idle[n_idle++] = l;
            iteration[l] = -1;
        }
        if (n_idle) sink.take(s, idle, n_idle, frame);
        // lanes that were idle before stay so: the feed has ended
    }
    sink.flush();
    s.~State();
}

template <class S>
static void decode(const int8_t* codes, int64_t frames, const Asked* asked, const Results& results,
                   uint8_t* reasons) {
    const auto asked_of = [&](int64_t frame) { return asked[frame]; };
    const auto ended = [&](int64_t frame, uint8_t found) { reasons[frame] = found; };
    CodeFeed<S> feed{codes, 0, frames};
    if (results.soft) {
        ResultSink<S, true> sink(results);
        run_as_asked<S>(feed, sink, asked_of, ended);
    } else {
        ResultSink<S, false> sink(results);
        run_as_asked<S>(feed, sink, asked_of, ended);
    }
}

// Of the frames of a simulation those whose turn it is.
template <class S>
struct TurnFeed : RandomFeed<S> {
    Turn turn;

    TurnFeed(const Link& l, const Origin& o, const Turn& t, int64_t first, int64_t count)
        : RandomFeed<S>(l, o, first, count), turn(t) {}

    bool fill(Tile<S>& tile) {
        static_assert(frames_in_a_row % Lanes<S>::lanes == 0);
        while (this->next < this->end && this->next / frames_in_a_row % turn.of != turn.number) {
            const int64_t row = this->next / frames_in_a_row;
            this->next = std::min(this->end, (row + 1) * frames_in_a_row);
        }
        return RandomFeed<S>::fill(tile);
    }
};

template <class S>
static void simulate(const Link& link, const Origin& from, const Turn& turn, const Asked& asked,
                     int64_t first, int64_t frames, uint32_t* bit_errors, uint8_t* decoded,
                     uint8_t* iterations_used) {
    TurnFeed<S> feed(link, from, turn, first, frames);
    CountSink<S> sink{feed, first, bit_errors, decoded, iterations_used};
    run_as_asked<S>(feed, sink, [&](int64_t) { return asked; }, [](int64_t, uint8_t) {});
}

template <class S>
static const Engine<S> engine = {CM_LANE_BYTES, Lanes<S>::lanes, quantise<S>, decode<S>,
                                 simulate<S>, encode_block<S>};
