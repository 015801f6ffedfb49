#include "bench.h"

#include <csignal>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace {

volatile std::sig_atomic_t asked_to_stop = 0;

Port needed(const Plan& plan, Model& model, const std::string& name) {
    Port port = plan.port(model, name.c_str());
    if (!port) throw std::runtime_error("the design has no port " + name);
    return port;
}

Input input(const Plan& plan, Model& model, const std::string& prefix) {
    auto at = [&](const char* name) { return needed(plan, model, prefix + name); };
    Input found;
    found.data = at("_tdata"), found.valid = at("_tvalid");
    found.ready = at("_tready"), found.last = at("_tlast");
    return found;
}

}  // namespace

Bench::Bench(const Plan& plan) : model(new_model()) {
    auto at = [&](const char* name) { return needed(plan, *model, name); };
    clk = at("clk");
    rst = at("rst");
    symbols = input(plan, *model, "s_axis");
    if (!plan.contexts.empty()) contexts = input(plan, *model, "s_axis_h");
    if (!plan.words.empty()) {
        words.data = at("s_axis_ctrl_tdata"), words.valid = at("s_axis_ctrl_tvalid");
        words.ready = at("s_axis_ctrl_tready"), words.last = {&no_last, 1, 1};
        statuses.data = at("m_axis_status_tdata"), statuses.valid = at("m_axis_status_tvalid");
        statuses.ready = at("m_axis_status_tready");
    }
    symbols.keep = plan.port(*model, "s_axis_tkeep");
    symbols.user = plan.port(*model, "s_axis_tuser");
    results.data = at("m_axis_tdata"), results.valid = at("m_axis_tvalid");
    results.ready = at("m_axis_tready"), results.last = at("m_axis_tlast");
    results.user = at("m_axis_tuser"), results.keep = plan.port(*model, "m_axis_tkeep");
    if (symbols.keep) {
        symbols.last_bytes = static_cast<unsigned>(plan.numbers.at("last_bytes").at(0));
        results.last_bytes = static_cast<unsigned>(plan.numbers.at("last_bytes").at(1));
        symbols.keep.set_ones(symbols.keep.bits);
    }
    dropped = plan.port(*model, "frame_dropped");
    context_dropped = plan.port(*model, "channel_dropped");
    context_number = plan.port(*model, "channel_number");
    for (const char* name : {"s_axil_awvalid", "s_axil_wvalid", "s_axil_bready", "s_axil_arvalid",
                             "s_axil_rready"})
        if (Port idle = plan.port(*model, name)) idle.set(0);  // no register is read or written
}

void Bench::idle_inputs() {
    *symbols.valid.at = 0;
    if (contexts) *contexts.valid.at = 0;
    if (words) *words.valid.at = 0;
}

void Bench::reset(unsigned for_cycles) {
    idle_inputs();
    *rst.at = 1;
    for (unsigned cycle = 0; cycle < for_cycles; ++cycle) settle(), edge();
    *rst.at = 0;
}

void Bench::apply(const Plan& plan) {
    for (const Write& write : plan.writes) {
        for (auto& [name, value] : write.values) plan.port(*model, name.c_str()).set(value);
        settle(), edge();
    }
    if (!plan.writes.empty())
        for (auto& [name, value] : plan.writes.back().values)
            plan.port(*model, name.c_str()).set(0);
}

Reporter::Reporter(unsigned one_of) : one_of_(one_of) {
    auto stop = [](int) { asked_to_stop = 1; };
    std::signal(SIGINT, stop);
    std::signal(SIGTERM, stop);
}

void Reporter::total(uint64_t count) {
    std::printf("total %llu\n", static_cast<unsigned long long>(count));
    std::fflush(stdout);
}

bool Reporter::stop_after(uint64_t done, uint64_t wrong) {
    if (asked_to_stop) return true;
    if (++calls_ & (one_of_ - 1)) return false;
    std::timespec now;
    std::timespec_get(&now, TIME_UTC);
    uint64_t ns = uint64_t(now.tv_sec) * 1000000000u + uint64_t(now.tv_nsec);
    if (ns - last_ns_ > 250000000u) {
        last_ns_ = ns;
        std::printf("done %llu %llu\n", static_cast<unsigned long long>(done),
                    static_cast<unsigned long long>(wrong));
        std::fflush(stdout);
    }
    return false;
}

bool Reporter::interrupted() const { return asked_to_stop != 0; }

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string hexadecimal(const unsigned char* bytes, unsigned count) {
    std::string digits;
    for (unsigned place = 2 * count; place--;) {
        unsigned digit = bytes[place / 2] >> 4 * (place % 2) & 15;
        if (digit || !digits.empty() || place == 0) digits += "0123456789abcdef"[digit];
    }
    return "0x" + digits;
}
