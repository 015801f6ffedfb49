// --- the precoder: a chunk of symbol vectors of one channel ---------------------------------------

#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES == 64
typedef std::conditional<fits_bytes, Bytes, std::conditional<fits_pairs, Pairs, Plain>::type>::type
    Operand;
constexpr int most_groups = 2;  // vectors that share a broadcast entry: registers are for so many
#else
typedef std::conditional<fits_pairs, Pairs, Plain>::type Operand;
constexpr int most_groups = 1;
#endif
typedef Operand::Entry Entry;
constexpr int per = Operand::per;
constexpr int user_blocks = (users + 3) / 4, block_users = (users + user_blocks - 1) / user_blocks;
constexpr int padded_users = (std::max(users, user_blocks * block_users) + per - 1) / per * per;
constexpr int forward_steps = padded_antennas / per, backward_steps = (users + per - 1) / per;
constexpr value_t x_offset = Operand::offset(x_word.maximum());
constexpr value_t w_offset = Operand::offset(w_word.maximum());
// One offset for residuals and symbols, so that one correction serves both.
constexpr value_t back_offset = Operand::offset(std::max<value_t>(w_word.maximum(), largest_symbol));

template <class X>
struct Aligned {  // zeroed storage on cache lines
    X* data;
    explicit Aligned(size_t count) {
        const size_t bytes = (count * sizeof(X) + 63) / 64 * 64;
        data = static_cast<X*>(std::aligned_alloc(64, bytes));
        if (!data) throw std::bad_alloc();
        std::memset(static_cast<void*>(data), 0, bytes);
    }
    ~Aligned() { std::free(data); }
    Aligned(const Aligned&) = delete;
    Aligned& operator=(const Aligned&) = delete;
    X& operator[](size_t i) { return data[i]; }
    const X& operator[](size_t i) const { return data[i]; }
};

// A complex matrix for products with three real multiplications (Gauss):
//   (a + jb)(c + jd) = a (c + d) - (a + b) d + j (a (c + d) + (b - a) c).
// plane[0..2] are a, a + b, b - a, rows by columns.
template <int rows, int columns>
struct Matrix {
    Entry plane[3][rows][columns];
    value_t start[2][rows];  // of the second and third sum: takes the offset of c and d back

    // re, im: (rows, columns) with columns apart by `columns`; the rows and columns from used_rows,
    // used_columns on are 0.
    CM_OUTSIDE void load(const int32_t* re, const int32_t* im, int sign, value_t offset) {
#pragma GCC unroll 1
        for (int r = 0; r < rows; r++) {
            value_t second = 0, third = 0;
            for (int c = 0; c < columns; c++) {
                const int32_t a = re[r * columns + c], b = sign * im[r * columns + c];
                plane[0][r][c] = Entry(a);
                plane[1][r][c] = Entry(a + b);
                plane[2][r][c] = Entry(b - a);
                second += a - b;
                third += a + b;
            }
            start[0][r] = second * offset;
            start[1][r] = -third * offset;
        }
    }

    CM_INLINE value_t entries(const Entry* from) {
        if (sizeof(Entry) * per == sizeof(value_t)) return read<value_t>(from);
        return value_t(*from);
    }
};

struct Channel {
    Matrix<padded_users, padded_antennas> forward;   // H
    Matrix<padded_antennas, padded_users> backward;  // its conjugate transpose
    int32_t parts[2][padded_users * padded_antennas], turned[2][padded_antennas * padded_users];

    // h: (users, antennas, 2) values of the spec's word
    CM_OUTSIDE void load(const int32_t* h) {
#pragma GCC unroll 1
        for (int u = 0; u < users; u++) {
            for (int b = 0; b < antennas; b++) {
                for (int part = 0; part < 2; part++) {
                    const int32_t value = h[(u * antennas + b) * 2 + part];
                    parts[part][u * padded_antennas + b] = value;
                    turned[part][b * padded_users + u] = value;
                }
            }
        }
        forward.load(parts[0], parts[1], 1, x_offset);
        backward.load(turned[0], turned[1], -1, back_offset);
    }
};

// Real and imaginary part and their sum of a vector of factors.
struct Factor {
    V re, im, sum;

    CM_INLINE Factor of(V re, V im) { return {re, im, Operand::add(re, im)}; }
};

// Symbols of a chunk, re and im of each user, a vector a column.
struct Symbols {
    int8_t part[users][2][chunk];

    V at(int user, int part_, int first) const {
        typedef int8_t S __attribute__((vector_size(lanes)));
        return __builtin_convertvector(read<S>(&part[user][part_][first]), V);
    }
};

// `groups` registers of symbol vectors and all that is known of them.
template <int groups>
struct Tile {
    V s[users][2][groups], reciprocals[groups], u[padded_users][2][groups], over[groups];
    Factor x[forward_steps][groups], w[backward_steps][groups];
    V negative[padded_antennas / 4][2][groups];  // 1 in byte i: the part of antenna i is sent < 0

