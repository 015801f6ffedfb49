// --- the precoder: a chunk of symbol vectors of one channel ---------------------------------------

// Real and imaginary part and their sum of a vector of factors.
struct Factor {
    V re, im, sum;

    CM_INLINE Factor of(V re, V im) { return {re, im, Operand::add(re, im)}; }
};

// From g to the levels of x in one round, whose y is kept x + step g; in the last round to y in
// any unit, of which only the sign counts.
struct Update {
    value_t step, kept, constant[2][padded_antennas];
    int shift;  // of y before kept x is added, of the bits that kept x does not have

    Update(const Channel& channel, int round) : step(round ? steps[round - 1] : start) {
        const value_t factor = round ? keeps[round - 1] : 0;
        shift = Operand::keeps_short ? std::min(frac_bits, trailing_zeros(factor)) : 0;
        kept = factor >> shift;
        const value_t added = (round < n_rounds ? x_word.lift(frac_bits) : 0) - factor * x_offset;
        for (int part = 0; part < 2; part++) {
            for (int b = 0; b < padded_antennas; b++) {
                constant[part][b] = channel.backward.correction[part][b] * step + added;
            }
        }
    }

    CM_MEMBER V operator()(V g, int part, int b, V old) const {
        V y = g * step + constant[part][b];
        if (Operand::keeps_short) y >>= shift;
        y = Operand::plus(y, old, b % per, kept);
        return y >> (Operand::keeps_short ? frac_bits - shift : frac_bits);
    }
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
    V s[users][2][groups], reciprocals[groups];
    V hv[padded_users][2][groups], over[groups];  // u = H v; not 0 where it saturated
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
    CM_MEMBER void forward_block(const Channel& channel, int first) {
        const auto& h = channel.forward;
        V k1[block_users][groups], k2[block_users][groups], k3[block_users][groups];
#pragma GCC unroll 4
        for (int i = 0; i < block_users; i++) {
#pragma GCC unroll 2
            for (int g = 0; g < groups; g++) {
                k1[i][g] = V{};
                k2[i][g] = splat(h.correction[0][first + i]);
                k3[i][g] = splat(h.correction[1][first + i]);
            }
        }
#pragma GCC unroll 1
        for (int k = 0; k < forward_steps; k++) {
            const Factor* factor = x[k];
#pragma GCC unroll 4
            for (int i = 0; i < block_users; i++) {
                const value_t a = h.entries(0, first + i, k * per);
                const value_t b = h.entries(1, first + i, k * per);
                const value_t c = h.entries(2, first + i, k * per);
#pragma GCC unroll 2
                for (int g = 0; g < groups; g++) {
                    k1[i][g] = Operand::dot(k1[i][g], factor[g].sum, a);
                    k2[i][g] = Operand::dot(k2[i][g], factor[g].im, b);
                    k3[i][g] = Operand::dot(k3[i][g], factor[g].re, c);
                }
            }
        }
        constexpr value_t limit = (value_t(1) << (u_bits - 1)) - 1, half = value_t(1) << u_shift >> 1;
#pragma GCC unroll 4
        for (int i = 0; i < block_users; i++) {
#pragma GCC unroll 2
            for (int g = 0; g < groups; g++) {
                const V exact[2] = {k1[i][g] + k2[i][g], k1[i][g] + k3[i][g]};
#pragma GCC unroll 2
                for (int part = 0; part < 2; part++) {
                    const V rounded = (exact[part] + half) >> u_shift;
                    const V inside = most(least(rounded, splat(limit)), splat(-limit));
                    over[g] |= inside ^ rounded;
                    hv[first + i][part][g] = inside;
                }
            }
        }
    }

