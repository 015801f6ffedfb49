// --- retries: frames that a try leaves unverified wait for the next one ---------------------------
// S::Next is the struct of the try behind that of S, or void. They wait until they fill vectors, so
// that frames that need no other try are decoded as fast as without.

struct Waiting {
    std::vector<int64_t> frame;
    std::vector<int16_t> value;  // (frames, n_variables): channel values in APP LSB
    std::vector<int8_t> sent;    // (frames, n_information): in a simulation, -1 where a 1 was sent

    // The frames at these places only, in their order.
    template <class S>
    void keep(const std::vector<int64_t>& places) {
        int64_t to = 0;
        for (int64_t from : places) {
            frame[to] = frame[from];
            move<int16_t>(value, from, to, S::n_variables);
            if (!sent.empty()) move<int8_t>(sent, from, to, S::n_information);
            to++;
        }
        frame.resize(to);
        value.resize(to * S::n_variables);
        if (!sent.empty()) sent.resize(to * S::n_information);
    }

    template <class T>
    static void move(std::vector<T>& all, int64_t from, int64_t to, int64_t width) {
        std::memmove(&all[to * width], &all[from * width], width * sizeof(T));
    }
};

// A feed of the first try that keeps the channel words of the frame in each lane.
template <class S, class Feed>
struct KeepingFeed {
    typedef Lanes<S> L;
    typedef typename L::V V;
    typedef typename L::C C;
    Feed& from;
    Aligned<V> word{S::n_variables};

    explicit KeepingFeed(Feed& feed) : from(feed) {}

    bool fill(Tile<S>& tile) { return from.fill(tile); }

    CM_ALWAYS_INLINE void load(typename L::State& s, Tile<S>& tile, C index, C into) {
        from.load(s, tile, index, into);
        const V mask = __builtin_convertvector(into, V);
        for (int v = 0; v < S::n_variables; v++) word[v] = mask ? s.app[v] : word[v];
    }

    void append(Waiting& waiting, int lane, int64_t frame) {
        waiting.frame.push_back(frame);
        for (int v = 0; v < S::n_variables; v++) {
            const int one = word[v][lane];
            waiting.value.push_back(int16_t(S::halved ? 2 * one + 1 : one));
        }
    }
};

// Waiting frames to the lanes of another try, by their places; S is its struct.
template <class S>
struct WaitingFeed {
    typedef Lanes<S> L;
    typedef typename L::C C;
    typedef typename L::value_t value_t;
    const Waiting& from;
    int64_t next = 0;
    std::vector<value_t> magnitude;  // of the try, by that of the first one

    explicit WaitingFeed(const Waiting& waiting) : from(waiting), magnitude(S::first_value_limit + 1) {
        for (int m = 0; m <= S::first_value_limit; m++) magnitude[m] = value_t(m);
        for (int i = 0; i < S::n_changed; i++) {
            magnitude[S::changed[i]] = value_t(S::changed_to[i]);
        }
    }

    bool fill(Tile<S>& tile) {
        if (!tile.begin(next, int64_t(from.frame.size()))) return false;
        next += tile.end;
        return true;
    }

    void load(typename L::State& s, Tile<S>& tile, C index, C into) {
        for (int l = 0; l < L::lanes; l++) {
            if (!into[l]) continue;
            const int16_t* given = &from.value[(tile.base + index[l]) * S::n_variables];
            for (int v = 0; v < S::n_variables; v++) {
                const int size = magnitude[given[v] < 0 ? -given[v] : given[v]];
                const int value = given[v] < 0 ? -size : size;
                s.load_lane(v, l, value_t(S::halved ? value >> 1 : value));
            }
        }
    }
};

// Results of the first try, and the frames that it leaves. `again` takes them when they are many.
template <class S, class Feed, class Sink, class Again>
struct FirstSink {
    typedef Lanes<S> L;
    static constexpr bool counts = Sink::counts;
    static constexpr size_t most = 8 * L::lanes;
    KeepingFeed<S, Feed>& feed;
    Sink& sink;
    Again& again;
    Waiting waiting = {};
    bool right[L::lanes] = {};
    int ended = 0;

    void status(int64_t frame, bool verified, int iterations) {
        right[ended++] = verified;
        sink.status(frame, verified, iterations);
    }

    void take(typename L::State& s, const int* done, int count, const int64_t* frame) {
        sink.take(s, done, count, frame);
        for (int i = 0; i < count; i++) {
            if (right[i]) continue;
            feed.append(waiting, done[i], frame[done[i]]);
            again.append(waiting, done[i]);
        }
        ended = 0;
        if (waiting.frame.size() >= most) flush();
    }