    CM_OUTSIDE void load(const Symbols& symbols, int first) {
        for (int g = 0; g < groups; g++) {
            V energy = {};
#pragma GCC unroll 1
            for (int u = 0; u < users; u++) {
                for (int part = 0; part < 2; part++) {
                    const V value = symbols.at(u, part, first + g * lanes);
                    s[u][part][g] = value;
                    energy += value * value;
                }
            }
#pragma GCC unroll 1
            for (int l = 0; l < lanes; l++) {
                reciprocals[g][l] = reciprocal[(energy[l] - least_energy) / 8];
            }
            over[g] = V{};
#pragma GCC unroll 1
            for (int k = 0; k < backward_steps; k++) {
                V parts[2][per];
                for (int i = 0; i < per; i++) {
                    for (int part = 0; part < 2; part++) {
                        const int u = k * per + i;
                        parts[part][i] = (u < users ? s[u][part][g] : V{}) + back_offset;
                    }
                }
                w[k][g] = Factor::of(Operand::join(parts[0]), Operand::join(parts[1]));
            }
        }
    }

    // u = H v, rounded and saturated, for `block_users` users from `first` on.
    CM_INLINE void forward_block(Tile& t, const Channel& channel, int first) {
        const auto& h = channel.forward;
        V k1[block_users][groups], k2[block_users][groups], k3[block_users][groups];
#pragma GCC unroll 4
        for (int i = 0; i < block_users; i++) {
#pragma GCC unroll 2
            for (int g = 0; g < groups; g++) {
                k1[i][g] = V{};
                k2[i][g] = splat(h.start[0][first + i]);
                k3[i][g] = splat(h.start[1][first + i]);
            }
        }
#pragma GCC unroll 1
        for (int k = 0; k < forward_steps; k++) {
            const Factor* x = t.x[k];
#pragma GCC unroll 4
            for (int i = 0; i < block_users; i++) {
                const value_t a = h.entries(&h.plane[0][first + i][k * per]);
                const value_t b = h.entries(&h.plane[1][first + i][k * per]);
                const value_t c = h.entries(&h.plane[2][first + i][k * per]);
#pragma GCC unroll 2
                for (int g = 0; g < groups; g++) {
                    k1[i][g] = Operand::dot(k1[i][g], x[g].sum, a);
                    k2[i][g] = Operand::dot(k2[i][g], x[g].im, b);
                    k3[i][g] = Operand::dot(k3[i][g], x[g].re, c);
                }
            }
        }
        constexpr value_t limit = (value_t(1) << (u_bits - 1)) - 1, half = value_t(1) << u_shift >> 1;
#pragma GCC unroll 4
        for (int i = 0; i < block_users; i++) {
#pragma GCC unroll 2
            for (int g = 0; g < groups; g++) {
                const V exact[2] = {k1[i][g] - k2[i][g], k1[i][g] + k3[i][g]};
#pragma GCC unroll 2
                for (int part = 0; part < 2; part++) {
                    const V rounded = (exact[part] + half) >> u_shift;
                    const V inside = most(least(rounded, splat(limit)), splat(-limit));
                    t.over[g] |= inside ^ rounded;
                    t.u[first + i][part][g] = inside;
                }
            }
        }
    }

    // w = u - s (s^H u) / |s|^2, quantised.
    CM_INLINE void residual(Tile& t) {
        constexpr int drop = projection_bits - projection_frac_bits;
        constexpr value_t half = value_t(1) << drop >> 1, lift = w_word.lift(w_shift);
        for (int g = 0; g < groups; g++) {
            V inner[2] = {};
#pragma GCC unroll 1
            for (int u = 0; u < users; u++) {
                const V s_re = t.s[u][0][g], s_im = t.s[u][1][g];
                const V u_re = t.u[u][0][g], u_im = t.u[u][1][g];
                inner[0] += s_re * u_re + s_im * u_im;
                inner[1] += s_re * u_im - s_im * u_re;
            }
            const V p_re = (inner[0] * t.reciprocals[g] + half) >> drop;
            const V p_im = (inner[1] * t.reciprocals[g] + half) >> drop;
#pragma GCC unroll 1
            for (int k = 0; k < backward_steps; k++) {
                V level[2][per];
#pragma GCC unroll 4
                for (int i = 0; i < per; i++) {
                    const int u = std::min(k * per + i, users - 1);  // more meet zeros of H
                    const V s_re = t.s[u][0][g], s_im = t.s[u][1][g];
                    const V left_re = (t.u[u][0][g] << projection_frac_bits) -
                                      (s_re * p_re - s_im * p_im);
                    const V left_im = (t.u[u][1][g] << projection_frac_bits) -
                                      (s_re * p_im + s_im * p_re);
                    level[0][i] = (left_re + lift) >> w_shift;
                    level[1][i] = (left_im + lift) >> w_shift;
                }
                V re = Operand::quantised(w_word, level[0]);
                V im = Operand::quantised(w_word, level[1]);
                if (back_offset != w_offset) {
                    V more[per];
                    for (int i = 0; i < per; i++) more[i] = splat(back_offset - w_offset);
                    re = Operand::add(re, Operand::join(more));
                    im = Operand::add(im, Operand::join(more));
                }
                t.w[k][g] = Factor::of(re, im);
            }
        }
    }

