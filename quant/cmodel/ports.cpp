// --- where the decoder's frames come from and go to ----------------------------------------------

// Frames of the caller, (frames, n) codes.
struct BufferFeed {
    const int8_t* codes;
    int64_t next, end;

    bool fill(Tile& tile) {
        if (next == end) return false;
        tile.base = next;
        tile.next = 0;
        tile.end = int(std::min<int64_t>(lanes, end - next));
        for (int first = 0; first < tile.end; first += 8) {
            const int8_t* row[8];
            for (int r = 0; r < 8; r++) row[r] = codes + (next + std::min(first + r, tile.end - 1)) * n;
            load_rows(row, reinterpret_cast<int8_t*>(tile.code.data) + first);
        }
        next += tile.end;
        return true;
    }

    // 8 rows of n bytes to n columns, `lanes` bytes apart.
    static void load_rows(const int8_t* const row[8], int8_t* to) {
        int i = 0;
        for (; i + 8 <= n; i += 8) {
            uint64_t x[8];
            for (int r = 0; r < 8; r++) std::memcpy(&x[r], row[r] + i, 8);
            transpose_8x8(x);
            for (int c = 0; c < 8; c++) std::memcpy(to + (i + c) * lanes, &x[c], 8);
        }
        for (; i < n; i++) {
            for (int r = 0; r < 8; r++) to[i * lanes + r] = row[r][i];
        }
    }

    void move(C, C) {}
};

// Hard decisions, status and iterations to the caller's arrays.
struct BufferSink {
    uint8_t *bits, *decoded, *iterations_used;
    Aligned<C> out{n_variables};  // finished frames side by side, written when there are `lanes`
    int used = 0;
    int64_t owner[lanes];

    BufferSink(uint8_t* b, uint8_t* d, uint8_t* i) : bits(b), decoded(d), iterations_used(i) {}

    void status(int64_t frame, bool verified, int iterations) {
        decoded[frame] = verified;
        iterations_used[frame] = uint8_t(iterations);
    }

    void take(State& s, const int* done, int count, const int64_t* frame) {
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

    void flush() {
        const int8_t* from = reinterpret_cast<const int8_t*>(out.data);
        for (int first = 0; first < used; first += 8) {
            int v = 0;
            const int rows = std::min(8, used - first);
            for (; v + 8 <= n_variables; v += 8) {
                uint64_t x[8];
                for (int c = 0; c < 8; c++) std::memcpy(&x[c], from + (v + c) * lanes + first, 8);
                transpose_8x8(x);
                for (int r = 0; r < rows; r++) {
                    std::memcpy(bits + owner[first + r] * n_variables + v, &x[r], 8);
                }
            }
            for (; v < n_variables; v++) {
                for (int r = 0; r < rows; r++) {
                    bits[owner[first + r] * n_variables + v] = uint8_t(from[v * lanes + first + r]);
                }
            }
        }
        used = 0;
    }
};

// Parity bits of a block from its information bits, 512 frames at once.
static void encode_block(Block& block) {
    typedef uint64_t Wide __attribute__((vector_size(64), aligned(8), may_alias));
    Wide* word = reinterpret_cast<Wide*>(block.word.data());
    const auto step = [&](int i) {
        U8 sum = {};
        for (int j = encode_start[i]; j < encode_start[i + 1]; j++) sum ^= word[encode_source[j]];
        word[encode_target[i]] = sum;
    };
    for (int i = 0; i < n_remaining_checks; i++) step(i);
    for (int p = 0; p < n_pivot; p++) {
        U8 sum = {};
        for (int w = 0; w < n_solve_words; w++) {
            for (uint64_t ones = solve[p][w]; ones; ones &= ones - 1) {
                sum ^= word[n_variables + 64 * w + __builtin_ctzll(ones)];
            }
        }
        word[pivot[p]] = sum;
    }
    for (int i = n_remaining_checks; i < n_encode_steps; i++) step(i);
}

// Frames of a simulation, made where they are needed.
struct RandomFeed {
    Link link;
    Origin from;
    int64_t next, end;
    Block block;
    std::vector<uint64_t> cuts;
    static constexpr int table_bits = 5;
    S8 search[table_bits][2] = {};
    uint32_t always = 0;
    Aligned<C> waiting_sent{n_information}, lane_sent{n_information};  // -1 where a 1 was sent
    std::vector<float> llr;
    std::vector<int8_t> codes;

    RandomFeed(const Link& l, const Origin& o, int64_t first, int64_t count)
        : link(l), from(o), next(first), end(first + count) {
        if (link.kind == awgn && link.bits_per_symbol == 1) cuts = cell_cuts(link.parameter);
        else llr.resize(n), codes.resize(8 * n);
        prepare_search();
    }

