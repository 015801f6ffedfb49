// --- channels: bits of a frame to LLRs, positive meaning 0 --------------------------------------

namespace {

// Quantile of the standard normal distribution at (u + 1/2) / 2^32: Wichura, algorithm AS 241,
// Applied Statistics 37 (3), 1988. Its third range begins below 2^-33 and is never reached.
double gaussian(uint32_t u) {
    const double q = (double(u) + 0.5) * 0x1p-32 - 0.5;
    if (std::fabs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        const double above =
            ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r +
                 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r +
               1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r +
             1.3314166789178437745e2) * r + 3.3871328727963666080e0;
        const double below =
            ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r +
                 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r +
               5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r +
             4.2313330701600911252e1) * r + 1.0;
        return q * above / below;
    }
    const double r = std::sqrt(-std::log(0.5 - std::fabs(q))) - 1.6;
    const double above =
        ((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r +
             2.41780725177450611770e-1) * r + 1.27045825245236838258e0) * r +
           3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r +
         4.63033784615654529590e0) * r + 1.42343711074968357734e0;
    const double below =
        ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r +
             1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r +
           6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r +
         2.05319162663775882187e0) * r + 1.0;
    return q < 0 ? -above / below : above / below;
}

enum ChannelKind : int { awgn = 0, bsc = 1, rayleigh = 2 };

struct Link {
    int kind;             // ChannelKind
    int bits_per_symbol;  // 1: BPSK; 4, 6, 8: square QAM, Gray labels, max-log LLRs
    double parameter;     // noise deviation a real dimension at unit symbol energy; bsc: flips
};

// BPSK over AWGN: LLR of a bit whose noise, seen from the sent symbol, is gaussian(u). Its last bit
// is set: no LLR lies on the edge of two cells, where the negated one is not in the mirrored cell.
CM_INLINE float llr_of_zero(double sigma, uint32_t u) {
    const float llr = float((1.0 + sigma * gaussian(u)) * (2.0 / (sigma * sigma)));
    uint32_t bits;
    std::memcpy(&bits, &llr, 4);
    bits |= 1;
    float odd;
    std::memcpy(&odd, &bits, 4);
    return odd;
}

// One axis of a QAM symbol: amplitudes descend with the index, Gray label i ^ (i >> 1).
void axis_llrs(int bits, const bool* sent, double gain, double noise, double sigma, double* llr) {
    const int levels = 1 << bits;
    // Both axes have equal energy and their sum is 1.
    const double scale = std::sqrt(1.5 / (levels * levels - 1.0));
    int label = 0, index = 0;
    for (int b = 0; b < bits; b++) label = label << 1 | int(sent[b]);
    for (int g = label; g; g >>= 1) index ^= g;
    const double received = gain * scale * (levels - 1 - 2 * index) + noise;
    double nearest[8][2];
    for (int b = 0; b < bits; b++) nearest[b][0] = nearest[b][1] = 1e300;
    for (int i = 0; i < levels; i++) {
        const double d = received - gain * scale * (levels - 1 - 2 * i);
        for (int b = 0; b < bits; b++) {
            double& best = nearest[b][(i ^ i >> 1) >> (bits - 1 - b) & 1];
            best = std::min(best, d * d);
        }
    }
    for (int b = 0; b < bits; b++) {
        llr[b] = (nearest[b][1] - nearest[b][0]) / (2.0 * sigma * sigma);
    }
}

struct Draws {
    const Origin& from;
    Stream stream;
    int64_t frame, held = -1;
    uint64_t words[4] = {};

    uint32_t at(int64_t i) {
        if (i / 4 != held) random_words(from, stream, frame, held = i / 4, words);
        return uint32_t(words[i % 4]);
    }
};

// LLRs of a frame's transmitted bits, in stream order.
template <class S>
void frame_llrs(const Link& link, const Origin& from, const Block<S>& block, int64_t frame,
                float* llr) {
    Draws noise{from, noise_stream, frame}, fading{from, fading_stream, frame};
    const double sigma = link.parameter;
    const auto gain = [&](int i) {  // Rayleigh, mean square 1
        return link.kind == rayleigh ? std::sqrt(-std::log((fading.at(i) + 0.5) * 0x1p-32)) : 1.0;
    };
    if (link.kind == bsc) {
        const float value = float(std::log((1.0 - link.parameter) / link.parameter));
        for (int i = 0; i < S::n; i++) {
            const bool wrong = (noise.at(i) + 0.5) * 0x1p-32 < link.parameter;
            llr[i] = block.sent(S::transmitted[i], frame) != wrong ? -value : value;
        }
    } else if (link.bits_per_symbol == 1) {
        for (int i = 0; i < S::n; i++) {
            const double h = gain(i);
            const float zero = link.kind == awgn
                ? llr_of_zero(sigma, noise.at(i))
                : float(h * (h + sigma * gaussian(noise.at(i))) * (2.0 / (sigma * sigma)));
            llr[i] = block.sent(S::transmitted[i], frame) ? -zero : zero;
        }
    } else {
        const int bits = link.bits_per_symbol, half = bits / 2;
        for (int first = 0, symbol = 0; first < S::n; first += bits, symbol++) {
            bool sent[8];  // the last symbol is filled up with zeros
            double found[8];
            const double h = gain(symbol);
            for (int b = 0; b < bits; b++) {
                sent[b] = first + b < S::n && block.sent(S::transmitted[first + b], frame);
            }
            for (int axis = 0; axis < 2; axis++) {
                const double w = sigma * gaussian(noise.at(2 * symbol + axis));
                axis_llrs(half, sent + axis * half, h, w, sigma, found + axis * half);
            }
            for (int b = 0; b < bits && first + b < S::n; b++) llr[first + b] = float(found[b]);
        }
    }
}

// cut[c]: the smallest draw whose LLR, a 0 being sent, is quantised to code minimum + c + 1 or
// more. Draws that reach no such code count as 2^32, so the table has 64-bit entries.
template <class S>
std::vector<uint64_t> cell_cuts(double sigma) {
    std::vector<uint64_t> cuts;
    for (int code = S::minimum_code + 1; code <= S::maximum_code; code++) {
        uint64_t low = 0, high = uint64_t(1) << 32;
        while (low < high) {
            const uint64_t middle = (low + high) / 2;
            if (quantise_one<S>(llr_of_zero(sigma, uint32_t(middle))) >= code) high = middle;
            else low = middle + 1;
        }
        cuts.push_back(low);
    }
    return cuts;
}

}  // namespace
