// --- a simulated downlink: 1-bit transmit vectors, noise, the receiver "genie" --------------------

// Sums over antennas of channel parts, whole numbers, with the signs that are sent.
typedef std::conditional<sizeof(value_t) == 4, Pairs, Plain>::type Signed;
constexpr int receive_steps = 2 * antennas / Signed::per;
constexpr int receive_block = 4, receive_rows = (users + receive_block - 1) / receive_block * receive_block;

// A channel in units of channel_unit: of every user (re, -im) of each antenna and (im, re), for the
// two parts of what it receives.
struct Received {
    Signed::Entry part[2][receive_rows][2 * antennas];

    void load(const int16_t* grid) {
        for (int u = 0; u < users; u++) {
            for (int b = 0; b < antennas; b++, grid += 2) {
                part[0][u][2 * b] = part[1][u][2 * b + 1] = grid[0];
                part[0][u][2 * b + 1] = int16_t(-grid[1]);
                part[1][u][2 * b] = grid[1];
            }
        }
    }

    CM_INLINE value_t entries(const Signed::Entry* row, int k) {
        return Signed::per == 2 ? value_t(read<int32_t>(row + 2 * k)) : value_t(row[k]);
    }
};

// What a chunk's users get wrong. Each decides on beta (H x + n) with beta = |s|^2 / (s^H H x).
struct ErrorSink {
    typedef double E __attribute__((vector_size(CM_LANE_BYTES)));
    typedef int64_t M __attribute__((vector_size(CM_LANE_BYTES)));
    static constexpr int width = CM_LANE_BYTES / 8;  // of a vector of doubles
    typedef float F __attribute__((vector_size(4 * width)));
    typedef value_t I __attribute__((vector_size(width * int(sizeof(value_t)))));
    const Noise* noise;
    double noise_scale;  // of CN(0, 1) in units of channel_unit times an antenna's amplitude
    int count;
    Received channel;
    V sent[receive_steps][most_groups];  // re and im of every antenna
    V got[receive_rows][2][most_groups];
    M errors[users];

    template <int groups>
    void take(const Tile<groups>& tile, int first) {
#pragma GCC unroll 1
        for (int b = 0; b < antennas; b++) {
            for (int g = 0; g < groups; g++) {
                V bits[2];
                for (int part = 0; part < 2; part++) {
                    bits[part] = tile.negative[b / 4][part][g] >> b % 4 * 8 & 1;
                }
                for (int k = 0; k < 2; k += Signed::per) {
                    const V two[2] = {1 - 2 * bits[k], 1 - 2 * bits[1]};
                    sent[(b * 2 + k) / Signed::per][g] = Signed::join(two);
                }
            }
        }
        receive<groups>();
        for (int g = 0; g < groups; g++) {
            for (int i = 0; i < lanes; i += width) decide(tile.s, g, i, first + g * lanes + i);
        }
    }

    template <int groups>
    CM_OUTSIDE void receive() {
#pragma GCC unroll 1
        for (int u = 0; u < users; u += receive_block) {
            V sum[receive_block][2][groups] = {};
#pragma GCC unroll 1
            for (int k = 0; k < receive_steps; k++) {
#pragma GCC unroll 4
                for (int i = 0; i < receive_block; i++) {
                    const value_t re = Received::entries(channel.part[0][u + i], k);
                    const value_t im = Received::entries(channel.part[1][u + i], k);
#pragma GCC unroll 2
                    for (int g = 0; g < groups; g++) {
                        sum[i][0][g] = Signed::dot(sum[i][0][g], sent[k][g], re);
                        sum[i][1][g] = Signed::dot(sum[i][1][g], sent[k][g], im);
                    }
                }
            }
#pragma GCC unroll 4
            for (int i = 0; i < receive_block; i++) {
#pragma GCC unroll 2
                for (int g = 0; g < groups; g++) {
                    got[u + i][0][g] = sum[i][0][g];
                    got[u + i][1][g] = sum[i][1][g];
                }
            }
        }
    }

    CM_INLINE I part_of(const V& v, int i) { return read<I>(reinterpret_cast<const value_t*>(&v) + i); }
    CM_INLINE E doubles(const V& v, int i) { return __builtin_convertvector(part_of(v, i), E); }

