// --- frames of the caller -------------------------------------------------------------------------

// S::n codes of each lane's frame to the words of a tile.
template <class S>
static void load_rows(const int8_t* const row[Lanes<S>::lanes], Tile<S>& tile) {
    typedef typename Lanes<S>::C C;
    constexpr int n = S::n, lanes = Lanes<S>::lanes;
    constexpr size_t width = std::min(lanes, 16);  // of 8 lanes rows are read twice
    if (n < 16) {
        for (int i = 0; i < n; i++) {
            C code;
            for (int l = 0; l < lanes; l++) code[l] = row[l][i];
            tile.word[i] = word_of<S>(code);
        }
        return;
    }
    for (int i = 0; i < n; i += 16) {
        i = std::min(i, n - 16);  // the last ones twice, where they fill no block
        C code[16];
        for (int first = 0; first < lanes; first += 16) {
            Bytes16 x[16];
            for (int r = 0; r < 16; r++) std::memcpy(&x[r], row[first + r % width] + i, 16);
            transpose_16x16(x);
            for (int c = 0; c < 16; c++) {
                std::memcpy(reinterpret_cast<char*>(&code[c]) + first, &x[c], width);
            }
        }
        for (int c = 0; c < 16; c++) tile.word[i + c] = word_of<S>(code[c]);
    }
}

// Bits of frames side by side, `of(variable)`, to rows of S::n_variables bytes, so many as `used`.
template <class S, class Bits>
static void store_rows(const Bits& of, uint8_t* const row[Lanes<S>::lanes], int used) {
    typedef typename Lanes<S>::C C;
    constexpr int n = S::n_variables, lanes = Lanes<S>::lanes;
    if (n < 16) {
        for (int v = 0; v < n; v++) {
            const C bits = of(v);
            for (int r = 0; r < used; r++) row[r][v] = uint8_t(bits[r]);
        }
        return;
    }
    for (int v = 0; v < n; v += 16) {
        v = std::min(v, n - 16);
        C bits[16];
        for (int c = 0; c < 16; c++) bits[c] = of(v + c);
        for (unsigned first = 0; first < unsigned(used); first += 16) {
            Bytes16 x[16] = {};
            for (int c = 0; c < 16; c++) {
                std::memcpy(&x[c], reinterpret_cast<char*>(&bits[c]) + first, std::min(lanes, 16));
            }
            transpose_16x16(x);
            for (unsigned r = 0; r < std::min(16u, unsigned(used) - first); r++) {
                std::memcpy(row[first + r] + v, &x[r], 16);
            }
        }
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
        const int8_t* row[L::lanes];
        for (int l = 0; l < L::lanes; l++) {
            row[l] = codes + (next + std::min(l, tile.end - 1)) * S::n;
        }
        load_rows<S>(row, tile);
        next += tile.end;
        return true;
    }

    CM_ALWAYS_INLINE void load(typename L::State& s, Tile<S>& tile, C index, C into) {
        load_words<S>(s, tile, index, into);
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

// Results to the caller's arrays; `soft`: with APP values and odd checks where they are asked for.
template <class S, bool soft>
struct ResultSink {
    typedef Lanes<S> L;
    typedef typename L::State State;
    typedef typename L::C C;
    static constexpr int lanes = L::lanes, n_variables = S::n_variables;
    const Results to;
    Aligned<C> out{n_variables};  // finished frames side by side, written when there are `lanes`
    int used = 0;
    uint8_t* owner[lanes];

    explicit ResultSink(const Results& results) : to(results) {}

    static constexpr bool counts = soft;

    void status(int64_t frame, bool verified, int iterations) {
        to.decoded[frame] = verified;
        to.iterations[frame] = uint8_t(iterations);
    }

    void take(State& s, const int* done, int count, const int64_t* frame) {
        if (soft) take_soft(s, done, count, frame);
        if (count == lanes) {
            uint8_t* row[lanes];
            for (int l = 0; l < lanes; l++) row[l] = to.bits + frame[l] * n_variables;
            store_rows<S>([&](int v) { return bit(s, v); }, row, lanes);
            return;
        }
        for (int i = 0; i < count;) {
            C index = {}, into = {};
            for (; i < count && used < lanes; i++, used++) {
                index[used] = int8_t(done[i]);
                into[used] = -1;
                owner[used] = to.bits + frame[done[i]] * n_variables;
            }
            for (int v = 0; v < n_variables; v++) out[v] = into ? pick(bit(s, v), index) : out[v];
            if (used == lanes) flush();
        }
    }

    CM_INLINE C bit(State& s, int v) {
        return __builtin_convertvector(s.app[v] < 0, C) & int8_t(1);
    }

    void take_soft(State& s, const int* done, int count, const int64_t* frame) {
        if (to.unsatisfied) {
            for (int i = 0; i < count; i++) to.unsatisfied[frame[done[i]]] = s.odd.total[done[i]];
        }
        for (int v = 0; to.soft && v < n_variables; v++) {
            for (int i = 0; i < count; i++) {
                const int word = s.app[v][done[i]];
                to.soft[frame[done[i]] * n_variables + v] =
                    int16_t(S::halved ? 2 * word + 1 : word);
            }
        }
    }

    void flush() {
        store_rows<S>([&](int v) { return out[v]; }, owner, used);
        used = 0;
    }
};
