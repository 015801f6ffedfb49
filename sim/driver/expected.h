// What must come out: result after result, in order or by tag, each right in every beat.
#pragma once

#include "bench.h"

#include <deque>

// Contexts of the second stream: which were transferred, which is in service.
struct Contexts {
    std::vector<unsigned> order;  // those transferred, by their place in the pool
    uint64_t served = 0;          // how many of them have come into service
    uint64_t met = 0;             // the one that the last result met, from 1
};

class Expected {
public:
    Expected(const Plan& plan, const Output& results, Contexts& contexts);
    // A frame of right length was transferred, so many wrong ones directly before it.
    void give(unsigned frame, uint64_t dropped, uint64_t epoch);
    // The outputs of a cycle; false if they are wrong, and `fault` says how.
    bool check();

    uint64_t results = 0, saturated = 0, stalled = 0, overtaken = 0;
    size_t due() const { return due_.size(); }
    uint64_t oldest_epoch() const { return due_.empty() ? ~uint64_t(0) : due_.front().epoch; }
    std::string fault;

private:
    struct Due {
        unsigned frame;
        uint64_t dropped, tag, epoch;
    };
    bool begin(uint64_t user);
    bool wrong(const std::string& what);

    const Plan& plan_;
    Output out_;
    Contexts& contexts_;
    Field tag_, dropped_, context_;
    std::deque<Due> due_;
    uint64_t given_ = 0, user_ = 0;
    const Result* result_ = nullptr;  // of the frame that is coming out
    unsigned beat_ = 0, frame_ = 0;
    std::vector<unsigned char> offered_;  // a beat that was not taken: it must stay
    bool waiting_ = false;
};
