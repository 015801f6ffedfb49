// --- W and W0 of H and the noise power, as quant/mimo_detector/preprocess.py says -----------------

namespace {

struct Number {
    int64_t re, im;
};

constexpr int64_t highest = (int64_t(1) << (prepare_word_bits - 1)) - 1;

struct Preparation {
    std::vector<Number> hs, a, x;
    std::vector<int> k;
    bool left_word = false;

    Preparation() : hs(antennas * users), a(users * users), x(antennas), k(users) {}

    static int64_t rounded(int64_t value, int bits) {
        return (value + (int64_t(1) << bits >> 1)) >> bits;
    }

    static int length(int64_t value) {
        int bits = 0;
        while (value >> bits) bits++;
        return bits;
    }

    int64_t saturated(int64_t value) {
        const int64_t inside = std::min(std::max(value, -highest), highest);
        left_word |= inside != value;
        return inside;
    }

    static Number times(Number one, Number two) {
        return {one.re * two.re - one.im * two.im, one.re * two.im + one.im * two.re};
    }

    static Number conjugate(Number one) { return {one.re, -one.im}; }

    Number& h(int antenna, int user) { return hs[antenna * users + user]; }
    Number& at(int row, int column) { return a[row * users + column]; }

    void scale(const int32_t* given, int64_t n0) {
        for (int u = 0; u < users; u++) {
            int64_t energy = n0;
            for (int n = 0; n < antennas; n++) {
                const int32_t* entry = given + 2 * (n * users + u);
                h(n, u) = {entry[0], entry[1]};
                energy += times(h(n, u), conjugate(h(n, u))).re;
            }
            const int bits = length(std::max<int64_t>(1, energy));
            k[u] = std::min(prepare_largest - (bits + 1) / 2, prepare_most_shift);
            for (int n = 0; n < antennas; n++) {
                h(n, u) = {h(n, u).re * (int64_t(1) << k[u]), h(n, u).im * (int64_t(1) << k[u])};
            }
        }
    }

    void gram(int64_t n0) {
        for (int u = 0; u < users; u++) {
            for (int v = 0; v <= u; v++) {
                Number sum = {u == v ? n0 << 2 * k[u] : 0, 0};
                for (int n = 0; n < antennas; n++) {
                    const Number term = times(h(n, v), conjugate(h(n, u)));
                    sum = {sum.re + term.re, sum.im + term.im};
                }
                const int shift = 2 * prepare_largest - prepare_fraction;
                const bool was = left_word;  // nothing that saturates here
                at(u, v) = {saturated(rounded(sum.re, shift)), saturated(rounded(sum.im, shift))};
                left_word = was;
                at(v, u) = conjugate(at(u, v));
            }
        }
    }

    void invert() {
        constexpr int f = prepare_fraction;
        for (int p = 0; p < users; p++) {
            const int64_t d = at(p, p).re;
            const int64_t exact = (int64_t(1) << 2 * f) / std::max<int64_t>(1, d);
            const int64_t reciprocal = std::min(exact, highest);
            left_word |= d < 1 || reciprocal != exact;
            for (int j = 0; j < users; j++) {
                if (j == p) continue;
                at(p, j) = {saturated(rounded(at(p, j).re * reciprocal, f)),
                            saturated(rounded(at(p, j).im * reciprocal, f))};
            }
            for (int i = 0; i < users; i++) {
                if (i == p) continue;
                const Number factor = at(i, p);
                for (int j = 0; j < users; j++) {
                    if (j == p) continue;
                    const Number less = times(factor, at(p, j));
                    at(i, j) = {
                        saturated(rounded(at(i, j).re * (int64_t(1) << f) - less.re, f)),
                        saturated(rounded(at(i, j).im * (int64_t(1) << f) - less.im, f)),
                    };
                }
                at(i, p) = {saturated(rounded(-factor.re * reciprocal, f)),
                            saturated(rounded(-factor.im * reciprocal, f))};
            }
            at(p, p) = {reciprocal, 0};
        }
    }

    void row(int user, bool of_w0) {
        for (int n = 0; n < antennas; n++) {
            Number sum = {0, 0};
            for (int v = 0; v < users && of_w0; v++) {
                const Number term = times(at(user, v), conjugate(h(n, v)));
                sum = {sum.re + term.re, sum.im + term.im};
            }
            x[n] = of_w0 ? Number{saturated(rounded(sum.re, prepare_sum_shift)),
                                  saturated(rounded(sum.im, prepare_sum_shift))}
                         : conjugate(h(n, user));
        }
    }

    static int64_t moved(int64_t value, int places) {
        return places < 0 ? value >> std::min(62, -places) : value << std::min(40, places);
    }

    int16_t code(int64_t product, int shift) const {
        const int64_t half = int64_t(1) << (prepare_half_bits - 1);
        const int64_t code = w_step == 2 ? product >> (shift + 1) : rounded(product, shift);
        return int16_t(std::min(std::max(code, -half), half - 1));
    }

    void codes(int user, const int (&scale)[3], int16_t* found) {
        int64_t norm = 0;
        for (int n = 0; n < antennas; n++) norm += times(x[n], h(n, user)).re;
        norm = std::max<int64_t>(1, norm);
        const int bits = length(norm);
        const int64_t mantissa = moved(norm, prepare_mantissa_bits - bits);
        const int64_t quotient = (int64_t(scale[0]) << prepare_mantissa_bits) / mantissa;
        const int64_t exact = moved(quotient, k[user] + scale[1] - bits + scale[2]);
        const int64_t g = std::min(exact, highest);
        left_word |= g != exact;
        for (int n = 0; n < antennas; n++) {
            *found++ = code(x[n].re * g, scale[2]);
            *found++ = code(x[n].im * g, scale[2]);
        }
    }

    void run(const int32_t* given, int64_t n0, int16_t* w, int16_t* w0) {
        scale(given, n0);
        gram(n0);
        invert();
        for (int u = 0; u < users; u++) {
            row(u, false);
            codes(u, prepare_w, w + 2 * antennas * u);
            row(u, true);
            codes(u, prepare_w0, w0 + 2 * antennas * u);
        }
    }
};

}  // namespace

extern "C" int CM_NAME(prepare)(const int32_t* h, const int64_t* n0, int64_t channels, int16_t* w,
                                int16_t* w0, uint8_t* saturated) {
    if (!can_prepare) return -1;
    return guarded([&] {
        constexpr int64_t entries = 2 * int64_t(antennas) * users;
        for (int64_t c = 0; c < channels; c++) {
            Preparation found;
            found.run(h + c * entries, n0[c], w + c * entries, w0 + c * entries);
            saturated[c] = found.left_word;
        }
    });
}

