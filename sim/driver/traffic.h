// Frames into a model as AXI4-Stream wants it: what is offered stays until it is taken.
#pragma once

#include "bench.h"

struct Sent {  // a frame of the pool, its beats repeated or cut to a length
    unsigned frame, beats;
};

class Feed {
public:
    Feed(const Input& in, const std::vector<Frame>& pool, std::vector<Sent> frames, Pause pause)
        : in_(in), pool_(pool), frames_(std::move(frames)), pause_(pause) {}
    void drive(Random& random);  // before the outputs settle
    void observe();              // when they have
    bool done() const { return next_ == frames_.size(); }

private:
    Input in_;
    const std::vector<Frame>& pool_;
    std::vector<Sent> frames_;
    Pause pause_;
    size_t next_ = 0;
    unsigned beat_ = 0;
    bool offered_ = false;
};

// How much of everything.
struct Shape {
    unsigned frames;          // on the first stream
    unsigned contexts;        // on the second one, if there is one
    unsigned wrong_of_1024;   // frames of a wrong length among them
    unsigned pace;            // one of the following
};

// Full speed; random pauses; long ones of the output; long ones of both; an output that is stuck.
enum Pace : unsigned { FULL, LIGHT, STALLS, BOTH, STUCK, PACES };

// All streams of a model, from a seed. The first `writes` cycles write the plan's values to ports.
class Traffic {
public:
    Traffic(Bench& bench, const Plan& plan, const Shape& shape, uint64_t seed);
    void drive();
    void observe();
    bool done() const;
    unsigned right() const { return right_; }  // frames of the right length on the first stream

private:
    std::vector<Sent> draw(const std::vector<Frame>& pool, unsigned count, unsigned wrong);

    Bench& bench_;
    const Plan& plan_;
    Random random_;
    unsigned right_ = 0;
    size_t written_ = 0;
    Pause stall_;
    std::vector<Frame> words_;
    std::vector<Feed> feeds_;
};
