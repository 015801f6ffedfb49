// --- several decoders, and the C interface --------------------------------------------------------

namespace {

// The decoder of one code, whatever its struct is.
struct Member {
    int n, k, n_variables;
    const int32_t* information;
    int (*vector_bytes)();
    int (*use_vector_bytes)(int);
    void (*quantise)(const float*, int64_t, int8_t*);
    void (*decode)(const int8_t*, int64_t, const Asked*, const Results&, uint8_t*);
    void (*simulate)(const Link&, const Origin&, const Turn&, const Asked&, int64_t, int64_t,
                     uint32_t*, uint8_t*, uint8_t*);
    void (*encode)(const uint8_t*, int64_t, uint8_t*);
    void (*frames)(const Link&, const Origin&, int64_t, int64_t, uint8_t*, float*);
};

template <class S>
constexpr Member member() {
    return {
        S::n, S::n_information, S::n_variables, S::information,
        [] { return engine<S>().bytes; },
        [](int bytes) { return use_vector_bytes<S>(bytes); },
        [](const float* llr, int64_t count, int8_t* codes) {
            engine<S>().quantise(llr, count, codes);
        },
        [](const int8_t* codes, int64_t frames, const Asked* asked, const Results& results,
           uint8_t* reasons) { engine<S>().decode(codes, frames, asked, results, reasons); },
        [](const Link& link, const Origin& from, const Turn& turn, const Asked& asked,
           int64_t first, int64_t frames, uint32_t* errors, uint8_t* decoded, uint8_t* used) {
            engine<S>().simulate(link, from, turn, asked, first, frames, errors, decoded, used);
        },
        encode<S>, simulated_frames<S>,
    };
}

const Member members[] = {@MEMBERS@};
constexpr int n_members = @COUNT@;

// Places of control and status words.
enum : int {@PLACES@};
constexpr uint32_t from_control = @COPIED@;  // what a status word has from its control word

constexpr bool bit(uint32_t word, int place) { return word >> place & 1; }
constexpr int code_of(uint32_t word) { return word >> code_place & 127; }

Asked asked_by(uint32_t word) {
    return {uint8_t(word >> iterations_place & 63), bit(word, on_pass_place),
            bit(word, on_no_change_place)};
}

bool valid(uint32_t word) { return code_of(word) < n_members && asked_by(word).iterations > 0; }

int bits_of(uint32_t word) {
    if (!valid(word)) return 0;
    const Member& its = members[code_of(word)];
    return bit(word, parity_place) ? its.n_variables : its.k;
}

// Bits or APP values of all variables to the places where a frame's result begins.
template <class X>
void hand_out(const Member& its, bool whole, const X* from, X* to) {
    if (whole) std::copy(from, from + its.n_variables, to);
    else for (int i = 0; i < its.k; i++) to[i] = from[its.information[i]];
}

// Frames of all codes, those of one code side by side.
struct Call {
    const uint32_t* control;
    const int8_t* codes;
    uint8_t* bits;
    uint32_t* status;
    int16_t* soft;
    std::vector<int64_t> code_at, result_at;  // where a frame's codes and results begin
    std::vector<std::vector<int64_t>> of_member;

    Call(const uint32_t* c, const int32_t* lengths, int64_t frames, const int8_t* from, uint8_t* b,
         uint32_t* st, int16_t* so)
        : control(c), codes(from), bits(b), status(st), soft(so), code_at(frames),
          result_at(frames), of_member(n_members) {
        int64_t code = 0, result = 0;
        for (int64_t f = 0; f < frames; f++) {
            code_at[f] = code;
            result_at[f] = result;
            code += lengths[f];
            status[f] = (control[f] & from_control) | 1u << dropped_place;
            if (!valid(control[f]) || lengths[f] != members[code_of(control[f])].n) continue;
            result += bits_of(control[f]);
            of_member[code_of(control[f])].push_back(f);
        }
    }

