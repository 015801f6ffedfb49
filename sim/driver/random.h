// Random numbers that are the same on every machine, and pauses drawn from them.
#pragma once

#include <cstdint>

// SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}
    uint64_t next() {
        uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    uint64_t below(uint64_t count) { return next() % count; }
    bool chance(unsigned of_1024) { return (next() & 1023) < of_1024; }

private:
    uint64_t state_;
};

// When a stream pauses: in a running cycle it begins to, with a chance, for up to so many cycles.
struct Pause {
    unsigned of_1024 = 0, longest = 1, left = 0;

    bool now(Random& random) {
        if (left) return --left, true;
        if (!of_1024 || !random.chance(of_1024)) return false;
        left = static_cast<unsigned>(random.below(longest));
        return true;
    }
};
