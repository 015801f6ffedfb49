// --- the detector: the vectors of one channel, `lanes` of them at a time ---------------------------

struct Detector {
    Grouped<antennas, users, x_bits, h_step> backward;
    Grouped<users, antennas, z_bits, w_step> forward, first;
    V y[antennas][2], z[antennas][2], product[antennas][2];
    V x[users][2], r[users][2], u[users][2];
    V over_z, over_r;

    void load(const Given& given) {
        backward.load(given.h);
        forward.load(given.w);
        if (has_start) first.load(given.w0);
    }

    int64_t saturated_groups() const {
        const size_t start = has_start ? first.saturated.size() : 0;
        return int64_t(backward.saturated.size() + forward.saturated.size() + start);
    }

    // Value of a mid-rise word in steps of 2^shift of y.
    CM_INLINE V quantised(V sum, int shift, int bits, V& over) {
        const V code = sum >> (shift + 1), limit = splat(value_t(1) << (bits - 1));
        over |= V(code < -limit) | V(code >= limit);
        return most(least(code, limit - 1), -limit) * 2 + 1;
    }

    // r from the product of z with a matrix; with x, if it is not the first product.
    void estimate(const Grouped<users, antennas, z_bits, w_step>& matrix, value_t gain, bool with_x) {
        matrix.run(z, u);
        const value_t half = value_t(1) << u_shift >> 1;
        for (int n = 0; n < users; n++) {
            for (int part = 0; part < 2; part++) {
                V sum = ((u[n][part] + half) >> u_shift) * gain;
                if (with_x) sum += x[n][part] << gain_frac_bits;
                r[n][part] = quantised(sum, r_shift, r_bits, over_r);
            }
        }
    }

    void choose(const int16_t* table) {
        for (int n = 0; n < users; n++) {
            for (int part = 0; part < 2; part++) {
                const V code = (r[n][part] + r_maximum) >> 1;
                for (int l = 0; l < lanes; l++) x[n][part][l] = table[code[l]];
            }
        }
    }

    void received(int shift) {  // z of y alone
        for (int n = 0; n < antennas; n++) {
            for (int part = 0; part < 2; part++) {
                z[n][part] = quantised(y[n][part], shift, z_bits, over_z);
            }
        }
    }

    void residual(value_t momentum) {
        backward.run(x, product);
        for (int n = 0; n < antennas; n++) {
            for (int part = 0; part < 2; part++) {
                V sum = (y[n][part] - product[n][part]) << momentum_frac_bits;
                if (momentum) sum += (z[n][part] * momentum) << z_shift;
                z[n][part] = quantised(sum, z_shift + momentum_frac_bits, z_bits, over_z);
            }
        }
    }

    void run() {
        int product_number = 0;
        over_z = over_r = V{};
        if (has_start) {
            received(start_shift);
            estimate(first, gains[0], false);
            choose(etas[0]);
            product_number = 1;
        }
        for (int t = 0; t < rounds; t++, product_number++) {
            const bool from_zero = product_number == 0;
            if (from_zero) received(z_shift);
            else residual(momenta[t]);
            estimate(forward, gains[product_number], !from_zero);
            if (t + 1 < rounds) choose(etas[product_number]);
        }
    }

    // `count` vectors, at most `lanes`; the others repeat the first.
    void take(const int16_t* from, int count) {
        for (int n = 0; n < antennas; n++) {
            for (int part = 0; part < 2; part++) {
                for (int l = 0; l < lanes; l++) {
                    const int64_t vector = l < count ? l : 0;
                    y[n][part][l] = value_t(from[(vector * antennas + n) * 2 + part]) << y_shift;
                }
            }
        }
    }

    void give(const Results& to, int64_t vector, int count) const {
        for (int l = 0; l < count; l++, vector++) {
            for (int n = 0; n < users; n++) {
                for (int part = 0; part < 2; part++) {
                    const int64_t place = (vector * users + n) * 2 + part;
                    const int value = int(r[n][part][l]), code = (value + r_maximum) >> 1;
                    to.r[place] = int16_t(value);
                    to.symbols[place] = levels[code];
                    std::memcpy(to.llrs + place * bits_per_axis, llrs_of[code], bits_per_axis);
                }
            }
            to.flags[vector] = uint8_t((over_z[l] != 0) | (over_r[l] != 0) << 1);
        }
    }
};

int64_t detect(const Given* given, int64_t channels, int64_t vectors, const Results& to) {
    const std::unique_ptr<Detector> detector(new Detector);
    int64_t saturated = 0;
    for (int64_t c = 0; c < channels; c++) {
        const Given one = {
            given->h + c * antennas * users * 2, given->w + c * antennas * users * 2,
            has_start ? given->w0 + c * antennas * users * 2 : nullptr,
            given->y + c * vectors * antennas * 2,
        };
        detector->load(one);
        saturated += detector->saturated_groups();
        for (int64_t v = 0; v < vectors; v += lanes) {
            const int count = int(std::min<int64_t>(lanes, vectors - v));
            detector->take(one.y + v * antennas * 2, count);
            detector->run();
            detector->give(to, c * vectors + v, count);
        }
    }
    return saturated;
}

const Engine engine = {CM_LANE_BYTES, lanes, detect};
