// Layered LDPC decoders of AFF3CT 3.0.2 (https://aff3ct.github.io), called from Python. Compiled
// with AFF3CT's src, include and the includes of its submodules MIPP and rang on the path.

#include "Module/Decoder/Decoder.cpp"
#include "Module/Decoder/LDPC/BP/Decoder_LDPC_BP.cpp"
#include "Module/Decoder/LDPC/BP/Horizontal_layered/ONMS/Decoder_LDPC_BP_horizontal_layered_ONMS_inter.cpp"
#include "Module/Module.cpp"
#include "Module/Task.cpp"
#include "Tools/Algo/Matrix/Matrix.cpp"
#include "Tools/Algo/Matrix/Sparse_matrix/Sparse_matrix.cpp"
#include "Tools/Exception/cannot_allocate/cannot_allocate.cpp"
#include "Tools/Exception/exception.cpp"
#include "Tools/Exception/invalid_argument/invalid_argument.cpp"
#include "Tools/Exception/length_error/length_error.cpp"
#include "Tools/Exception/out_of_range/out_of_range.cpp"
#include "Tools/Exception/runtime_error/runtime_error.cpp"
#include "Tools/Exception/unimplemented_error/unimplemented_error.cpp"
#include "Tools/general_utils.cpp"
#include "Tools/system_functions.cpp"

#include "Module/Decoder/LDPC/BP/Horizontal_layered/Decoder_LDPC_BP_horizontal_layered_inter.hpp"
#include "Tools/Code/LDPC/Update_rule/MS/Update_rule_MS_simd.hpp"
#include "Tools/Code/LDPC/Update_rule/NMS/Update_rule_NMS_simd.hpp"
#include "Tools/Code/LDPC/Update_rule/OMS/Update_rule_OMS_simd.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace {

const int OFFSET = 1;
const float NORMALISED = 0.75f;  // templates of integers take it as 6 eighths
const int EIGHTHS = 6;

// A decoder that takes what Python has: LLRs of its own type, information bits one an int of that
// size. It decodes a vector of frames a call, as AFF3CT's simulator has it.
struct Peer {
    virtual ~Peer() = default;
    virtual void decode(const void *llr, int64_t frames, void *bits) = 0;
};

template <typename B, typename Q>
struct Of : Peer {
    std::unique_ptr<module::Decoder_SIHO<B, Q>> decoder;
    explicit Of(module::Decoder_SIHO<B, Q> *made) : decoder(made) {
        decoder->set_n_frames(mipp::N<Q>());
    }
    void decode(const void *llr, int64_t frames, void *bits) override {
        const auto wave = decoder->get_n_frames();
        for (int64_t first = 0; first < frames; first += wave)
            decoder->decode_siho((const Q *)llr + first * decoder->get_N(),
                                 (B *)bits + first * decoder->get_K());
    }
};

std::string reason;

}  // namespace

// A decoder of the code whose edges are (check, variable), without early stop; null, with a reason,
// where there is none.
extern "C" void *aff3ct_new(const char *kind, int n, int k, int checks, int iterations,
                            const int32_t (*edges)[2], int64_t n_edges,
                            const int32_t *information) {
    using namespace aff3ct::tools;
    using namespace aff3ct::module;
    try {
        Sparse_matrix h(n, checks);
        for (int64_t e = 0; e < n_edges; e++) h.add_connection(edges[e][1], edges[e][0]);
        const std::vector<unsigned> bits(information, information + k);
        const std::string name = kind;
        const auto layered = [&](auto b, auto q, auto rule) -> void * {
            using B = decltype(b);
            using Q = decltype(q);
            return new Of<B, Q>(new Decoder_LDPC_BP_horizontal_layered_inter<B, Q, decltype(rule)>(
                k, n, iterations, h, bits, rule, false));
        };
        if (name == "OMS int8")
            return layered(B_8(), Q_8(), Update_rule_OMS_simd<Q_8>(OFFSET));
        if (name == "MS int8")
            return layered(B_8(), Q_8(), Update_rule_MS_simd<Q_8>());
        if (name == "NMS int16")
            return layered(B_16(), Q_16(), Update_rule_NMS_simd<Q_16, EIGHTHS>(NORMALISED));
        if (name == "NMS int16, legacy")
            return new Of<B_16, Q_16>(new Decoder_LDPC_BP_horizontal_layered_ONMS_inter<B_16, Q_16>(
                k, n, iterations, h, bits, NORMALISED, 0, false));
        if (name == "NMS float")
            return layered(B_32(), Q_32(), Update_rule_NMS_simd<Q_32>(NORMALISED));
        reason = "no decoder " + name;
    } catch (const std::exception &error) {
        reason = error.what();
    }
    return nullptr;
}

extern "C" const char *aff3ct_reason() { return reason.c_str(); }

// Frames are a multiple of the lanes of the widest vector; other frames would read past the end.
extern "C" void aff3ct_decode(void *peer, const void *llr, int64_t frames, void *bits) {
    static_cast<Peer *>(peer)->decode(llr, frames, bits);
}

extern "C" void aff3ct_delete(void *peer) { delete static_cast<Peer *>(peer); }
