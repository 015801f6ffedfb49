// --- the precoder: a chunk of symbol vectors of one channel ---------------------------------------

// Real and imaginary part and their sum of a vector of factors.
struct Factor {
    V re, im, sum;

    CM_INLINE Factor of(V re, V im) { return {re, im, Operand::add(re, im)}; }
};

// From g to the levels of x in one round, whose y is kept x + step g; in the last round to y in
// any unit, of which only the sign counts.
struct Update {
    value_t step, kept, added;
    int shift;  // of y before kept x is added, of the bits that kept x does not have

    explicit Update(int round) : step(back_scale * (round ? steps[round - 1] : start)) {
        const value_t factor = round ? keeps[round - 1] : 0;
        shift = Operand::keeps_short ? std::min(frac_bits, trailing_zeros(factor)) : 0;
        kept = factor * x_scale >> shift;
        added = (round < n_rounds ? x_word.lift(frac_bits) : 0) - factor * x_offset;
    }

    CM_MEMBER V level(V g, int b, V old) const {
        V y = g * step + added;
        if (Operand::keeps_short) y >>= shift;
        y = Operand::plus(y, old, b % per, kept);
        return y >> (Operand::keeps_short ? frac_bits - shift : frac_bits);
    }
};

//include short_update.cpp
// Symbols of a chunk, re and im of each user, a vector a column.
struct Symbols {
    int8_t part[users][2][chunk];

