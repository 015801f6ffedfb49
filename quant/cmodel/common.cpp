// --- shared by all lane widths ----------------------------------------------------------------
// S is the struct of a spec.

//include platform.cpp
namespace {

constexpr int frames_per_block = 512;  // encoded together, one bit each

// Where a frame of a simulation comes from; what it does not name, it does not depend on.
struct Origin {
    uint64_t seed;
    uint32_t point;
};

enum Stream : uint32_t { noise_stream = 0, data_stream = 1, fading_stream = 2 };

// Low halves multiplied to 64 bits.
CM_INLINE uint64_t product(uint64_t x, uint32_t factor) { return uint64_t(uint32_t(x)) * factor; }

//include philox.cpp

// The four words number `block` of a frame (or group of frames) and stream.
CM_INLINE void random_words(const Origin& from, Stream stream, uint64_t frame, uint64_t block,
                            uint64_t words[4]) {
    words[0] = block;
    words[1] = frame & 0xFFFFFFFF;
    words[2] = frame >> 32 | uint64_t(stream) << 24;
    words[3] = from.point;
    philox(words, from.seed);
}

// A decoder's spec where words are whole integers: for values of the caller, which may be even.
template <class S>
struct Whole : S {
    static constexpr bool halved = false;
    typedef int16_t value_t;
};
template <class S>
using WithValues = std::conditional_t<S::halved, Whole<S>, S>;

template <class S>
int8_t quantise_one(float llr) {
    if (S::channel_table) {
        const double steps = double(llr) / S::channel_lsb_llr;
        int code = 0;
        for (int i = 0; i < S::maximum_code; i++) {
            code += steps >= 0 ? S::channel_cuts[i] <= steps : S::channel_cuts[i] < -steps;
        }
        return int8_t(steps >= 0 ? code : -1 - code);
    }
    const double offset = S::mid_rise ? 0.0 : 0.5;
    const double code = std::floor(double(llr) / S::channel_lsb_llr + offset);
    if (code <= S::minimum_code) return int8_t(S::minimum_code);
    return code >= S::maximum_code ? int8_t(S::maximum_code) : int8_t(code);
}

// The frames of one simulation block, one bit of a word each: word[variable][group of 64].
struct Words {
    uint64_t bit[8];
};

template <class S>
struct Block {
    int64_t number = -1;
    std::vector<Words> word = std::vector<Words>(S::n_variables + S::n_remaining_checks);

    bool sent(int variable, int64_t frame) const {
        const int place = int(frame % frames_per_block);
        return word[variable].bit[place / 64] >> (place % 64) & 1;
    }
};

// Bits of 64 frames at once are the halves of one Philox output.
template <class S>
void random_information(const Origin& from, int64_t number, Block<S>& block) {
    block.number = number;
    for (int group = 0; group < 8; group++) {
        for (int i = 0; i < S::n_information; i += 2) {
            uint64_t w[4];
            random_words(from, data_stream, uint64_t(number) * 8 + group, i / 2, w);
            block.word[S::information[i]].bit[group] = w[0] | w[1] << 32;
            if (i + 1 < S::n_information) {
                block.word[S::information[i + 1]].bit[group] = w[2] | w[3] << 32;
            }
        }
    }
}

//include transposition.cpp
}  // namespace
