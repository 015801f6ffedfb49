// --- frames of a simulation ----------------------------------------------------------------------

// Parity bits of a block from its information bits, 512 frames at once.
template <class S>
static void encode_block(Block<S>& block) {
    typedef uint64_t Wide __attribute__((vector_size(64), aligned(8), may_alias));
    Wide* word = reinterpret_cast<Wide*>(block.word.data());
    const auto step = [&](int i) {
        U8 sum = {};
        for (int j = S::encode_start[i]; j < S::encode_start[i + 1]; j++) {
            sum ^= word[S::encode_source[j]];
        }
        word[S::encode_target[i]] = sum;
    };
    for (int i = 0; i < S::n_remaining_checks; i++) step(i);
    for (int p = 0; p < S::n_pivot; p++) {
        U8 sum = {};
        for (int w = 0; w < S::n_solve_words; w++) {
            for (uint64_t ones = S::solve[p][w]; ones; ones &= ones - 1) {
                sum ^= word[S::n_variables + 64 * w + __builtin_ctzll(ones)];
            }
        }
        word[S::pivot[p]] = sum;
    }
    for (int i = S::n_remaining_checks; i < S::n_encode_steps; i++) step(i);
}

// Frames of a simulation, made where they are needed.
template <class S>
struct RandomFeed {
    typedef Lanes<S> L;
    typedef typename L::C C;
    static constexpr int lanes = L::lanes;
    Link link;
    Origin from;
    int64_t next, end;
    Block<S> block;
    std::vector<uint64_t> cuts;
    static constexpr int table_bits = 5;
    S8 search[table_bits][2] = {};
    uint32_t always = 0;
    // -1 where a 1 was sent
    Aligned<C> waiting_sent{S::n_information}, lane_sent{S::n_information};
    std::vector<float> llr;
    std::vector<int8_t> codes;

    RandomFeed(const Link& l, const Origin& o, int64_t first, int64_t count)
        : link(l), from(o), next(first), end(first + count) {
        if (link.kind == awgn && link.bits_per_symbol == 1) cuts = cell_cuts<S>(link.parameter);
        else llr.resize(S::n), codes.resize(8 * S::n);
        prepare_search();
    }

    bool fill(Tile<S>& tile) {
        if (next == end) return false;
        tile.base = next - next % lanes;
        tile.next = int(next - tile.base);
        tile.end = int(std::min<int64_t>(lanes, end - tile.base));
        next = tile.base + tile.end;
        if (block.number != tile.base / frames_per_block) {
            random_information(from, tile.base / frames_per_block, block);
            encode_block(block);
        }
        if (cuts.empty()) draw_llrs(tile);
        else draw_cells(tile);
        for (int i = 0; i < S::n_information; i++) {
            waiting_sent[i] = sent(S::information[i], tile.base);
        }
        return true;
    }

    CM_ALWAYS_INLINE void load(typename L::State& s, Tile<S>& tile, C index, C into) {
        load_codes<S>(s, tile, index, into);
        for (int i = 0; i < S::n_information; i++) {
            lane_sent[i] = into ? pick(waiting_sent[i], index) : lane_sent[i];
        }
    }

    C sent(int variable, int64_t base) const {
        static const std::vector<uint64_t> masks = [] {
            std::vector<uint64_t> found(256);
            for (int b = 0; b < 256; b++) {
                for (int i = 0; i < 8; i++) found[b] |= uint64_t(b >> i & 1 ? 0xFF : 0) << 8 * i;
            }
            return found;
        }();
        const int place = int(base % frames_per_block);
        const uint64_t bits = block.word[variable].bit[place / 64] >> (place % 64);
        C mask;
        for (int l = 0; l < lanes; l += 8) {
            std::memcpy(reinterpret_cast<char*>(&mask) + l, &masks[bits >> l & 0xFF], 8);
        }
        return mask;
    }

    // The quantiser's cell straight from the draw: the number of cuts that it reaches.
    void draw_cells(Tile<S>& tile) {
        for (int i = 0; i < S::n; i += 4) {
            for (int l = 0; l < lanes; l += 8) {
                const U8 frame = U8{0, 1, 2, 3, 4, 5, 6, 7} + uint64_t(tile.base + l);
                U8 w[4] = {U8{} + uint64_t(i / 4), frame & uint64_t(0xFFFFFFFF),
                           frame >> 32 | uint64_t(noise_stream) << 24,
                           U8{} + uint64_t(from.point)};
                philox(w, from.seed);
                for (int q = 0; q < 4 && i + q < S::n; q++) {
                    const B8 code = cells(__builtin_convertvector(w[q], W8));
                    std::memcpy(reinterpret_cast<int8_t*>(&tile.code[i + q]) + l, &code, 8);
                }
            }
        }
        for (int i = 0; i < S::n; i++) {
            const C mask = sent(S::transmitted[i], tile.base);
            tile.code[i] = S::mid_rise ? tile.code[i] ^ mask : (tile.code[i] ^ mask) - mask;
        }
    }