    V at(int user, int part_, int first) const {
        const int8_t* from = &part[user][part_][first];
#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES >= 32
        if constexpr (sizeof(value_t) == 4) {  // GCC 12 converts element by element
            typedef char Q __attribute__((vector_size(16)));
            typedef int32_t S __attribute__((vector_size(CM_LANE_BYTES)));
            Q bytes = {};
            std::memcpy(&bytes, from, lanes);
#if CM_LANE_BYTES == 64
            return (V)__builtin_ia32_pmovsxbd512_mask(bytes, S{}, 0xFFFF);
#else
            return (V)(S)__builtin_ia32_pmovsxbd256(bytes);
#endif
        }
#endif
        typedef int8_t S __attribute__((vector_size(lanes)));
        return __builtin_convertvector(read<S>(from), V);
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
            energy = (energy - least_energy) >> 3;
            value_t place[lanes], found[lanes];
            std::memcpy(place, &energy, sizeof energy);
#pragma GCC unroll 1
            for (int l = 0; l < lanes; l++) found[l] = reciprocal[place[l]];
            reciprocals[g] = read<V>(found);
            over[g] = V{};
#pragma GCC unroll 1
            for (int k = 0; k < backward_steps; k++) {
                V parts[2][per];
                for (int i = 0; i < per; i++) {
                    for (int part = 0; part < 2; part++) {
                        const int u = k * per + i;
                        parts[part][i] = (u < users ? s[u][part][g] + back_offset : V{}) >> (back_scale == 2);
                    }
                }
                w[k][g] = Factor::of(Operand::join(parts[0]), Operand::join(parts[1]));
            }
        }
    }

    // u = H v, rounded and saturated, for `block_users` users from `first` on.
    CM_MEMBER void forward_block(const Channel& channel, int first) {
        const auto& h = channel.forward;
        V sum[3][block_users][groups];
#pragma GCC unroll 4
        for (int i = 0; i < block_users; i++) {
#pragma GCC unroll 2
            for (int g = 0; g < groups; g++) {
                sum[0][i][g] = V{};
                sum[1][i][g] = splat(h.correction[0][first + i]);
                sum[2][i][g] = splat(h.correction[1][first + i]);
            }
        }
        products<forward_steps, Operand::run(x_word.top() / x_scale)>(h, first, x, sum);
        constexpr value_t limit = (value_t(1) << (u_bits - 1)) - 1;
        constexpr int down = u_shift - (x_scale == 2);
#pragma GCC unroll 4
        for (int i = 0; i < block_users; i++) {
#pragma GCC unroll 2
            for (int g = 0; g < groups; g++) {
#pragma GCC unroll 2
                for (int part = 0; part < 2; part++) {
                    const V rounded = (sum[0][i][g] + sum[1 + part][i][g]) >> down;
                    const V inside = most(least(rounded, splat(limit)), splat(-limit));
                    over[g] |= inside ^ rounded;
                    hv[first + i][part][g] = inside;
                }
            }
        }
    }

    // Adds to `sum` the three products of Gauss of some rows, from `first` on, with factors.
    template <int steps_, int run, int rows, class M>
    CM_MEMBER void products(const M& h, int first, const Factor (*factor)[groups],
                            V (&sum)[3][rows][groups]) {
#pragma GCC unroll 1
        for (int start_ = 0; start_ < steps_; start_ += run) {
            typename Operand::Part part[3][rows][groups];
#pragma GCC unroll 4
            for (int i = 0; i < rows; i++) {
#pragma GCC unroll 2
                for (int g = 0; g < groups; g++) {
                    part[0][i][g] = Operand::begin(sum[0][i][g]);
                    part[1][i][g] = Operand::begin(sum[1][i][g]);
                    part[2][i][g] = Operand::begin(sum[2][i][g]);
                }
            }
            const int end = std::min(steps_ - start_, run) + start_;
#pragma GCC unroll 1
            for (int k = start_; k < end; k++) {
#pragma GCC unroll 4
                for (int i = 0; i < rows; i++) {
                    const value_t a = h.entries(0, first + i, k * per);
                    const value_t b = h.entries(1, first + i, k * per);
                    const value_t c = h.entries(2, first + i, k * per);
#pragma GCC unroll 2
                    for (int g = 0; g < groups; g++) {
                        part[0][i][g] = Operand::dot(part[0][i][g], factor[k][g].sum, a);
                        part[1][i][g] = Operand::dot(part[1][i][g], factor[k][g].im, b);
                        part[2][i][g] = Operand::dot(part[2][i][g], factor[k][g].re, c);
                    }
                }
            }
#pragma GCC unroll 4
            for (int i = 0; i < rows; i++) {
#pragma GCC unroll 2
                for (int g = 0; g < groups; g++) {
                    sum[0][i][g] = Operand::settle(sum[0][i][g], part[0][i][g]);
                    sum[1][i][g] = Operand::settle(sum[1][i][g], part[1][i][g]);
                    sum[2][i][g] = Operand::settle(sum[2][i][g], part[2][i][g]);
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
                V re = Operand::quantised(w_word, level[0], back_scale);
                V im = Operand::quantised(w_word, level[1], back_scale);
                if (back_offset != w_offset) {
                    V more[per];
                    for (int i = 0; i < per; i++) {
                        more[i] = splat((back_offset - w_offset) / back_scale);
                    }
                    re = Operand::add(re, Operand::join(more));
                    im = Operand::add(im, Operand::join(more));
                }
                w[k][g] = Factor::of(re, im);
            }
        }
    }

    // g = H^H w and y = kept x + step g for four antennas; then x, or the signs of the last y.
    template <bool last, class U>
    CM_MEMBER void backward_block(const Channel& channel, int b, const U& update) {
        const auto& h = channel.backward;
        V sum[3][4][groups];
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
#pragma GCC unroll 2
            for (int g = 0; g < groups; g++) {
                sum[0][i][g] = V{};
                sum[1][i][g] = splat(h.correction[0][b + i]);
                sum[2][i][g] = splat(h.correction[1][b + i]);
            }
        }
        constexpr value_t largest = std::max<value_t>(w_word.maximum(), largest_symbol);
        products<backward_steps, Operand::run(2 * largest / back_scale)>(h, b, w, sum);
#pragma GCC unroll 2
        for (int g = 0; g < groups; g++) {
            V gradient[2][4];
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) {
                gradient[0][i] = sum[0][i][g] + sum[1][i][g];
                gradient[1][i] = sum[0][i][g] + sum[2][i][g];
            }
            if constexpr (updates_short) {
                const Factor& old = x[b / 4][g];
                const V re = update.template codes<last>(gradient[0], old.re);
                const V im = update.template codes<last>(gradient[1], old.im);
                if (last) {
                    negative[b / 4][0][g] = re;
                    negative[b / 4][1][g] = im;
                } else {
                    x[b / 4][g] = Factor::of(re, im);
                }
            } else {
                V y[2][4];
#pragma GCC unroll 4
                for (int i = 0; i < 4; i++) {
                    const Factor& old = x[(b + i) / per][g];
                    y[0][i] = update.level(gradient[0][i], b + i, old.re);
                    y[1][i] = update.level(gradient[1][i], b + i, old.im);
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
                    x[(b + i) / per][g] = Factor::of(Operand::quantised(x_word, y[0] + i, x_scale),
                                                     Operand::quantised(x_word, y[1] + i, x_scale));
                }
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
            const ChosenUpdate update(t);
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
    sink.take(tile, first);
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