    void flush() {
        sink.flush();
        again.template run_try<typename S::Next>(waiting);
        waiting = Waiting{};
    }
};

// Of a try: `out` takes frames that it verifies, of the others it only says how long they took.
template <class S, class Out>
struct TrySink {
    typedef Lanes<S> L;
    static constexpr bool counts = true;  // one program for all callers
    Out& out;
    const Waiting& waiting;
    uint8_t *decoded, *iterations_used;
    int64_t first;  // frame of these two
    std::vector<int64_t> left = {};
    bool right[L::lanes] = {};
    int ended = 0;

    void status(int64_t place, bool verified, int iterations) {
        right[ended++] = verified;
        decoded[waiting.frame[place] - first] = verified;
        iterations_used[waiting.frame[place] - first] = uint8_t(S::iterations_before + iterations);
    }

    void take(typename L::State& s, const int* done, int count, const int64_t* place) {
        int kept[L::lanes], n_kept = 0;
        int64_t frame[L::lanes];
        for (int i = 0; i < count; i++) {
            frame[done[i]] = waiting.frame[place[done[i]]];
            if (right[i]) kept[n_kept++] = done[i];
            else left.push_back(place[done[i]]);
        }
        ended = 0;
        if (n_kept) out.take(s, kept, n_kept, frame, place);
    }

    void flush() { out.flush(); }
};

// The next tries of frames of the caller. `whole`: words are whole integers in all of them.
template <bool soft, bool whole>
struct DecodeAgain {
    const Results to;

    void append(Waiting&, int) {}

    template <class T>
    struct Out {
        ResultSink<T, soft> sink;

        void take(typename Lanes<T>::State& s, const int* done, int count, const int64_t* frame,
                  const int64_t*) {
            sink.take(s, done, count, frame);
        }

        void flush() { sink.flush(); }
    };

    template <class Try>
    void run_try(Waiting& waiting) {
        if constexpr (!std::is_void<Try>::value) {
            if (waiting.frame.empty()) return;
            typedef std::conditional_t<whole, WithValues<Try>, Try> T;
            Out<T> out{ResultSink<T, soft>(to)};
            TrySink<T, Out<T>> sink{out, waiting, to.decoded, to.iterations, 0};
            WaitingFeed<T> feed(waiting);
            run<T>(feed, sink);
            waiting.template keep<T>(sink.left);
            run_try<typename Try::Next>(waiting);
        }
    }
};

// The next tries of frames of a simulation.
template <class S>
struct CountAgain {
    RandomFeed<S>& feed;
    int64_t first;
    uint32_t* bit_errors;
    uint8_t *decoded, *iterations_used;

    void append(Waiting& waiting, int lane) {
        for (int i = 0; i < S::n_information; i++) waiting.sent.push_back(feed.lane_sent[i][lane]);
    }

    template <class T>
    struct Out {
        const Waiting& waiting;
        uint32_t* bit_errors;
        int64_t first;

        void take(typename Lanes<T>::State& s, const int* done, int count, const int64_t* frame,
                  const int64_t* place) {
            for (int i = 0; i < count; i++) {
                const int l = done[i];
                const int8_t* sent = &waiting.sent[place[l] * S::n_information];
                uint32_t wrong = 0;
                for (int b = 0; b < S::n_information; b++) {
                    wrong += (s.app[S::information[b]][l] < 0) != (sent[b] < 0);
                }
                bit_errors[frame[l] - first] = wrong;
            }
        }

        void flush() {}
    };

    template <class T>
    void run_try(Waiting& waiting) {
        if constexpr (!std::is_void<T>::value) {
            if (waiting.frame.empty()) return;
            Out<T> out{waiting, bit_errors, first};
            TrySink<T, Out<T>> sink{out, waiting, decoded, iterations_used, first};
            WaitingFeed<T> feed(waiting);
            run<T>(feed, sink);
            waiting.template keep<S>(sink.left);
            run_try<typename T::Next>(waiting);
        }
    }
};

// run<S> with the tries behind it.
template <class S, class Feed, class Sink, class Again>
static void run_tries(Feed& feed, Sink& sink, Again& again) {
    if constexpr (std::is_void<typename S::Next>::value) {
        run<S>(feed, sink);
    } else {
        KeepingFeed<S, Feed> keeping(feed);
        FirstSink<S, Feed, Sink, Again> first{keeping, sink, again};
        run<S>(keeping, first);
    }
}
