// --- restarts: blocks of one decoder, and the C interface ------------------------------------------

namespace {

typedef @STRUCT@ S;
constexpr int n = S::n, starts = @STARTS@, blocks = @BLOCKS@, damping = @DAMPING@;
const int16_t channel_of[256] = {@CHANNEL@};  // value of each code, from -128 on
const int16_t rotation[n] = {@ROTATION@};
const int16_t first_place[starts][n] = {@FIRST@};

// All frames of a group through one start. ``left`` are the frames that go on.
struct Start {
    std::vector<int16_t> values, app;
    std::vector<int16_t> place;  // bit of the word that each bit of a block is
    std::vector<int64_t> left;
    std::vector<uint8_t> found, verified, used;

    explicit Start(int64_t most)
        : values(most * n), app(most * n), place(n), left(most), found(most * n), verified(most),
          used(most) {}

    void run(const int16_t* channel, int64_t frames, int start, const Results& to) {
        place.assign(first_place[start], first_place[start] + n);
        for (int64_t f = 0; f < frames; f++) {
            left[f] = f;
            to.iterations[f] = 0;
            for (int i = 0; i < n; i++) values[f * n + i] = channel[f * n + place[i]];
        }
        for (int b = 0; b < blocks && frames > 0; b++) frames = block(frames, to);
    }

    int64_t block(int64_t frames, const Results& to) {
        engine<S>().decode({nullptr, values.data()}, frames,
                           {found.data(), verified.data(), used.data(), app.data(), nullptr});
        int64_t going = 0;
        std::vector<int16_t> moved(n);
        for (int64_t f = 0; f < frames; f++) {
            uint8_t* const bits = to.bits + left[f] * n;
            for (int i = 0; i < n; i++) bits[place[i]] = found[f * n + i];
            to.iterations[left[f]] += used[f];
            to.decoded[left[f]] = verified[f];
            if (verified[f]) continue;
            for (int i = 0; i < n; i++) {
                const int value = values[f * n + i], half = (1 << damping) >> 1;
                const int next = value + ((app[f * n + i] - value + half) >> damping);
                moved[i] = int16_t(std::clamp(next, -@LARGEST@, @LARGEST@));
            }
            for (int i = 0; i < n; i++) values[going * n + i] = moved[rotation[i]];
            left[going++] = left[f];
        }
        std::vector<int16_t> turned(n);
        for (int i = 0; i < n; i++) turned[i] = place[rotation[i]];
        place = turned;
        return going;
    }
};

int64_t distance(const int16_t* channel, const uint8_t* bits) {
    int64_t sum = 0;
    for (int i = 0; i < n; i++) {
        if (bits[i] != (channel[i] < 0)) sum += std::abs(int(channel[i]));
    }
    return sum;
}

void decode_restarts(const int8_t* codes, int64_t frames, const Results& to) {
    constexpr int64_t group = 512;
    Start start(group);
    std::vector<int16_t> channel(group * n);
    std::vector<uint8_t> bits(group * n), decoded(group), iterations(group);
    std::vector<int64_t> least(group);
    for (int64_t at = 0; at < frames; at += group) {
        const int64_t count = std::min(group, frames - at);
        for (int64_t i = 0; i < count * n; i++) channel[i] = channel_of[codes[at * n + i] + 128];
        const Results best{to.bits + at * n, to.decoded + at, to.iterations + at, nullptr, nullptr};
        start.run(channel.data(), count, 0, best);
        for (int64_t f = 0; f < count; f++) {
            least[f] = best.decoded[f] ? distance(&channel[f * n], best.bits + f * n) : INT64_MAX;
        }
        for (int s = 1; s < starts; s++) {
            start.run(channel.data(), count, s,
                      {bits.data(), decoded.data(), iterations.data(), nullptr, nullptr});
            for (int64_t f = 0; f < count; f++) {
                best.iterations[f] = std::max(best.iterations[f], iterations[f]);
                if (!decoded[f]) continue;
                const int64_t metric = distance(&channel[f * n], &bits[f * n]);
                if (metric >= least[f]) continue;
                least[f] = metric;
                best.decoded[f] = 1;
                std::copy(&bits[f * n], &bits[f * n] + n, best.bits + f * n);
            }
        }
    }
}

}  // namespace

extern "C" {

const char* CM_NAME(spec_sha)(void) { return "@SHA@"; }
int CM_NAME(n)(void) { return n; }
int CM_NAME(vector_bytes)(void) { return engine<S>().bytes; }
int CM_NAME(use_vector_bytes)(int bytes) { return use_vector_bytes<S>(bytes); }

int CM_NAME(decode)(const int8_t* codes, int64_t frames, uint8_t* bits, uint8_t* decoded,
                    uint8_t* iterations) {
    return guarded([&] {
        decode_restarts(codes, frames, Results{bits, decoded, iterations, nullptr, nullptr});
    });
}

}  // extern "C"
