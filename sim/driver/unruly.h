// Frames into a model as no source should send them; what is transferred is known all the same.
#pragma once

#include "bench.h"

struct Misdeeds {  // counts of what AXI4-Stream forbids, or allows and nobody does
    uint64_t withdrawn = 0;  // tvalid fell before tready
    uint64_t changed = 0;    // tdata or tlast changed while a beat was waiting
    uint64_t garbage = 0;    // cycles with tvalid at 0 and random tdata and tlast
};

// One input stream. In a cycle it offers the beat that comes next, or something else, or nothing. If
// the model would take what is offered in place of the right beat, the right one is put there before
// the clock's edge: what is transferred is always the frame that was begun.
class Unruly {
public:
    explicit Unruly(const Input& in) : in_(in) {}
    // Begin a frame: of the pool, or without one a frame of random beats.
    // `spoilt` of its beats, if it has one, says that the frame is in error.
    void begin(const Frame* frame, unsigned beats, unsigned spoilt = ~0u);
    bool can_spoil() const { return in_.keep || in_.user; }
    bool busy() const { return beat_ != beats_; }
    bool offers() const { return *in_.valid.at; }
    void drive(Random& random);
    // After settling: the right beat must stand in for bait that would be taken. True if the model
    // has to settle once more.
    bool correct(Random& random);
    // Whether a beat is taken; `over` says whether it was the frame's last.
    bool observe(bool& over);
    void pause(Pause pause) { pause_ = pause; }

    Misdeeds misdeeds;

private:
    void offer(Random& random);
    void nonsense(Random& random);  // anything but valid
    void marks(Random& random);     // keep and user of the beat that comes next

    Input in_;
    const Frame* frame_ = nullptr;
    unsigned beats_ = 0, beat_ = 0, spoilt_ = ~0u;
    Pause pause_;
    bool bait_ = false, waited_ = false, waited_for_bait_ = false;
};

// Frames of right and wrong length, in the shares wanted, wrong ones also in long runs.
class Lengths {
public:
    explicit Lengths(double wrong) : mean_(wrong / (1.0 - wrong)) {}
    unsigned next(Random& random, unsigned beats);  // beats of the next frame, of so many if right

    uint64_t single = 0, shorter = 0, longer = 0, much_longer = 0;
    uint64_t wrong() const { return single + shorter + longer + much_longer; }

private:
    unsigned wrong_one(Random& random);

    unsigned beats_ = 0;
    double mean_;
    uint64_t left_ = 0;  // wrong ones before the next right one
    bool drawn_ = true;  // the first frame is a right one
};
