// --- decoders side by side: whose result counts, and the C interface --------------------------------

namespace {

typedef @FIRST@ First;
constexpr int n = First::n, n_variables = First::n_variables;
constexpr int64_t group = 512;

template <typename S> void member(const int8_t* codes, int64_t frames, const Results& to) {
    engine<S>().decode({codes, nullptr}, frames, to);
}

typedef void (*Member)(const int8_t*, int64_t, const Results&);
const Member others[] = {@OTHERS@};

// Frames that no member has verified yet: where they are, and the fewest odd checks so far.
struct Left {
    std::vector<int64_t> frame;
    std::vector<int32_t> fewest, odd;
    std::vector<int8_t> codes;
    std::vector<uint8_t> bits, decoded, iterations;

    Left()
        : frame(group), fewest(group), odd(group), codes(group * n), bits(group * n_variables),
          decoded(group), iterations(group) {}

    // Those of a group that the first member leaves; its odd checks are counted for them alone.
    int64_t begin(const int8_t* from, int64_t frames, const Results& to) {
        int64_t count = 0;
        for (int64_t f = 0; f < frames; f++) {
            if (to.decoded[f]) continue;
            std::copy(from + f * n, from + (f + 1) * n, &codes[count * n]);
            frame[count++] = f;
        }
        if (count) member<First>(codes.data(), count, results());
        std::copy(odd.begin(), odd.begin() + count, fewest.begin());
        return count;
    }

    // One more member; the results of frames where it is better. Returns how many are left.
    int64_t next(Member decode, int64_t count, const Results& to) {
        decode(codes.data(), count, results());
        int64_t going = 0;
        for (int64_t f = 0; f < count; f++) {
            const int64_t at = frame[f];
            if (decoded[f] || odd[f] < fewest[f]) {
                std::copy(&bits[f * n_variables], &bits[f * n_variables] + n_variables,
                          to.bits + at * n_variables);
                to.decoded[at] = decoded[f];
                to.iterations[at] = iterations[f];
                fewest[f] = odd[f];
            }
            if (decoded[f]) continue;
            frame[going] = at;
            fewest[going] = fewest[f];
            if (going < f) std::copy(&codes[f * n], &codes[f * n] + n, &codes[going * n]);
            going++;
        }
        return going;
    }

    Results results() {
        return Results{bits.data(), decoded.data(), iterations.data(), nullptr, odd.data()};
    }
};

void decode_best(const int8_t* codes, int64_t frames, const Results& to) {
    Left left;
    for (int64_t at = 0; at < frames; at += group) {
        const int64_t count = std::min(group, frames - at);
        const int8_t* const from = codes + at * n;
        const Results best{to.bits + at * n_variables, to.decoded + at, to.iterations + at,
                           nullptr, nullptr};
        member<First>(from, count, best);
        int64_t going = left.begin(from, count, best);
        for (Member other : others) {
            if (going) going = left.next(other, going, best);
        }
    }
}

}  // namespace

extern "C" {

const char* CM_NAME(spec_sha)(void) { return "@SHA@"; }
int CM_NAME(n)(void) { return n; }
int CM_NAME(n_variables)(void) { return n_variables; }
int CM_NAME(vector_bytes)(void) { return engine<First>().bytes; }
int CM_NAME(use_vector_bytes)(int bytes) { return @WIDTHS@; }

int CM_NAME(decode)(const int8_t* codes, int64_t frames, uint8_t* bits, uint8_t* decoded,
                    uint8_t* iterations) {
    return guarded([&] {
        decode_best(codes, frames, Results{bits, decoded, iterations, nullptr, nullptr});
    });
}

}  // extern "C"
