// The streams of one model, and its clock.
#pragma once

#include "plan.h"

#include <memory>

struct Input {
    Port data, valid, ready, last;
    Port keep, user;              // of some; user says that the frame is in error
    unsigned last_bytes = 0;      // of a frame's last beat, those that keep must have

    explicit operator bool() const { return bool(data); }
    bool taken() const { return *valid.at && *ready.at; }
};

struct Output {
    Port data, valid, ready, last, user;
    Port keep;                // of some
    unsigned last_bytes = 0;  // of a frame's last beat

    bool taken() const { return *valid.at && *ready.at; }
};

// A model with its ports. A cycle is: set inputs, settle() (outputs and what is taken are known), edge().
struct Bench {
    std::unique_ptr<Model> model;
    Port clk, rst;
    Input symbols, contexts, words;
    Output results, statuses;
    Port dropped, context_dropped, context_number;
    uint64_t cycles = 0;
    unsigned char no_last = 0;  // in place of the tlast that words do not have

    explicit Bench(const Plan& plan);
    void settle() {
        *clk.at = 0;
        model->eval();
    }
    void edge() {
        *clk.at = 1;
        model->eval();
        ++cycles;
    }
    void idle_inputs();
    // rst for so many cycles, the inputs idle; the cycle after has rst at 0.
    void reset(unsigned for_cycles);
    // The writes of the plan, one a cycle, the other inputs idle.
    void apply(const Plan& plan);
};

// Says how far it is, a few times a second, and whether to stop because of Ctrl-C.
class Reporter {
public:
    // It looks at the clock in one of so many calls, a power of two.
    explicit Reporter(unsigned one_of);
    void total(uint64_t count);
    bool stop_after(uint64_t done, uint64_t wrong);
    bool interrupted() const;

private:
    uint64_t last_ns_ = 0;
    unsigned calls_ = 0, one_of_;
};

// Text as a JSON string; what is said here has no character to escape but these.
std::string quoted(const std::string& text);
std::string hexadecimal(const unsigned char* bytes, unsigned count);

int resets(const Plan& plan);
int soak(const Plan& plan);