    bool fill(Tile& tile) {
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
        for (int i = 0; i < n_information; i++) waiting_sent[i] = sent(information[i], tile.base);
        return true;
    }

    void move(C index, C into) {
        for (int i = 0; i < n_information; i++) {
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
    void draw_cells(Tile& tile) {
        for (int i = 0; i < n; i += 4) {
            for (int l = 0; l < lanes; l += 8) {
                const U8 frame = U8{0, 1, 2, 3, 4, 5, 6, 7} + uint64_t(tile.base + l);
                U8 w[4] = {U8{} + uint64_t(i / 4), frame & uint64_t(0xFFFFFFFF),
                           frame >> 32 | uint64_t(noise_stream) << 24,
                           U8{} + uint64_t(from.point)};
                philox(w, from.seed);
                for (int q = 0; q < 4 && i + q < n; q++) {
                    const B8 code = cells(__builtin_convertvector(w[q], W8));
                    std::memcpy(reinterpret_cast<int8_t*>(&tile.code[i + q]) + l, &code, 8);
                }
            }
        }
        for (int i = 0; i < n; i++) {
            const C mask = sent(transmitted[i], tile.base);
            tile.code[i] = mid_rise ? tile.code[i] ^ mask : (tile.code[i] ^ mask) - mask;
        }
    }

    // Binary search, in tables of two registers where the quantiser has 32 cells or fewer.
    inline __attribute__((always_inline)) B8 cells(W8 draw) const {
        W8 cell = {};
        if (channel_bits <= table_bits) {
            const S8 level = S8(draw ^ 0x80000000u);
#pragma GCC unroll 5
            for (int step = 0; step < channel_bits; step++) {
                cell = cell + cell - W8(level > pick_cut(search[step], step, cell));
            }
        } else {
            for (int f = 0; f < 8; f++) {
                const auto found = std::upper_bound(cuts.begin(), cuts.end(), uint64_t(draw[f]));
                cell[f] = uint32_t(found - cuts.begin());
            }
            return __builtin_convertvector(cell, B8) + int8_t(minimum_code);
        }
        return __builtin_convertvector(cell + always, B8) + int8_t(minimum_code);
    }

    CM_INLINE S8 pick_cut(const S8 table[2], int step, W8 index) {
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
        below.resize(std::max<size_t>(below.size(), size_t(1) << channel_bits), INT32_MAX);
        for (int step = 0; step < channel_bits && channel_bits <= table_bits; step++) {
            const int width = 1 << (channel_bits - step);
            for (int p = 0; p < 1 << step; p++) {
                search[step][p / 8][p % 8] = below[p * width + width / 2 - 1];
            }
        }
    }

    void draw_llrs(Tile& tile) {
        const int8_t* row[8];
        for (int first = 0; first < lanes; first += 8) {
            for (int r = 0; r < 8; r++) {
                row[r] = &codes[r * n];
                frame_llrs(link, from, block, tile.base + first + r, llr.data());
                for (int i = 0; i < n; i++) codes[r * n + i] = quantise_one(llr[i]);
            }
            BufferFeed::load_rows(row, reinterpret_cast<int8_t*>(tile.code.data) + first);
        }
    }
};

// Wrong information bits, status and iterations of every frame from `first` on.
struct CountSink {
    RandomFeed& feed;
    int64_t first;
    uint32_t* bit_errors;
    uint8_t *decoded, *iterations_used;

    void status(int64_t frame, bool verified, int iterations) {
        decoded[frame - first] = verified;
        iterations_used[frame - first] = uint8_t(iterations);
    }

    void take(State& s, const int* done, int count, const int64_t* frame) {
        uint32_t total[lanes] = {};
        for (int start = 0; start < n_information; start += 120) {
            C part = {};
            for (int i = start; i < std::min(start + 120, n_information); i++) {
                const C one = __builtin_convertvector(s.app[information[i]] < 0, C);
                part -= one ^ feed.lane_sent[i];
            }
            for (int l = 0; l < lanes; l++) total[l] += uint32_t(part[l]);
        }
        for (int i = 0; i < count; i++) bit_errors[frame[done[i]] - first] = total[done[i]];
    }

    void flush() {}
};

static void decode(const int8_t* codes, int64_t frames, uint8_t* bits, uint8_t* decoded,
                   uint8_t* iterations_used) {
    BufferFeed feed{codes, 0, frames};
    BufferSink sink(bits, decoded, iterations_used);
    run(feed, sink);
}

static void simulate(const Link& link, const Origin& from, int64_t first, int64_t frames,
                     uint32_t* bit_errors, uint8_t* decoded, uint8_t* iterations_used) {
    RandomFeed feed(link, from, first, frames);
    CountSink sink{feed, first, bit_errors, decoded, iterations_used};
    run(feed, sink);
}

static const Engine engine = {CM_LANE_BYTES, lanes, decode, simulate, encode_block};