    void decode(int number) {
        constexpr int64_t block = 512;
        const Member& its = members[number];
        const std::vector<int64_t>& mine = of_member[number];
        const size_t most = size_t(std::min<int64_t>(block, int64_t(mine.size())));
        std::vector<int8_t> in(most * its.n);
        std::vector<uint8_t> out(most * its.n_variables), verified(most), used(most), reasons(most);
        std::vector<int16_t> app(soft ? most * its.n_variables : 0);
        std::vector<Asked> asked(most);
        for (int64_t at = 0; at < int64_t(mine.size()); at += block) {
            const int64_t count = std::min(block, int64_t(mine.size()) - at);
            for (int64_t i = 0; i < count; i++) {
                const int64_t f = mine[at + i];
                std::memcpy(&in[i * its.n], codes + code_at[f], its.n);
                asked[i] = asked_by(control[f]);
            }
            its.decode(in.data(), count, asked.data(),
                       {out.data(), verified.data(), used.data(), soft ? app.data() : nullptr,
                        nullptr}, reasons.data());
            for (int64_t i = 0; i < count; i++) {
                const int64_t f = mine[at + i];
                const bool whole = bit(control[f], parity_place);
                hand_out(its, whole, &out[i * its.n_variables], bits + result_at[f]);
                if (soft) hand_out(its, whole, &app[i * its.n_variables], soft + result_at[f]);
                status[f] = (control[f] & from_control) | uint32_t(used[i]) << iterations_place |
                            uint32_t(verified[i]) << parity_place |
                            uint32_t((reasons[i] & stopped_on_pass) != 0) << on_pass_place |
                            uint32_t((reasons[i] & stopped_on_no_change) != 0) << on_no_change_place;
            }
        }
    }
};

const Member* member_of(int code) {
    return code >= 0 && code < n_members ? &members[code] : nullptr;
}

}  // namespace

extern "C" {

const char* CM_NAME(spec_sha)(void) { return "@SHA@"; }
int CM_NAME(members)(void) { return n_members; }
int CM_NAME(n)(int code) { return member_of(code) ? members[code].n : -1; }
int CM_NAME(k)(int code) { return member_of(code) ? members[code].k : -1; }
int CM_NAME(n_variables)(int code) { return member_of(code) ? members[code].n_variables : -1; }
int CM_NAME(result_bits)(uint32_t control) { return bits_of(control); }
int CM_NAME(vector_bytes)(void) { return members[0].vector_bytes(); }

int CM_NAME(use_vector_bytes)(int bytes) {
    int found = 0;
    for (const Member& each : members) found |= each.use_vector_bytes(bytes);
    return found;
}

const int32_t* CM_NAME(information_positions)(int code) {
    return member_of(code) ? members[code].information : nullptr;
}

int CM_NAME(quantise)(int code, const float* llr, int64_t count, int8_t* codes) {
    if (!member_of(code)) return -1;
    members[code].quantise(llr, count, codes);
    return 0;
}

int CM_NAME(decode)(const uint32_t* control, const int32_t* lengths, int64_t frames,
                    const int8_t* codes, uint8_t* bits, uint32_t* status, int16_t* soft) {
    return guarded([&] {
        Call call(control, lengths, frames, codes, bits, status, soft);
        for (int number = 0; number < n_members; number++) call.decode(number);
    });
}

int CM_NAME(encode)(int code, const uint8_t* information, int64_t frames, uint8_t* codewords) {
    if (!member_of(code)) return -1;
    return guarded([&] { members[code].encode(information, frames, codewords); });
}

int CM_NAME(frames)(int code, int kind, int bits_per_symbol, double parameter, uint64_t seed,
                    uint32_t point, int64_t first, int64_t frames, uint8_t* codewords,
                    float* llr) {
    if (!member_of(code)) return -1;
    return guarded([&] {
        const Link link{kind, bits_per_symbol, parameter};
        members[code].frames(link, Origin{seed, point}, first, frames, codewords, llr);
    });
}

int CM_NAME(simulate)(uint32_t control, int turn, int turns, int kind, int bits_per_symbol,
                      double parameter, uint64_t seed, uint32_t point, int64_t first,
                      int64_t frames, uint32_t* bit_errors, uint8_t* decoded,
                      uint8_t* iterations_used) {
    if (!valid(control) || turn < 0 || turn >= turns) return -1;
    return guarded([&] {
        members[code_of(control)].simulate(
            Link{kind, bits_per_symbol, parameter}, Origin{seed, point}, Turn{turn, turns},
            asked_by(control), first, frames, bit_errors, decoded, iterations_used);
    });
}

}  // extern "C"