    // g = H^H w and y = kept x + step g for four antennas; then x, or the signs of the last y.
    template <bool last>
    CM_INLINE void backward_block(Tile& t, const Channel& channel, int b, value_t kept,
                                  value_t step) {
        const auto& h = channel.backward;
        V k1[4][groups], k2[4][groups], k3[4][groups];
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
#pragma GCC unroll 2
            for (int g = 0; g < groups; g++) {
                k1[i][g] = V{};
                k2[i][g] = splat(h.start[0][b + i]);
                k3[i][g] = splat(h.start[1][b + i]);
            }
        }
#pragma GCC unroll 1
        for (int k = 0; k < backward_steps; k++) {
            const Factor* w = t.w[k];
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) {
                const value_t p = h.entries(&h.plane[0][b + i][k * per]);
                const value_t q = h.entries(&h.plane[1][b + i][k * per]);
                const value_t r = h.entries(&h.plane[2][b + i][k * per]);
#pragma GCC unroll 2
                for (int g = 0; g < groups; g++) {
                    k1[i][g] = Operand::dot(k1[i][g], w[g].sum, p);
                    k2[i][g] = Operand::dot(k2[i][g], w[g].im, q);
                    k3[i][g] = Operand::dot(k3[i][g], w[g].re, r);
                }
            }
        }
        const value_t added = (last ? 0 : x_word.lift(frac_bits)) - kept * x_offset;
#pragma GCC unroll 2
        for (int g = 0; g < groups; g++) {
            V y[2][4];
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) {
                const Factor& old = t.x[(b + i) / per][g];
                y[0][i] = (k1[i][g] - k2[i][g]) * step + Operand::stored(old.re, i % per) * kept;
                y[1][i] = (k1[i][g] + k3[i][g]) * step + Operand::stored(old.im, i % per) * kept;
            }
#pragma GCC unroll 2
            for (int part = 0; part < 2; part++) {
#pragma GCC unroll 4
                for (int i = 0; i < 4; i++) y[part][i] += added;
                if (last) {
                    V four = {};
#pragma GCC unroll 4
                    for (int i = 0; i < 4; i++) four |= (y[part][i] < 0) & (1 << (8 * i));
                    t.negative[b / 4][part][g] = four;
                } else {
#pragma GCC unroll 4
                    for (int i = 0; i < 4; i++) y[part][i] >>= frac_bits;
                }
            }
            if (last) continue;
#pragma GCC unroll 4
            for (int i = 0; i < 4; i += per) {
                t.x[(b + i) / per][g] = Factor::of(Operand::quantised(x_word, y[0] + i),
                                                   Operand::quantised(x_word, y[1] + i));
            }
        }
    }

    // From symbols to signs.
    CM_OUTSIDE void run(const Channel& channel) {
#pragma GCC unroll 1
        for (int t = 0; t <= n_rounds; t++) {
            if (t) {
#pragma GCC unroll 1
                for (int u = 0; u < user_blocks * block_users; u += block_users) {
                    forward_block(*this, channel, u);
                }
                residual(*this);
            }
            const value_t kept = t ? keep[t - 1] : 0, by = t ? step[t - 1] : start;
#pragma GCC unroll 1
            for (int b = 0; b < padded_antennas; b += 4) {
                if (t < n_rounds) backward_block<false>(*this, channel, b, kept, by);
                else backward_block<true>(*this, channel, b, kept, by);
            }
        }
    }
};

// The vectors of tile `first` of a chunk; returns how many of them saturated u.
template <int groups, class Sink>
static int64_t run_tile(const Channel& channel, const Symbols& symbols, int first, int count,
                        Tile<groups>& tile, Sink& sink) {
    tile.load(symbols, first);
    tile.run(channel);
    for (int g = 0; g < groups; g++) sink.take(tile, g, first + g * lanes);
    int64_t saturated = 0;
    for (int i = 0; i < std::min(groups * lanes, count - first); i++) {
        saturated += tile.over[i / lanes][i % lanes] != 0;
    }
    return saturated;
}

// The first `count` vectors of a chunk.
template <class Sink>
static int64_t run_chunk(const Channel& channel, const Symbols& symbols, int count,
                         Tile<most_groups>& wide, Tile<1>& narrow, Sink& sink) {
    int64_t saturated = 0;
    for (int first = 0; first < count;) {
        if (count - first > lanes) {
            saturated += run_tile(channel, symbols, first, count, wide, sink);
            first += most_groups * lanes;
        } else {
            saturated += run_tile(channel, symbols, first, count, narrow, sink);
            first += lanes;
        }
    }
    return saturated;
}
