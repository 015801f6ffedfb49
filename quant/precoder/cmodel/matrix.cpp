// --- a channel, laid out for products with many vectors --------------------------------------------

// Products of bytes where the processor has them and their sums of 16 bits, if it takes such, hold.
#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES >= 32
constexpr bool holds_bytes = Bytes::run(x_word.top()) > 0 && Bytes::run(w_word.top()) > 0 &&
                             Bytes::run(2 * largest_symbol) > 0;
typedef std::conditional<fits_bytes && holds_bytes, Bytes,
                         std::conditional<fits_pairs, Pairs, Plain>::type>::type Operand;
#else
typedef std::conditional<fits_pairs, Pairs, Plain>::type Operand;
#endif
// Vectors that share a broadcast entry: registers are for so many.
constexpr int most_groups = CM_LANE_BYTES == 64 ? 2 : 1;
typedef Operand::Entry Entry;
constexpr int per = Operand::per;
constexpr int user_blocks = (users + 3) / 4, block_users = (users + user_blocks - 1) / user_blocks;
constexpr int padded_users = (std::max(users, user_blocks * block_users) + per - 1) / per * per;
constexpr int forward_steps = padded_antennas / per, backward_steps = (users + per - 1) / per;
constexpr value_t x_offset = Operand::offset(x_word.maximum());
constexpr value_t w_offset = Operand::offset(w_word.maximum());
constexpr int x_scale = Operand::scale(x_word.mid_rise && u_shift > 0);
constexpr int back_scale = Operand::scale(w_word.mid_rise && h_word.mid_rise);
// One offset for residuals and symbols, so that one correction serves both.
constexpr value_t back_offset = Operand::offset(std::max<value_t>(w_word.maximum(), largest_symbol));

//include zeroed.cpp
template <class X>
using Aligned = Zeroed<X, 64>;  // cache lines

// A complex matrix for products with three real multiplications (Gauss):
//   (a + jb)(c + jd) = a (c + d) - (a + b) d + j (a (c + d) + (b - a) c).
// plane[0..2] are a, -(a + b), b - a, rows by columns.
template <int rows, int columns>
struct Matrix {
    Entry plane[3][rows * columns];
    value_t correction[2][rows];  // of re and im, of sums of stored factors: takes the offset back

    // re, im: (rows, columns), 0 in rows and columns that only fill up
    // added: to both sums of values, before they are divided by the factors' scale
    template <class Number>
    CM_OUTSIDE void load(const Number* re, const Number* im, int sign, value_t offset, int scale,
                         value_t added) {
        for (int i = 0; i < rows * columns; i++) {
            const int32_t a = re[i], b = sign * im[i];
            plane[0][i] = Entry(a);
            plane[1][i] = Entry(-a - b);
            plane[2][i] = Entry(b - a);
        }
#pragma GCC unroll 1
        for (int r = 0; r < rows; r++) {
            int32_t all_re = 0, all_im = 0;
            for (int c = 0; c < columns; c++) {
                all_re += re[r * columns + c];
                all_im += sign * im[r * columns + c];
            }
            const value_t sums[2] = {value_t(all_im) - all_re, -value_t(all_im) - all_re};
            for (int part = 0; part < 2; part++) {
                correction[part][r] = (sums[part] * offset + added) >> (scale == 2);
            }
        }
    }

    // `per` entries of a plane from (row, column) on.
    CM_MEMBER value_t entries(int which, int row, int column) const {
        return from(&plane[which][row * columns + column]);
    }

    CM_INLINE value_t from(const Entry* place) {
        if (sizeof(Entry) * per == sizeof(value_t)) return read<value_t>(place);
        return value_t(*place);
    }
};

struct Channel {
    typedef std::conditional<h_word.maximum() <= 127, int8_t, int32_t>::type Number;
    static constexpr int room = 15;  // what a square writes beyond the end
    Matrix<padded_users, padded_antennas> forward;   // H
    Matrix<padded_antennas, padded_users> backward;  // its conjugate transpose
    Number parts[2][padded_users * padded_antennas + room];
    Number turned[2][padded_antennas * padded_users + room];

    // h: (users, antennas, 2) values of the spec's word
    CM_OUTSIDE void load(const int32_t* h) {
#pragma GCC unroll 1
        for (int u = 0; u < users; u++) {
            for (int b = 0; b < antennas; b++) {
                parts[0][u * padded_antennas + b] = Number(h[(u * antennas + b) * 2]);
                parts[1][u * padded_antennas + b] = Number(h[(u * antennas + b) * 2 + 1]);
            }
        }
        for (int part = 0; part < 2; part++) turn(parts[part], turned[part]);
        forward.load(parts[0], parts[1], 1, x_offset, x_scale, value_t(1) << u_shift >> 1);
        backward.load(turned[0], turned[1], -1, back_offset, back_scale, 0);
    }

    // Transposes in squares of 16, or number by number.
    void turn(const Number* from, Number* to) {
        constexpr bool narrow = sizeof(Number) == 1 && padded_users <= 16;
        constexpr int in_squares = narrow ? padded_antennas / 16 * 16 : 0;
        if constexpr (narrow) {
            for (int b = 0; b < in_squares; b += 16) {
                Bytes16 x[16] = {};
#pragma GCC unroll 16
                for (int u = 0; u < users; u++) std::memcpy(&x[u], from + u * padded_antennas + b, 16);
                transpose_16x16(x);
                for (int i = 0; i < 16; i++) std::memcpy(to + (b + i) * padded_users, &x[i], 16);
            }
        }
        if constexpr (in_squares < padded_antennas) {
            for (int b = in_squares; b < padded_antennas; b++) {
                for (int u = 0; u < users; u++) {
                    to[b * padded_users + u] = from[u * padded_antennas + b];
                }
            }
        }
    }
};
