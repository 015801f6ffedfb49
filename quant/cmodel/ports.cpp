// --- frames of the caller -------------------------------------------------------------------------

// 8 rows of S::n bytes to S::n columns, `lanes` bytes apart.
template <class S>
static void load_rows(const int8_t* const row[8], int8_t* to) {
    constexpr int n = S::n, whole = n - n % 8, lanes = Lanes<S>::lanes;
    for (int i = 0; i < whole; i += 8) {
        uint64_t x[8];
        for (int r = 0; r < 8; r++) std::memcpy(&x[r], row[r] + i, 8);
        transpose_8x8(x);
        for (int c = 0; c < 8; c++) std::memcpy(to + (i + c) * lanes, &x[c], 8);
    }
    for (int i = whole; i < n; i++) {
        for (int r = 0; r < 8; r++) to[i * lanes + r] = row[r][i];
    }
}

// Channel codes (frames, n).
template <class S>
struct CodeFeed {
    typedef Lanes<S> L;
    typedef typename L::C C;
    const int8_t* codes;
    int64_t next, end;

    bool fill(Tile<S>& tile) {
        if (!tile.begin(next, end)) return false;
        for (int first = 0; first < tile.end; first += 8) {
            const int8_t* row[8];
            for (int r = 0; r < 8; r++) {
                row[r] = codes + (next + std::min(first + r, tile.end - 1)) * S::n;
            }
            load_rows<S>(row, reinterpret_cast<int8_t*>(tile.code.data) + first);
        }
        next += tile.end;
        return true;
    }

    CM_ALWAYS_INLINE void load(typename L::State& s, Tile<S>& tile, C index, C into) {
        load_codes<S>(s, tile, index, into);
    }
};

// Channel values (frames, n_variables).
template <class S>
struct ValueFeed {
    typedef Lanes<S> L;
    typedef typename L::C C;
    const int16_t* values;
    int64_t next, end;

    bool fill(Tile<S>& tile) {
        if (!tile.begin(next, end)) return false;
        next += tile.end;
        return true;
    }

    void load(typename L::State& s, Tile<S>& tile, C index, C into) {
        for (int l = 0; l < L::lanes; l++) {
            if (!into[l]) continue;
            const int16_t* from = values + (tile.base + index[l]) * S::n_variables;
            for (int v = 0; v < S::n_variables; v++) {
                s.load_lane(v, l, typename L::value_t(from[v]));
            }
        }
    }
};

// Results to the caller's arrays.
template <class S>
struct ResultSink {
    typedef Lanes<S> L;
    typedef typename L::State State;
    typedef typename L::C C;
    static constexpr int lanes = L::lanes, n_variables = S::n_variables;
    const Results to;
    Aligned<C> out{n_variables};  // finished frames side by side, written when there are `lanes`
    int used = 0;
    int64_t owner[lanes];

    explicit ResultSink(const Results& results) : to(results) {}

    bool counts() const { return to.unsatisfied != nullptr; }

    void status(int64_t frame, bool verified, int iterations) {
        to.decoded[frame] = verified;
        to.iterations[frame] = uint8_t(iterations);
    }

    void take(State& s, const int* done, int count, const int64_t* frame) {
        if (to.soft) take_soft(s, done, count, frame);
        if (to.unsatisfied) {
            for (int i = 0; i < count; i++) to.unsatisfied[frame[done[i]]] = s.odd.total[done[i]];
        }
        for (int i = 0; i < count;) {
            C index = {}, into = {};
            for (; i < count && used < lanes; i++, used++) {
                index[used] = int8_t(done[i]);
                into[used] = -1;
                owner[used] = frame[done[i]];
            }
            for (int v = 0; v < n_variables; v++) {
                const C one = __builtin_convertvector(s.app[v] < 0, C) & int8_t(1);
                out[v] = into ? pick(one, index) : out[v];
            }
            if (used == lanes) flush();
        }
    }

    void take_soft(State& s, const int* done, int count, const int64_t* frame) {
        for (int v = 0; v < n_variables; v++) {
            for (int i = 0; i < count; i++) {
                to.soft[frame[done[i]] * n_variables + v] = s.app[v][done[i]];
            }
        }
    }

    void flush() {
        const int8_t* from = reinterpret_cast<const int8_t*>(out.data);
        constexpr int whole = n_variables - n_variables % 8;
        for (int first = 0; first < used; first += 8) {
            const int rows = std::min(8, used - first);
            for (int v = 0; v < whole; v += 8) {
                uint64_t x[8];
                for (int c = 0; c < 8; c++) std::memcpy(&x[c], from + (v + c) * lanes + first, 8);
                transpose_8x8(x);
                for (int r = 0; r < rows; r++) {
                    std::memcpy(to.bits + owner[first + r] * n_variables + v, &x[r], 8);
                }
            }
            for (int v = whole; v < n_variables; v++) {
                for (int r = 0; r < rows; r++) {
                    const int8_t bit = from[v * lanes + first + r];
                    to.bits[owner[first + r] * n_variables + v] = uint8_t(bit);
                }
            }
        }
        used = 0;
    }
};
