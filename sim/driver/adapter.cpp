// The Verilated design as a Model. This file alone sees the header that Verilator makes.
#include "Vdut.h"
#include "model.h"
#include "ports.h"  // PORTS(X): X(name) for each port that build.json names

#include <type_traits>

namespace {

// build.json is data: whether the design has a port decides which of two functions fits better.
#define OPTIONAL(name)                                                        \
    template <class M>                                                        \
    auto find_##name(M& m, int)->decltype((void)m.name, Port()) {             \
        using Kind = typename std::remove_reference<decltype(m.name)>::type;  \
        return {reinterpret_cast<unsigned char*>(&m.name), sizeof(Kind), 0};  \
    }                                                                         \
    template <class M>                                                        \
    Port find_##name(M&, long) {                                              \
        return {};                                                            \
    }
PORTS(OPTIONAL)

class Verilated_ : public Model {
public:
    void eval() override { dut_.eval(); }
    Port port(const char* name) override {
#define FOUND(which) \
    if (!std::strcmp(name, #which)) return find_##which(dut_, 0);
        PORTS(FOUND)
        return {};
    }
    void save(std::vector<unsigned char>& state) const override {
        auto* from = reinterpret_cast<const unsigned char*>(symbols());
        state.assign(from, from + sizeof(Vdut__Syms));
    }
    void load(const std::vector<unsigned char>& state) override {
        std::memcpy(static_cast<void*>(symbols()), state.data(), state.size());
    }

private:
    // Holds every module of the model. Verilog that is synthesised becomes integers and arrays of
    // such; what else is in there are pointers that do not move.
    Vdut__Syms* symbols() const { return dut_.rootp->vlSymsp; }

    Vdut dut_;
};

}  // namespace

Model* new_model() { return new Verilated_; }
