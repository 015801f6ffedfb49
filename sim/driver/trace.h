// Outputs of a model, cycle by cycle, as far as they mean something.
#pragma once

#include "bench.h"

// Cycles side by side, `width` bytes each: the outputs that always count, then those of streams
// that count while tvalid is 1 and are 0 here otherwise.
class Trace {
public:
    Trace(Bench& bench, const Plan& plan);
    unsigned width() const { return width_; }
    void capture(unsigned char* into) const;
    // The first output in which two cycles differ, in words.
    std::string difference(const unsigned char* seen, const unsigned char* expected) const;

private:
    struct Column {
        const char* name;
        Port port;
        Port valid;  // without one it always counts
    };
    std::vector<Column> columns_;
    unsigned width_ = 0;
};
