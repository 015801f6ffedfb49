// The Verilated design as a Model. This file alone sees the header that Verilator makes.
#include "Vdut.h"
#include "model.h"

#include <type_traits>

namespace {

// A design has some of these ports: whether it has one decides which of two functions fits better.
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
#define PORTS(X)                                                                                  \
    X(clk) X(rst)                                                                                 \
    X(s_axis_tdata) X(s_axis_tvalid) X(s_axis_tready) X(s_axis_tlast)                             \
    X(s_axis_h_tdata) X(s_axis_h_tvalid) X(s_axis_h_tready) X(s_axis_h_tlast)                     \
    X(s_axis_ctrl_tdata) X(s_axis_ctrl_tvalid) X(s_axis_ctrl_tready)                              \
    X(m_axis_status_tdata) X(m_axis_status_tvalid) X(m_axis_status_tready)                        \
    X(s_axis_tkeep) X(s_axis_tuser) X(m_axis_tkeep)                                               \
    X(m_axis_tdata) X(m_axis_tvalid) X(m_axis_tready) X(m_axis_tlast) X(m_axis_tuser)             \
    X(frame_dropped) X(channel_dropped) X(channel_number) X(channel_saturated)                    \
    X(tables_saturated) X(coefficient_write) X(coefficient_index) X(coefficient_value)            \
    X(s_axil_awvalid) X(s_axil_wvalid) X(s_axil_bready) X(s_axil_arvalid) X(s_axil_rready)
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
