#include "trace.h"

Trace::Trace(Bench& bench, const Plan& plan) {
    static const char* const always[] = {
        "m_axis_tvalid", "s_axis_tready", "frame_dropped", "s_axis_h_tready", "channel_dropped",
        "channel_number", "channel_saturated", "tables_saturated", "matrices_saturated", "s_axis_ctrl_tready",
        "m_axis_status_tvalid"};
    static const char* const valid[] = {"m_axis_tdata", "m_axis_tlast", "m_axis_tuser",
                                        "m_axis_tkeep"};
    auto add = [&](const char* name, Port valid) {
        columns_.push_back({name, plan.port(*bench.model, name), valid});
    };
    for (const char* name : always) add(name, {});
    for (const char* name : valid) add(name, bench.results.valid);
    add("m_axis_status_tdata", bench.statuses.valid);
    for (size_t at = columns_.size(); at--;)
        if (!columns_[at].port) columns_.erase(columns_.begin() + at);
    for (const Column& column : columns_) width_ += column.port.bytes;
}

void Trace::capture(unsigned char* into) const {
    for (const Column& column : columns_) {
        if (!column.valid || *column.valid.at)
            std::memcpy(into, column.port.at, column.port.bytes);
        else
            std::memset(into, 0, column.port.bytes);
        into += column.port.bytes;
    }
}

std::string Trace::difference(const unsigned char* seen, const unsigned char* expected) const {
    for (const Column& column : columns_) {
        unsigned bytes = column.port.bytes;
        if (std::memcmp(seen, expected, bytes))
            return std::string(column.name) + " is " + hexadecimal(seen, bytes) + ", expected " +
                   hexadecimal(expected, bytes);
        seen += bytes, expected += bytes;
    }
    return "nothing";
}
