// --- a simulated downlink: 1-bit transmit vectors, noise, the receiver "genie" --------------------

// Sums over antennas of channel parts, whole numbers, with the signs that are sent.
typedef std::conditional<sizeof(value_t) == 4, Pairs, Plain>::type Signed;
constexpr int receive_steps = 2 * antennas / Signed::per;

// What a chunk's users get wrong. Each decides on beta (H x + n) with beta = |s|^2 / (s^H H x).
struct ErrorSink {
    const int16_t* grid;  // the channel: (users, antennas, 2) in units of channel_unit
    const Symbols* symbols;
    const Noise* noise;
    double noise_scale;  // of CN(0, 1) in units of channel_unit times an antenna's amplitude
    int count;
    V sent[2][receive_steps];  // (re, -im) and (im, re) of every antenna
    V errors[users];

    template <int groups>
    void take(const Tile<groups>& tile, int g, int at) {
#pragma GCC unroll 1
        for (int b = 0; b < antennas; b++) {
            const V re = (tile.negative[b / 4][0][g] >> b % 4 * 8 & 1) * -2 + 1;
            const V im = (tile.negative[b / 4][1][g] >> b % 4 * 8 & 1) * -2 + 1;
            const V rows[2][2] = {{re, -im}, {im, re}};
            for (int row = 0; row < 2; row++) {
                for (int k = 0; k < 2; k += Signed::per) {
                    sent[row][(b * 2 + k) / Signed::per] = Signed::join(rows[row] + k);
                }
            }
        }
        decide(at);
    }

    CM_OUTSIDE void decide(int at) {
        constexpr int block = 4;
        V got[(users + block - 1) / block * block][2];
#pragma GCC unroll 1
        for (int u = 0; u < users; u += block) {
            V sum[block][2] = {};
            const int16_t* h[block];
            for (int i = 0; i < block; i++) h[i] = grid + std::min(u + i, users - 1) * 2 * antennas;
#pragma GCC unroll 1
            for (int k = 0; k < receive_steps; k++) {
#pragma GCC unroll 4
                for (int i = 0; i < block; i++) {
                    const value_t entry = Signed::per == 2 ? value_t(read<int32_t>(h[i] + 2 * k))
                                                           : value_t(h[i][k]);
                    sum[i][0] = Signed::dot(sum[i][0], sent[0][k], entry);
                    sum[i][1] = Signed::dot(sum[i][1], sent[1][k], entry);
                }
            }
            std::memcpy(&got[u], sum, sizeof sum);
        }
        typedef float F __attribute__((vector_size(4 * lanes)));
        D energy = {}, match_re = {}, match_im = {};
#pragma GCC unroll 1
        for (int u = 0; u < users; u++) {
            const D s_re = __builtin_convertvector(symbols->at(u, 0, at), D);
            const D s_im = __builtin_convertvector(symbols->at(u, 1, at), D);
            const D re = __builtin_convertvector(got[u][0], D);
            const D im = __builtin_convertvector(got[u][1], D);
            energy += s_re * s_re + s_im * s_im;
            match_re += s_re * re + s_im * im;
            match_im += s_re * im - s_im * re;
        }
        // A vector that cancels entirely has no scale; any finite beta then decides at random.
        D square = match_re * match_re + match_im * match_im;
        const auto none = square == 0;
        match_re = none ? D{} + 1e-12 : match_re;
        square = none ? D{} + 1e-24 : square;
        const D scale = energy / square, beta_re = match_re * scale, beta_im = -match_im * scale;
        V counted;
        for (int l = 0; l < lanes; l++) counted[l] = at + l < count ? -1 : 0;
#pragma GCC unroll 1
        for (int u = 0; u < users; u++) {
            D r[2];
            for (int part = 0; part < 2; part++) {
                const F n = read<F>(&noise->part[u][part][at]);
                r[part] = __builtin_convertvector(got[u][part], D) +
                          __builtin_convertvector(n, D) * noise_scale;
            }
            const D z[2] = {r[0] * beta_re - r[1] * beta_im, r[0] * beta_im + r[1] * beta_re};
            for (int part = 0; part < 2; part++) {
                V number = {};  // of the decided level, from the lowest
                for (int k = 1; k < axis_levels; k++) {
                    number -= __builtin_convertvector(z[part] >= double(2 * k - axis_levels), V);
                }
                const V truth = (symbols->at(u, part, at) + largest_symbol) >> 1;
                const V wrong = (number ^ number >> 1 ^ truth ^ truth >> 1) & counted;  // Gray
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
    s.grid = grid.data;
    s.symbols = &symbols;
    s.noise = &noise;
    s.noise_scale = link.deviation * std::sqrt(2.0 * antennas) / double(channel_unit);
    for (int64_t block = first; block < first + blocks; block++) {
        draw_channel(from, block, grid.data);
        int64_t saturations = 0;
        const int over = quantise(grid.data, h.data);
        work.channel.load(h.data);
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
            for (int l = 0; l < lanes; l++) sum += uint32_t(s.errors[u][l]);
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
