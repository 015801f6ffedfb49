// --- min-sum and sum-product in floating point, what integers are compared with ------------------
// A vector holds one value of `lanes` frames; they run side by side until the last one ends.

constexpr int lanes = 16;
constexpr float known_llr = 256.0f;  // of a bit known to be 0, and where a row has no other edge
typedef float V __attribute__((vector_size(4 * lanes)));
typedef int32_t M __attribute__((vector_size(4 * lanes)));

template <class S>
struct Graph {
    std::vector<int> variable, edges;  // by layer, row of the layer, edge; edges of each row

    Graph() {
        for (int row : S::layer_row) {
            for (int i = 0; i < S::lifting_size; i++) {
                for (int e = S::row_start[row]; e < S::row_start[row + 1]; e++) {
                    const int lane = (i + S::edge_shift[e]) % S::lifting_size;
                    variable.push_back(S::edge_column[e] * S::lifting_size + lane);
                }
                edges.push_back(S::row_start[row + 1] - S::row_start[row]);
            }
        }
    }
};

// 2^-y for 0 <= y < 120: the whole part into the exponent, a Taylor series for the rest.
static V power_of_half(V y) {
    const M whole = __builtin_convertvector(y + 0.5f, M);
    const V f = (__builtin_convertvector(whole, V) - y) * 0.693147181f;
    const V rest = 1.0f + f * (1.0f + f * (1 / 2.0f + f * (1 / 6.0f + f * (1 / 24.0f +
                   f * (1 / 120.0f + f * (1 / 720.0f))))));
    return (V)((M)rest - (whole << 23));
}

// ln x for x >= 1: its exponent, and the series of artanh for its mantissa in 0.7 .. 1.42.
static V logarithm(V x) {
    M exponent = ((M)x >> 23) - 127;
    V mantissa = (V)((M)x - (exponent << 23));
    const M high = mantissa > 1.41421356f;
    mantissa = high ? mantissa * 0.5f : mantissa;
    exponent -= high;
    const V s = (mantissa - 1.0f) / (mantissa + 1.0f), q = s * s;
    const V series = s * (2.0f + q * (2 / 3.0f + q * (2 / 5.0f + q * (2 / 7.0f + q * (2 / 9.0f)))));
    return __builtin_convertvector(exponent, V) * 0.693147181f + series;
}

// -ln tanh(x/2), its own inverse: by it the sum-product rule is a sum (Gallager 1962). Small and
// large x have their series, where differences of numbers near 1 would say nothing.
static V phi(V x) {
    x = x < 1e-30f ? V{} + 1e-30f : x > 80.0f ? V{} + 80.0f : x;
    const V e = power_of_half(x * 1.44269504f);
    const V missing = x < 0.004f ? x * (1.0f - x * (0.5f - x * (1 / 6.0f))) : 1.0f - e;
    const V y = 2.0f * e / missing;
    return y < 0.004f ? y * (1.0f - y * (0.5f - y * (1 / 3.0f))) : logarithm(1.0f + y);
}

template <class S>
struct Soft {
    Graph<S> graph;
    bool sum_product;
    float alpha;
    std::vector<V> app = std::vector<V>(S::n_variables), channel = app, sum = app;
    std::vector<V> message = std::vector<V>(graph.variable.size());

    static V magnitude(V x) { return x < 0 ? -x : x; }

    // Magnitudes of a check's messages from those of what it was sent.
    void smallest_of_others(const V* in, int degree, V* out) const {
        V m1 = V{} + known_llr, m2 = m1;
        for (int e = 0; e < degree; e++) {
            const V a = magnitude(in[e]), larger = m1 > a ? m1 : a;
            m2 = m2 < larger ? m2 : larger;
            m1 = m1 < a ? m1 : a;
        }
        const V first = m1 * alpha, second = m2 * alpha;
        for (int e = 0; e < degree; e++) out[e] = magnitude(in[e]) == m1 ? second : first;
    }

    // The same by the sum-product rule.
    static void phi_of_others(const V* in, int degree, V* out) {
        V of[degree], before = {}, after = {};
        for (int e = 0; e < degree; e++) {
            of[e] = phi(magnitude(in[e]));
            out[e] = before;
            before += of[e];
        }
        for (int e = degree - 1; e >= 0; e--) {
            out[e] = phi(out[e] + after);
            after += of[e];
        }
    }

    // All checks, one after the other; with flooding on what the variables were before.
    void iterate() {
        const int* variable = graph.variable.data();
        V* stored = message.data();
        if (S::flooding) sum = channel;
        for (const int degree : graph.edges) {
            V in[degree], level[degree];
            M signs = {};
            for (int e = 0; e < degree; e++) {
                in[e] = app[variable[e]] - stored[e];
                signs ^= in[e] < 0;
            }
            if (sum_product) phi_of_others(in, degree, level);
            else smallest_of_others(in, degree, level);
            for (int e = 0; e < degree; e++) {
                stored[e] = (signs ^ (in[e] < 0)) ? -level[e] : level[e];
                if (S::flooding) sum[variable[e]] += stored[e];
                else app[variable[e]] = in[e] + stored[e];
            }
            variable += degree;
            stored += degree;
        }
        if (S::flooding) app = sum;
    }

    M broken() const {
        const int* variable = graph.variable.data();
        M any = {};
        for (const int degree : graph.edges) {
            M odd = {};
            for (int e = 0; e < degree; e++) odd ^= app[variable[e]] < 0;
            any |= odd;
            variable += degree;
        }
        return any;
    }

    void decode(const float* llr, int frames, uint8_t* bits, uint8_t* decoded, uint8_t* used) {
        std::fill(message.begin(), message.end(), V{});
        std::fill(app.begin(), app.end(), V{});
        for (int i = 0; i < S::n_known_zero; i++) app[S::known_zero[i]] += known_llr;
        for (int f = 0; f < frames; f++) {
            for (int i = 0; i < S::n; i++) app[S::transmitted[i]][f] = llr[f * S::n + i];
        }
        channel = app;
        bool running[lanes] = {};
        for (int f = 0; f < frames; f++) running[f] = true;
        for (int iteration = 1, left = frames; left; iteration++) {
            iterate();
            const bool last = iteration == S::iterations;
            if (!S::early_stop && !last) continue;
            const M bad = broken();
            for (int f = 0; f < frames; f++) {
                if (!running[f] || (bad[f] && !last)) continue;
                for (int v = 0; v < S::n_variables; v++) {
                    bits[f * S::n_variables + v] = app[v][f] < 0;
                }
                decoded[f] = !bad[f];
                used[f] = uint8_t(iteration);
                running[f] = false;
                left--;
            }
        }
    }
};

// alpha 0: sum-product
extern "C" int soft_decode(float alpha, const float* llr, int64_t frames, uint8_t* bits,
                           uint8_t* decoded, uint8_t* used) {
    try {
        typedef Spec S;
        Soft<S> soft{{}, alpha == 0.0f, alpha};
        for (int64_t first = 0; first < frames; first += lanes) {
            const int count = int(std::min<int64_t>(lanes, frames - first));
            soft.decode(llr + first * S::n, count, bits + first * S::n_variables, decoded + first,
                        used + first);
        }
    } catch (...) {
        return -1;
    }
    return 0;
}