    // Binary search, in tables of two registers where the quantiser has 32 cells or fewer.
    CM_ALWAYS_INLINE B8 cells(const W8& draw) const {
        W8 cell = {};
        if (S::channel_bits <= table_bits) {
            const S8 level = S8(draw ^ 0x80000000u);
#pragma GCC unroll 5
            for (int step = 0; step < S::channel_bits; step++) {
                cell = cell + cell - W8(level > pick_cut(search[step], step, cell));
            }
        } else {
            for (int f = 0; f < 8; f++) {
                const auto found = std::upper_bound(cuts.begin(), cuts.end(), uint64_t(draw[f]));
                cell[f] = uint32_t(found - cuts.begin());
            }
            return __builtin_convertvector(cell, B8) + int8_t(S::minimum_code);
        }
        return __builtin_convertvector(cell + always, B8) + int8_t(S::minimum_code);
    }

    CM_INLINE S8 pick_cut(const S8 table[2], int step, const W8& index) {
#if defined(__clang__)
        S8 to;
        for (int f = 0; f < 8; f++) to[f] = table[index[f] >> 3 & 1][index[f] & 7];
        return to;
#else
        return step < 4 ? __builtin_shuffle(table[0], index)
                        : __builtin_shuffle(table[0], table[1], index);
#endif
    }

    // search[s][p]: what a draw is compared with at step s when its cell begins with p, as a signed
    // number one below the cut. Cuts that every draw reaches are counted in `always` and left out;
    // places without a cut are reached by none.
    void prepare_search() {
        std::vector<int32_t> below;
        for (uint64_t cut : cuts) {
            if (cut == 0) always++;
            else if (cut >> 32 == 0) below.push_back(int32_t(uint32_t(cut - 1) ^ 0x80000000u));
        }
        below.resize(std::max<size_t>(below.size(), size_t(1) << S::channel_bits), INT32_MAX);
        for (int step = 0; step < S::channel_bits && S::channel_bits <= table_bits; step++) {
            const int width = 1 << (S::channel_bits - step);
            for (int p = 0; p < 1 << step; p++) {
                search[step][p / 8][p % 8] = below[p * width + width / 2 - 1];
            }
        }
    }

    void draw_llrs(Tile<S>& tile) {
        const int8_t* row[8];
        for (int first = 0; first < lanes; first += 8) {
            for (int r = 0; r < 8; r++) {
                row[r] = &codes[r * S::n];
                frame_llrs(link, from, block, tile.base + first + r, llr.data());
                for (int i = 0; i < S::n; i++) codes[r * S::n + i] = quantise_one<S>(llr[i]);
            }
            load_rows<S>(row, reinterpret_cast<int8_t*>(tile.code.data) + first);
        }
    }
};

// Wrong information bits, status and iterations of every frame from `first` on.
template <class S>
struct CountSink {
    typedef Lanes<S> L;
    typedef typename L::C C;
    static constexpr int lanes = L::lanes;
    RandomFeed<S>& feed;
    int64_t first;
    uint32_t* bit_errors;
    uint8_t *decoded, *iterations_used;

    bool counts() const { return false; }

    void status(int64_t frame, bool verified, int iterations) {
        decoded[frame - first] = verified;
        iterations_used[frame - first] = uint8_t(iterations);
    }

    void take(typename L::State& s, const int* done, int count, const int64_t* frame) {
        uint32_t total[lanes] = {};
        for (int start = 0; start < S::n_information; start += 120) {
            C part = {};
            for (int i = start; i < std::min(start + 120, S::n_information); i++) {
                const C one = __builtin_convertvector(s.app[S::information[i]] < 0, C);
                part -= one ^ feed.lane_sent[i];
            }
            for (int l = 0; l < lanes; l++) total[l] += uint32_t(part[l]);
        }
        for (int i = 0; i < count; i++) bit_errors[frame[done[i]] - first] = total[done[i]];
    }

    void flush() {}
};
