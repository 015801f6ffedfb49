// Short resets against a long one: what follows must be the same, cycle by cycle.
//
// A reference is recorded on a fresh model: a long reset, then a fixed stimulus. A trial is random
// traffic for t cycles, a reset of L cycles in which the inputs go on, and then the same stimulus.
// The last reference has no stimulus: nothing may happen.
#include "trace.h"
#include "traffic.h"

#include <cstdio>

namespace {

constexpr unsigned LONG_RESET = 64, REFERENCES = 4;
constexpr unsigned LEAST_CYCLES = 400;  // of flowing traffic at least, for --every-cycle

struct Reference {
    uint64_t seed;
    Shape shape;
    std::vector<unsigned char> cycles;
    unsigned beats = 0;  // results' beats that are taken
};

class Resets {
public:
    explicit Resets(const Plan& plan) : plan_(plan), bench_(plan), trace_(bench_, plan) {}
    void run();
    void print() const;
    bool right() const { return !wrong_ && first_.empty(); }

private:
    bool record(uint64_t seed, const Shape& shape);
    void add_window(uint64_t seed, const Shape& shape);
    void every_cycle();
    void at_random();
    uint64_t cycles() const {  // of all windows
        uint64_t sum = 0;
        for (const Window& window : windows_) sum += window.cycles;
        return sum;
    }
    bool trial(const Shape& shape, uint64_t seed, unsigned after, unsigned length, unsigned which);
    void flow(Traffic& traffic, unsigned cycles);
    bool cut(Traffic& traffic, const Shape& shape, uint64_t seed, unsigned after, unsigned length,
             unsigned which);