    // w = u - s (s^H u) / |s|^2, quantised.
    CM_MEMBER void residual() {
        constexpr int drop = projection_bits - projection_frac_bits;
        constexpr value_t half = value_t(1) << drop >> 1, lift = w_word.lift(w_shift);
        for (int g = 0; g < groups; g++) {
            V inner[2] = {};
#pragma GCC unroll 1
            for (int u = 0; u < users; u++) {
                const V s_re = s[u][0][g], s_im = s[u][1][g];
                const V u_re = hv[u][0][g], u_im = hv[u][1][g];
                inner[0] += s_re * u_re + s_im * u_im;
                inner[1] += s_re * u_im - s_im * u_re;
            }
            const V p_re = (inner[0] * reciprocals[g] + half) >> drop;
            const V p_im = (inner[1] * reciprocals[g] + half) >> drop;
#pragma GCC unroll 1
            for (int k = 0; k < backward_steps; k++) {
                V level[2][per];
#pragma GCC unroll 4
                for (int i = 0; i < per; i++) {
                    const int u = std::min(k * per + i, users - 1);  // more meet zeros of H
                    const V s_re = s[u][0][g], s_im = s[u][1][g];
                    const V left_re = (hv[u][0][g] << projection_frac_bits) -
                                      (s_re * p_re - s_im * p_im);
                    const V left_im = (hv[u][1][g] << projection_frac_bits) -
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
                w[k][g] = Factor::of(re, im);
            }
        }
    }

    // g = H^H w and y = kept x + step g for four antennas; then x, or the signs of the last y.
    template <bool last>
    CM_MEMBER void backward_block(const Channel& channel, int b, const Update& update) {
        const auto& h = channel.backward;
        V re[4][groups] = {}, im[4][groups];
#pragma GCC unroll 1
        for (int k = 0; k < backward_steps; k++) {
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) {
                const value_t entry = h.entries(0, b + i, k * per);
#pragma GCC unroll 2
                for (int g = 0; g < groups; g++) {
                    re[i][g] = Operand::dot(re[i][g], w[k][g].sum, entry);
                }
            }
        }
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
#pragma GCC unroll 2
            for (int g = 0; g < groups; g++) im[i][g] = re[i][g];
        }
#pragma GCC unroll 1
        for (int k = 0; k < backward_steps; k++) {
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) {
                const value_t second = h.entries(1, b + i, k * per);
                const value_t third = h.entries(2, b + i, k * per);
#pragma GCC unroll 2
                for (int g = 0; g < groups; g++) {
                    re[i][g] = Operand::dot(re[i][g], w[k][g].im, second);
                    im[i][g] = Operand::dot(im[i][g], w[k][g].re, third);
                }
            }
        }
#pragma GCC unroll 2
        for (int g = 0; g < groups; g++) {
            V y[2][4];
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) {
                const Factor& old = x[(b + i) / per][g];
                y[0][i] = update(re[i][g], 0, b + i, old.re);
                y[1][i] = update(im[i][g], 1, b + i, old.im);
            }
            if (last) {
#pragma GCC unroll 2
                for (int part = 0; part < 2; part++) {
                    V four = {};
#pragma GCC unroll 4
                    for (int i = 0; i < 4; i++) four |= (y[part][i] < 0) & (1 << (8 * i));
                    negative[b / 4][part][g] = four;
                }
                continue;
            }
#pragma GCC unroll 4
            for (int i = 0; i < 4; i += per) {
                x[(b + i) / per][g] = Factor::of(Operand::quantised(x_word, y[0] + i),
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
                    forward_block(channel, u);
                }
                residual();
            }
            const Update update(channel, t);
#pragma GCC unroll 1
            for (int b = 0; b < padded_antennas; b += 4) {
                if (t < n_rounds) backward_block<false>(channel, b, update);
                else backward_block<true>(channel, b, update);
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
    for (int g = 0; g < groups; g++) {
        if (first + g * lanes < count) sink.take(tile, g, first + g * lanes);
    }
    int64_t saturated = 0;
    for (int i = 0; i < std::min(groups * lanes, count - first); i++) {
        saturated += tile.over[i / lanes][i % lanes] != 0;
    }
    return saturated;
}

// What a thread works on, kept from call to call.
struct Workspace {
    Channel channel;
    Tile<most_groups> wide;
    Tile<1> narrow;

    static Workspace& own() {
        static thread_local Aligned<Workspace> kept(1);
        return kept[0];
    }
};

// The first `count` vectors of a chunk.
template <class Sink>
static int64_t run_chunk(Workspace& work, const Symbols& symbols, int count, Sink& sink) {
    int64_t saturated = 0;
    for (int first = 0; first < count;) {
        if (count - first > lanes) {
            saturated += run_tile(work.channel, symbols, first, count, work.wide, sink);
            first += most_groups * lanes;
        } else {
            saturated += run_tile(work.channel, symbols, first, count, work.narrow, sink);
            first += lanes;
        }
    }
    return saturated;
}
