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
    typedef typename Vector<uint64_t, CM_LANE_BYTES>::type D;  // draws
    typedef typename Vector<uint32_t, CM_LANE_BYTES>::type W;
    typedef typename Vector<int32_t, CM_LANE_BYTES>::type I;
    // Where a vector has a place for each choice of the last step.
    static constexpr bool searches =
        CM_LANE_BYTES > 16 && 1 << (S::channel_bits - 1) <= CM_LANE_BYTES / 4;
    static constexpr int n_cuts = (1 << S::channel_bits) - 1;
    int32_t below[n_cuts + 1];
    I search[searches ? S::channel_bits : 1] = {};
    uint32_t always = 0;
    // -1 where a 1 was sent
    Aligned<C> waiting_sent{S::n_information}, lane_sent{S::n_information};
    std::vector<float> llr;
    std::vector<int8_t> codes;

    RandomFeed(const Link& l, const Origin& o, int64_t first, int64_t count)
        : link(l), from(o), next(first), end(first + count) {
        if (link.kind == awgn && link.bits_per_symbol == 1) cuts = cell_cuts<S>(link.parameter);
        else llr.resize(S::n), codes.resize(lanes * S::n);
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
        load_words<S>(s, tile, index, into);
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

    // The quantiser's cell straight from the draw: the number of cuts that it reaches. Group r of
    // the draws is of the frames r, r + groups, ...: side by side in a vector of 64-bit elements
    // they have the order of the tile's bytes.
    void draw_cells(Tile<S>& tile) {
        constexpr int groups = lanes / int(sizeof(D) / 8), half = groups / 2;
        D own = {}, count[half][4];
        for (int j = 0; j < int(sizeof(D) / 8); j++) own[j] = uint64_t(tile.base + groups * j);
        for (int i = 0; i < S::n; i += 4) {
            for (int r = 0; r < half; r++) {
                D low[4], high[4];
                draws(i / 4, own + uint64_t(r), low);
                draws(i / 4, own + uint64_t(r + half), high);
#pragma GCC unroll 4
                for (int q = 0; q < 4; q++) {
                    const D both = low[q] | high[q] << 32;
                    count[r][q] = D(cells(W(both))) << (32 / half * r);
                }
            }
            for (int q = 0; q < 4 && i + q < S::n; q++) {
                D all = count[0][q];
                for (int r = 1; r < half; r++) all |= count[r][q];
                const C code = in_bytes(all) + int8_t(always + S::minimum_code);
                const C mask = sent(S::transmitted[i + q], tile.base);
                tile.word[i + q] =
                    word_of<S>(S::mid_rise ? code ^ mask : (code ^ mask) - mask);
            }
        }
    }

    CM_ALWAYS_INLINE void draws(int block_number, D frame, D w[4]) const {
        w[0] = D{} + uint64_t(block_number);
        w[1] = frame & uint64_t(0xFFFFFFFF);
        w[2] = frame >> 32 | uint64_t(noise_stream) << 24;
        w[3] = D{} + uint64_t(from.point);
        philox(w, from.seed);
    }

    // A byte a frame, from as many bytes or from elements of 16 bits.
    CM_INLINE C in_bytes(const D& all) {
        if constexpr (sizeof(C) == sizeof(D)) {
            return C(all);
        } else {
            typedef typename Vector<uint16_t, sizeof(D)>::type H;
            return __builtin_convertvector(H(all), C);
        }
    }

    CM_ALWAYS_INLINE W cells(const W& draw) const {
        W cell = {};
        const I level = I(draw ^ 0x80000000u);
        if constexpr (searches) {
#pragma GCC unroll 5
            for (int step = 0; step < S::channel_bits; step++) {
                const I cut = pick(search[step], I(cell));
                cell = cell + cell - W(level > cut);
            }
        } else if constexpr (S::channel_bits <= 5) {
#pragma GCC unroll 32
            for (int c = 0; c < n_cuts; c++) cell -= W(level > below[c]);
        } else {
            for (int f = 0; f < int(sizeof(W) / 4); f++) {
                const auto found = std::upper_bound(below, below + n_cuts, level[f] - 1);
                cell[f] = uint32_t(found - below);
            }
        }
        return cell;
    }

    // below[c]: one less than cut c, as a signed number; search[s][p]: what a draw is compared with
    // at step s of a binary search when its cell begins with p. Cuts that every draw reaches are
    // counted in `always` and left out; places without a cut are reached by none.
    void prepare_search() {
        int count = 0;
        for (uint64_t cut : cuts) {
            if (cut == 0) always++;
            else if (cut >> 32 == 0) below[count++] = int32_t(uint32_t(cut - 1) ^ 0x80000000u);
        }
        std::fill(below + count, below + n_cuts + 1, INT32_MAX);
        for (int step = 0; step < S::channel_bits && searches; step++) {
            const int width = 1 << (S::channel_bits - step);
            for (int p = 0; p < 1 << step; p++) search[step][p] = below[p * width + width / 2 - 1];
        }
    }

    void draw_llrs(Tile<S>& tile) {
        const int8_t* row[lanes];
        for (int l = 0; l < lanes; l++) {
            frame_llrs(link, from, block, tile.base + l, llr.data());
            quantise<S>(llr.data(), S::n, &codes[l * S::n]);
            row[l] = &codes[l * S::n];
        }
        load_rows<S>(row, tile);
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

    static constexpr bool counts = false;

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
