// A soak test: many frames, most of wrong length, from sources that break the rules of AXI.
#include "expected.h"
#include "unruly.h"

#include <cstdio>
#include <deque>
#include <stdexcept>

namespace {

constexpr uint64_t REGIME_CYCLES = 2000;  // then the pauses of all streams are drawn anew

class Soak {
public:
    explicit Soak(const Plan& plan);
    void run();
    void print() const;
    bool right() const { return fault_.empty(); }

private:
    void cycle(bool sending);
    void regime();
    void begin_symbols();
    void begin_word();
    void watch_statuses();
    void begin_context();
    bool context_may_follow() const;
    void watch_contexts();
    void watch_deadlock(bool symbols, bool contexts);
    void fail(const std::string& fault) {
        if (fault_.empty()) fault_ = fault;
    }

    const Plan& plan_;
    Bench bench_;
    Random random_;
    Reporter reporter_{4096};  // cycles
    Unruly symbols_, contexts_in_, words_in_;
    Lengths lengths_, context_lengths_;
    Contexts contexts_;
    Expected expected_;
    Pause stall_;
    std::vector<std::vector<unsigned>> choices_;  // by the lower of two neighbouring contexts
    std::vector<Port> reports_;
    std::deque<const Word*> words_;   // that wait for their stream
    std::deque<uint64_t> statuses_;   // that must come back
    Pause status_stall_;
    uint64_t status_ = 0;
    bool status_waits_ = false;
    uint64_t frames_ = 0, right_frames_ = 0, dropped_ = 0, in_a_row_ = 0, most_in_a_row_ = 0;
    uint64_t strobes_ = 0, context_strobes_ = 0, context_dropped_ = 0;
    unsigned frame_ = 0, context_ = 0, next_context_ = 0, context_beats_ = 0;
    int step_ = 1;
    bool good_ = false, context_good_ = false;
    bool spoils_;    // frames of right length may be in error
    uint64_t spoilt_ = 0;
    bool in_order_;  // every frame of the pool once, one after the other
    uint64_t epoch_ = 0, frame_epoch_ = 0, bound_, input_waits_ = 0, output_waits_ = 0;
    uint64_t longest_wait_ = 0;
    std::string fault_;
};

Soak::Soak(const Plan& plan)
    : plan_(plan), bench_(plan), random_(plan.number("seed")), symbols_(bench_.symbols),
      contexts_in_(bench_.contexts), words_in_(bench_.words),
      lengths_(double(plan.number("wrong_of_million")) / 1e6), context_lengths_(0.6),
      expected_(plan, bench_.results, contexts_), bound_(plan.number("bound_cycles")) {
    in_order_ = plan.number("in_order");
    spoils_ = symbols_.can_spoil() && plan.number("wrong_of_million");
    unsigned count = static_cast<unsigned>(plan.frames.size());
    size_t pairs = plan.contexts.empty() ? 1 : plan.contexts.size() - 1;
    choices_.resize(pairs);
    for (unsigned pair = 0; pair < pairs; ++pair)
        for (unsigned frame = 0; frame < count; ++frame)
            if (plan.results.count({pair, frame}) &&
                (!bench_.contexts || plan.results.count({pair + 1, frame})))
                choices_[pair].push_back(frame);
    for (auto& choice : choices_)
        if (choice.empty()) throw std::runtime_error("the pool has no frame for two contexts");
    for (auto& [name, values] : plan.reports)
        reports_.push_back(plan.port(*bench_.model, name.c_str()));
}

void Soak::regime() {
    static const Pause input[] = {{0, 1}, {200, 4}, {40, 60}, {700, 2}};
    static const Pause output[] = {{0, 1}, {200, 4}, {20, 300}, {800, 20}};
    symbols_.pause(input[random_.below(4)]);
    contexts_in_.pause(input[random_.below(3)]);
    stall_ = output[random_.below(4)];
    if (!bench_.words) return;
    words_in_.pause(input[random_.below(4)]);
    status_stall_ = output[random_.below(4)];
}

// A frame that is known under every context that it can meet: that in service and the next one.
void Soak::begin_symbols() {
    unsigned other = bench_.contexts ? next_context_ : 0;
    const std::vector<unsigned>& choice =
        choices_[bench_.contexts ? (context_ < other ? context_ : other) : 0];
    frame_ = choice[in_order_ ? frames_ % choice.size() : random_.below(choice.size())];
    unsigned beats = lengths_.next(random_, plan_.frames[frame_].beats());
    good_ = beats == plan_.frames[frame_].beats();
    frame_epoch_ = epoch_;
    ++frames_;
    const Frame* sent = good_ ? &plan_.frames[frame_] : nullptr;
    unsigned spoilt = ~0u;
    if (good_ && spoils_ && random_.chance(200)) {
        spoilt = static_cast<unsigned>(random_.below(beats));
        good_ = false;
        ++spoilt_;
    }
    symbols_.begin(sent, beats, spoilt);
    if (bench_.words) begin_word();
}

// The frame's word; some frames of wrong length have one that must not be taken.
void Soak::begin_word() {
    const Word* word = &plan_.words[frame_];
    if (!good_ && !plan_.invalid.empty() && random_.chance(200))
        word = &plan_.invalid[random_.below(plan_.invalid.size())];
    words_.push_back(word);
    statuses_.push_back(good_ ? word->expected : word->dropped);
}

// Words that come back, in the order of the frames.
void Soak::watch_statuses() {
    const Output& out = bench_.statuses;
    if (status_waits_ && (!*out.valid.at || out.data.value() != status_))
        return fail("a status word changed before it was taken");
    status_ = out.data.value();
    status_waits_ = *out.valid.at && !*out.ready.at;
    if (!out.taken()) return;
    if (statuses_.empty()) return fail("a status word of no frame");
    uint64_t expected = statuses_.front();
    if (status_ != expected)
        fail("status word " + hexadecimal(out.data.at, out.data.bytes) + ", expected " +
             std::to_string(expected));
    statuses_.pop_front();
}

void Soak::begin_context() {
    if (!context_beats_)
        context_beats_ = context_lengths_.next(random_, plan_.contexts[0].beats());
    bool good = context_beats_ == plan_.contexts[0].beats();
    if (good && !context_may_follow()) return;
    context_good_ = good;
    contexts_in_.begin(good ? &plan_.contexts[next_context_] : nullptr, context_beats_);
    context_beats_ = 0;
}

// The last one is in service, and no frame is on its way that was begun before that.
bool Soak::context_may_follow() const {
    if (contexts_.order.size() != contexts_.served) return false;
    bool sending = symbols_.busy() && good_ && frame_epoch_ < epoch_;
    return !sending && expected_.oldest_epoch() >= epoch_;
}

void Soak::watch_contexts() {
    uint64_t now = bench_.context_number.value();
    uint64_t mask = (uint64_t(1) << bench_.context_number.bits) - 1;
    if (now != (contexts_.served & mask)) {
        if (now != ((contexts_.served + 1) & mask) || contexts_.served == contexts_.order.size())
            return fail("channel_number became " + std::to_string(now) + " behind " +
                        std::to_string(contexts_.served) + " of " +
                        std::to_string(contexts_.order.size()) + " channels");
        ++contexts_.served;
        ++epoch_;
        // From here on the frames are those of the new one and the one behind it.
        context_ = contexts_.order.back();
        if (context_ + 1 == plan_.contexts.size()) step_ = -1;
        if (context_ == 0) step_ = 1;
        next_context_ = context_ + static_cast<unsigned>(step_);
    }
    if (!contexts_.served) return;
    for (size_t report = 0; report < reports_.size(); ++report) {
        auto& [name, values] = plan_.reports[report];
        uint64_t wanted = values[contexts_.order[contexts_.served - 1]];
        if (reports_[report].value() != wanted)
            fail(name + " is " + std::to_string(reports_[report].value()) + ", expected " +
                 std::to_string(wanted));
    }
}

// Cycles in which the output could leave, nothing moves, and something should.
void Soak::watch_deadlock(bool symbols, bool contexts) {
    bool ready = *bench_.results.ready.at;
    bool offered = symbols_.offers() || (bench_.contexts && contexts_in_.offers());
    input_waits_ = symbols || contexts || !offered ? 0 : input_waits_ + ready;
    output_waits_ = bench_.results.taken() || !expected_.due() ? 0 : output_waits_ + ready;
    for (uint64_t waits : {input_waits_, output_waits_})
        if (waits > longest_wait_) longest_wait_ = waits;
    if (input_waits_ > bound_)
        fail("deadlock: no beat was taken in " + std::to_string(bound_) + " cycles");
    if (output_waits_ > bound_)
        fail("deadlock: " + std::to_string(expected_.due()) + " results are due, none came in " +
             std::to_string(bound_) + " cycles");
}

void Soak::cycle(bool sending) {
    if (bench_.cycles % REGIME_CYCLES == 0) regime();
    if (sending && !symbols_.busy() && words_.size() < 4) begin_symbols();
    if (sending && bench_.contexts && !contexts_in_.busy()) begin_context();
    symbols_.drive(random_);
    if (bench_.contexts) contexts_in_.drive(random_);
    if (bench_.words) {
        if (!words_in_.busy() && !words_.empty()) {
            words_in_.begin(&words_.front()->given, 1);
            words_.pop_front();
        }
        words_in_.drive(random_);
        *bench_.statuses.ready.at = !sending || !status_stall_.now(random_);
    }
    *bench_.results.ready.at = !sending || !stall_.now(random_);
    bench_.settle();
    for (bool again = true; again;) {
        again = symbols_.correct(random_);
        if (bench_.contexts && contexts_in_.correct(random_)) again = true;
        if (bench_.words && words_in_.correct(random_)) again = true;
        if (again) bench_.settle();
    }
    bool over = false, context_over = false;
    bool symbols = symbols_.observe(over);
    bool contexts = bench_.contexts && contexts_in_.observe(context_over);
    if (over && good_) {
        expected_.give(frame_, in_a_row_, frame_epoch_);
        in_a_row_ = 0;
        ++right_frames_;
    } else if (over) {
        ++dropped_;
        if (++in_a_row_ > most_in_a_row_) most_in_a_row_ = in_a_row_;
    }
    if (context_over && context_good_) contexts_.order.push_back(next_context_);
    if (context_over && !context_good_) ++context_dropped_;
    if (bench_.dropped) strobes_ += *bench_.dropped.at;
    if (bench_.context_dropped) context_strobes_ += *bench_.context_dropped.at;
    if (bench_.contexts) watch_contexts();
    if (bench_.words) {
        bool word_over = false;
        words_in_.observe(word_over);
        watch_statuses();
    }
    if (!expected_.check()) fail(expected_.fault);
    watch_deadlock(symbols, contexts);
    bench_.edge();
}

void Soak::run() {
    uint64_t frames = plan_.number("frames");
    reporter_.total(frames);
    bench_.reset(4);
    bench_.apply(plan_);
    while (fault_.empty() && (frames_ < frames || symbols_.busy())) {
        cycle(true);
        if (frames_ == frames && !symbols_.busy()) break;
        if (reporter_.stop_after(frames_, 0)) return;
    }
    auto unfinished = [&] {
        return expected_.due() || contexts_in_.busy() || !statuses_.empty();
    };
    while (fault_.empty() && unfinished() && !reporter_.interrupted()) cycle(false);
    for (uint64_t drain = bound_; fault_.empty() && drain--;) cycle(false);
    auto compare = [&](const Port& port, const char* name, uint64_t seen, uint64_t wanted) {
        if (port && seen != wanted)
            fail(std::to_string(wanted) + " frames of wrong length or in error, " + name + " strobed " +
                 std::to_string(seen) + " times");
    };
    if (!fault_.empty() || reporter_.interrupted()) return;
    compare(bench_.dropped, "frame_dropped", strobes_, dropped_);
    compare(bench_.context_dropped, "channel_dropped", context_strobes_, context_dropped_);
}

void Soak::print() const {
    std::string text = "{";
    auto add = [&](const char* name, uint64_t value) {
        text += quoted(name) + ": " + std::to_string(value) + ", ";
    };
    add("frames", frames_);
    add("right", right_frames_);
    add("results", expected_.results);
    add("length_1", lengths_.single);
    add("too_short", lengths_.shorter);
    add("too_long", lengths_.longer);
    add("very_long", lengths_.much_longer);
    add("in_error", spoilt_);
    add("most_dropped_in_a_row", most_in_a_row_);
    add("results_with_saturated_count", expected_.saturated);
    auto all = [&](uint64_t Misdeeds::*kind) {
        return symbols_.misdeeds.*kind + contexts_in_.misdeeds.*kind + words_in_.misdeeds.*kind;
    };
    add("withdrawn", all(&Misdeeds::withdrawn));
    add("changed_while_waiting", all(&Misdeeds::changed));
    add("garbage_while_idle", all(&Misdeeds::garbage));
    add("stalled_cycles", expected_.stalled);
    add("overtaken", expected_.overtaken);
    add("contexts", contexts_.served);
    add("wrong_contexts", context_dropped_);
    add("longest_wait_cycles", longest_wait_);
    add("bound_cycles", bound_);
    add("cycles", bench_.cycles);
    text += std::string("\"interrupted\": ") + (reporter_.interrupted() ? "true" : "false");
    std::string fault = fault_;
    if (!fault.empty()) fault = "frame " + std::to_string(frames_) + " given, " + fault;
    text += ", \"fault\": " + (fault.empty() ? "null" : quoted(fault)) + "}";
    std::printf("result %s\n", text.c_str());
}

}  // namespace

int soak(const Plan& plan) {
    Soak soak(plan);
    soak.run();
    soak.print();
    return soak.right() ? 0 : 1;
}