    // `width` vectors from lane i of group g on, which are number `at` of the chunk.
    template <int groups>
    CM_OUTSIDE void decide(const V (&s)[users][2][groups], int g, int i, int at) {
        E energy = {}, match_re = {}, match_im = {};
#pragma GCC unroll 1
        for (int u = 0; u < users; u++) {
            const E s_re = doubles(s[u][0][g], i), s_im = doubles(s[u][1][g], i);
            const E re = doubles(got[u][0][g], i), im = doubles(got[u][1][g], i);
            energy += s_re * s_re + s_im * s_im;
            match_re += s_re * re + s_im * im;
            match_im += s_re * im - s_im * re;
        }
        // A vector that cancels entirely has no scale; any finite beta then decides at random.
        E square = match_re * match_re + match_im * match_im;
        const auto none = square == 0;
        match_re = none ? E{} + 1e-12 : match_re;
        square = none ? E{} + 1e-24 : square;
        const E scale = energy / square, beta_re = match_re * scale, beta_im = -match_im * scale;
        M counted;
        for (int l = 0; l < width; l++) counted[l] = at + l < count ? -1 : 0;
#pragma GCC unroll 1
        for (int u = 0; u < users; u++) {
            E r[2];
            for (int part = 0; part < 2; part++) {
                const F n = read<F>(&noise->part[u][part][at]);
                r[part] = doubles(got[u][part][g], i) + __builtin_convertvector(n, E) * noise_scale;
            }
            const E z[2] = {r[0] * beta_re - r[1] * beta_im, r[0] * beta_im + r[1] * beta_re};
            for (int part = 0; part < 2; part++) {
                M number = {};  // of the decided level, from the lowest
                for (int k = 1; k < axis_levels; k++) {
                    number -= z[part] >= double(2 * k - axis_levels);
                }
                const I level = (part_of(s[u][part][g], i) + largest_symbol) >> 1;
                const M truth = __builtin_convertvector(level ^ level >> 1, M);
                const M wrong = (number ^ number >> 1 ^ truth) & counted;  // Gray
                errors[u] += (wrong & 1) + (wrong >> 1 & 1) + (wrong >> 2 & 1);
            }
        }
    }
};

// Blocks first, first + 1, ...: errors of each user (blocks, users), vectors that saturated u and
// channel parts that saturated (blocks).
static void simulate(const Link& link, const Origin& from, int64_t first, int64_t blocks,
                     uint32_t* errors, uint32_t* saturated, uint32_t* clipped) {
    Workspace& work = Workspace::own();
    Aligned<ErrorSink> sink(1);
    Aligned<int16_t> grid(channel_parts);
    Aligned<int32_t> h(channel_parts);
    Symbols symbols;
    Noise noise;
    ErrorSink& s = sink[0];
    s.noise = &noise;
    s.noise_scale = link.deviation * std::sqrt(2.0 * antennas) / double(channel_unit);
    for (int64_t block = first; block < first + blocks; block++) {
        draw_channel(from, block, grid.data);
        int64_t saturations = 0;
        const int over = quantise(grid.data, h.data);
        work.channel.load(h.data);
        s.channel.load(grid.data);
        std::memset(s.errors, 0, sizeof s.errors);
        for (int64_t v = 0; v < link.vectors; v += chunk) {
            s.count = int(std::min<int64_t>(chunk, link.vectors - v));
            draw_symbols(from, block, v, symbols);
            draw_noise(from, block, v, noise);
            saturations += run_chunk(work, symbols, s.count, s);
        }
#pragma GCC unroll 1
        for (int u = 0; u < users; u++) {
            uint32_t sum = 0;
            for (int l = 0; l < ErrorSink::width; l++) sum += uint32_t(s.errors[u][l]);
            *errors++ = sum;
        }
        *saturated++ = uint32_t(saturations);
        *clipped++ = uint32_t(over);
    }
}

// The same blocks as they are drawn: channel (blocks, users, antennas, 2), symbols and noise
// (blocks, vectors, users, 2).
static void draw(const Link& link, const Origin& from, int64_t first, int64_t blocks, float* channel,
                 int8_t* symbol, float* unit_noise) {
    std::vector<int16_t> grid(channel_parts);
    Symbols symbols;
    Noise noise;
    for (int64_t block = first; block < first + blocks; block++) {
        draw_channel(from, block, grid.data());
        for (int i = 0; i < users * antennas * 2; i++) *channel++ = float(grid[i]) * channel_unit;
        for (int64_t v = 0; v < link.vectors; v += chunk) {
            draw_symbols(from, block, v, symbols);
            draw_noise(from, block, v, noise);
            for (int i = 0; i < std::min<int64_t>(chunk, link.vectors - v); i++) {
#pragma GCC unroll 1
                for (int u = 0; u < users; u++) {
                    for (int part = 0; part < 2; part++) {
                        *symbol++ = symbols.part[u][part][i];
                        *unit_noise++ = noise.part[u][part][i];
                    }
                }
            }
        }
    }
}

static const Engine engine = {CM_LANE_BYTES, lanes, precode, simulate, draw};