    const Plan& plan_;
    Bench bench_;
    Trace trace_;
    Reporter reporter_{16};  // trials
    std::vector<Reference> references_;
    struct Window {  // a traffic, and the cycles until all of it has left or nothing moves
        uint64_t seed;
        Shape shape;
        unsigned cycles;
    };
    std::vector<Window> windows_;  // the first one is of an output that is stuck
    uint64_t trials_ = 0, wrong_ = 0, phantoms_ = 0;
    std::string first_;
};

uint64_t mixed(uint64_t seed, uint64_t number) {
    return Random(seed * 0x2545f4914f6cdd1du + number).next();
}

void Resets::run() {
    uint64_t seed = plan_.number("seed");
    auto number = [&](const char* name) { return static_cast<unsigned>(plan_.number(name)); };
    Shape flowing = {number("traffic_frames"), number("traffic_contexts"), 300, FULL};
    Shape stuck = {number("stuck_frames"), number("traffic_contexts"), 300, STUCK};
    for (unsigned which = 0; which < REFERENCES; ++which)
        if (!record(mixed(seed, which), {2 + which % 2, 1, 300, LIGHT})) return;
    if (!record(0, {0, 0, 0, FULL})) return;
    uint64_t resets = plan_.number("resets"), every = plan_.number("every_cycle");
    add_window(seed, stuck);
    uint64_t least = cycles() + (every ? LEAST_CYCLES : 1);
    while (cycles() < least) add_window(seed + windows_.size(), flowing);
    reporter_.total(resets + (every ? 2 * cycles() * plan_.numbers.at("lengths").size() : 0));
    if (every) every_cycle();
    if (resets) at_random();
}

// A reference ends when its last result has left, and not before any frame could have come out.
bool Resets::record(uint64_t seed, const Shape& shape) {
    Bench fresh(plan_);
    Trace trace(fresh, plan_);
    fresh.reset(LONG_RESET);
    Reference reference{seed, shape, {}};
    Traffic stimulus(fresh, plan_, shape, seed);
    uint64_t quiet = plan_.number("quiet_cycles"), needed = plan_.number("idle_cycles");
    std::vector<unsigned char> cycle(trace.width());
    unsigned last = 0, frames = 0;
    for (unsigned now = 0; now < last + quiet || now < needed; ++now) {
        stimulus.drive();
        fresh.settle();
        stimulus.observe();
        trace.capture(cycle.data());
        reference.cycles.insert(reference.cycles.end(), cycle.begin(), cycle.end());
        if (fresh.results.taken()) {
            ++reference.beats;
            frames += *fresh.results.last.at;
        }
        if (fresh.results.taken() || fresh.symbols.taken()) last = now + 1;
        if (fresh.contexts && fresh.contexts.taken()) last = now + 1;
        fresh.edge();
    }
    if (frames != stimulus.right() || !stimulus.done()) {
        first_ = "after a long reset " + std::to_string(stimulus.right()) + " frames are due and " +
                 std::to_string(frames) + " come out: there is nothing to compare with";
        return false;
    }
    uint64_t end = last + 2 > needed ? last + 2 : needed;
    reference.cycles.resize(end * trace.width());
    references_.push_back(std::move(reference));
    return true;
}

void Resets::add_window(uint64_t seed, const Shape& shape) {
    bench_.reset(LONG_RESET);
    Traffic traffic(bench_, plan_, shape, seed);
    uint64_t quiet = plan_.number("quiet_cycles");
    unsigned last = 0;
    for (unsigned now = 0; now < last + quiet; ++now) {
        traffic.drive();
        bench_.settle();
        traffic.observe();
        if (bench_.results.taken() || bench_.symbols.taken()) last = now + 1;
        if (bench_.contexts && bench_.contexts.taken()) last = now + 1;
        bench_.edge();
    }
    windows_.push_back({seed, shape, last + 1});
}

// The traffic flows once; all trials of a cycle begin in the state that it has reached.
void Resets::every_cycle() {
    std::vector<unsigned char> here;
    for (const Window& window : windows_) {
        bench_.reset(LONG_RESET);
        Traffic traffic(bench_, plan_, window.shape, window.seed);
        for (unsigned after = 0; after < window.cycles; ++after) {
            bench_.model->save(here);
            for (uint64_t length : plan_.numbers.at("lengths"))
                for (unsigned which : {unsigned(after + length) % REFERENCES, REFERENCES}) {
                    Traffic goes_on = traffic;
                    cut(goes_on, window.shape, window.seed, after, static_cast<unsigned>(length),
                        which);
                    bench_.model->load(here);
                    if (reporter_.stop_after(trials_, wrong_)) return;
                }
            flow(traffic, 1);
        }
    }
}

void Resets::at_random() {
    const std::vector<uint64_t>& lengths = plan_.numbers.at("lengths");
    Random random(plan_.number("seed") + 1);
    for (uint64_t number = plan_.number("resets"); number--;) {
        Shape shape = windows_[0].shape;
        shape.pace = static_cast<unsigned>(random.below(PACES));
        unsigned cycles = windows_[shape.pace != STUCK].cycles;
        if (shape.pace == STALLS || shape.pace == BOTH) cycles *= 2;
        auto after = static_cast<unsigned>(random.below(cycles));
        auto length = static_cast<unsigned>(lengths[random.below(lengths.size())]);
        auto which = static_cast<unsigned>(random.below(REFERENCES + 1));
        // The traffic begins in what the trial before has left: a channel may be in service.
        if (!trial(shape, random.next(), after, length, which)) bench_.reset(LONG_RESET);
        if (reporter_.stop_after(trials_, wrong_)) return;
    }
}

bool Resets::trial(const Shape& shape, uint64_t seed, unsigned after, unsigned length,
                   unsigned which) {
    Traffic traffic(bench_, plan_, shape, seed);
    flow(traffic, after);
    return cut(traffic, shape, seed, after, length, which);
}

void Resets::flow(Traffic& traffic, unsigned cycles) {
    while (cycles--) {
        traffic.drive();
        bench_.settle();
        traffic.observe();
        bench_.edge();
    }
}

// A reset after so many cycles of a traffic, which goes on in it, and what follows.
bool Resets::cut(Traffic& traffic, const Shape& shape, uint64_t seed, unsigned after,
                 unsigned length, unsigned which) {
    ++trials_;
    *bench_.rst.at = 1;
    flow(traffic, length);
    *bench_.rst.at = 0;
    const Reference& reference = references_[which];
    Traffic stimulus(bench_, plan_, reference.shape, reference.seed);
    unsigned width = trace_.width(), beats = 0;
    unsigned end = static_cast<unsigned>(reference.cycles.size() / width);
    std::vector<unsigned char> seen(width);
    bool same = true;
    for (unsigned cycle = 0; cycle < end; ++cycle) {
        stimulus.drive();
        bench_.settle();
        stimulus.observe();
        beats += bench_.results.taken();
        if (same) {
            const unsigned char* expected = &reference.cycles[cycle * width];
            trace_.capture(seen.data());
            if (std::memcmp(seen.data(), expected, width)) {
                same = false;
                if (!wrong_++)
                    first_ = "trial " + std::to_string(trials_) + ": reset of " +
                             std::to_string(length) + " cycles after " + std::to_string(after) +
                             " cycles of traffic (seed " + std::to_string(seed) + ", pace " +
                             std::to_string(shape.pace) + "): cycle " + std::to_string(cycle) +
                             " behind it, " + trace_.difference(seen.data(), expected);
            }
        }
        bench_.edge();
    }
    phantoms_ += beats > reference.beats;
    return same;
}

void Resets::print() const {
    auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf("result {\"trials\": %llu, \"wrong\": %llu, \"phantoms\": %llu, "
                "\"cycles\": %llu, \"window_cycles\": %llu, \"interrupted\": %s, \"fault\": %s}\n",
                number(trials_), number(wrong_), number(phantoms_), number(bench_.cycles), number(cycles()),
                reporter_.interrupted() ? "true" : "false",
                first_.empty() ? "null" : quoted(first_).c_str());
}

}  // namespace

int resets(const Plan& plan) {
    Resets resets(plan);
    resets.run();
    resets.print();
    return resets.right() ? 0 : 1;
}
