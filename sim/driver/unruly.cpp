#include "unruly.h"

void Unruly::begin(const Frame* frame, unsigned beats, unsigned spoilt) {
    frame_ = frame;
    beats_ = beats;
    spoilt_ = spoilt;
    beat_ = 0;
}

void Unruly::nonsense(Random& random) {
    garbage(in_.data, random);
    *in_.last.at = random.chance(512);
    if (in_.keep) garbage(in_.keep, random);
    if (in_.user) garbage(in_.user, random);
}

// A source may leave out the padding of the last beat, or send it.
void Unruly::marks(Random& random) {
    bool last = beat_ + 1 == beats_, error = beat_ == spoilt_;
    bool by_keep = error && in_.keep && (!in_.user || random.chance(512));
    if (in_.user) in_.user.set(error && !by_keep);
    if (!in_.keep) return;
    unsigned needed = last ? in_.last_bytes : in_.keep.bits;
    in_.keep.set_ones(last && random.chance(512) ? needed : in_.keep.bits);
    if (by_keep) {
        unsigned missing = static_cast<unsigned>(random.below(needed));
        in_.keep.at[missing / 8] &= static_cast<unsigned char>(~(1u << missing % 8));
    }
}

void Unruly::offer(Random& random) {
    if (frame_)
        in_.data.load(frame_->beat(beat_ % frame_->beats()));
    else
        garbage(in_.data, random);
    *in_.last.at = beat_ + 1 == beats_;
    if (can_spoil()) marks(random);
    *in_.valid.at = 1;
}

void Unruly::drive(Random& random) {
    bool idle = !busy() || pause_.now(random) || (waited_ && random.chance(60));
    bait_ = !idle && random.chance(250);
    if (waited_ && idle) ++misdeeds.withdrawn;
    if (waited_ && !idle && (bait_ || waited_for_bait_ || !frame_)) ++misdeeds.changed;
    if (idle) {
        *in_.valid.at = 0;
        if (random.chance(512)) {
            nonsense(random);
            ++misdeeds.garbage;
        }
    } else if (bait_) {
        nonsense(random);
        *in_.valid.at = 1;
    } else {
        offer(random);
    }
}

bool Unruly::correct(Random& random) {
    if (!bait_ || !*in_.ready.at) return false;
    offer(random);
    bait_ = false;
    return true;
}

bool Unruly::observe(bool& over) {
    waited_ = *in_.valid.at && !*in_.ready.at;
    waited_for_bait_ = waited_ && bait_;
    if (!in_.taken()) return over = false;
    over = ++beat_ == beats_;
    return true;
}

unsigned Lengths::next(Random& random, unsigned beats) {
    beats_ = beats;
    if (!drawn_) {
        drawn_ = true;
        // Half of the gaps are short ones, so that the count of dropped frames is seen below its end.
        if (mean_ > 3)
            left_ = random.chance(512) ? random.below(4)
                                       : random.below(static_cast<uint64_t>(4 * mean_ - 3) + 1);
        else
            for (left_ = 0; random.below(1000000) < 1000000 * mean_ / (1 + mean_);) ++left_;
    }
    if (left_) {
        --left_;
        return wrong_one(random);
    }
    drawn_ = false;
    return beats_;
}

unsigned Lengths::wrong_one(Random& random) {
    switch (random.below(8)) {
        case 0:
        case 1:
            if (beats_ > 1) return ++single, 1;
            break;
        case 2:
            return ++longer, beats_ + 1;
        case 3:
            return ++longer, beats_ + 1 + static_cast<unsigned>(random.below(beats_ + 2));
        case 4:
            if (random.below(16) == 0)
                return ++much_longer, 8 * beats_ + static_cast<unsigned>(random.below(8 * beats_));
            break;
        default:
            break;
    }
    if (beats_ > 2) return ++shorter, 2 + static_cast<unsigned>(random.below(beats_ - 2));
    if (beats_ > 1) return ++single, 1;
    return ++longer, 2 + static_cast<unsigned>(random.below(3));
}
