#include "traffic.h"

void Feed::drive(Random& random) {
    if (!offered_) {
        if (done() || pause_.now(random)) {
            *in_.valid.at = 0;
            if (random.chance(128)) garbage(in_.data, random), *in_.last.at = random.chance(512);
            return;
        }
        offered_ = true;
        const Frame& frame = pool_[frames_[next_].frame];
        in_.data.load(frame.beat(beat_ % frame.beats()));
        *in_.last.at = beat_ + 1 == frames_[next_].beats;
        *in_.valid.at = 1;
    }
}

void Feed::observe() {
    if (!offered_ || !*in_.ready.at) return;
    offered_ = false;
    if (++beat_ == frames_[next_].beats) beat_ = 0, ++next_;
}

Traffic::Traffic(Bench& bench, const Plan& plan, const Shape& shape, uint64_t seed)
    : bench_(bench), plan_(plan), random_(seed) {
    static const Pause input[PACES] = {{0, 1}, {200, 3}, {0, 1}, {60, 60}, {0, 1}};
    static const Pause output[PACES] = {{0, 1}, {200, 3}, {30, 200}, {60, 60}, {1024, 2}};
    stall_ = output[shape.pace];
    std::vector<Sent> frames = draw(plan.frames, shape.frames, shape.wrong_of_1024);
    for (const Sent& sent : frames) right_ += sent.beats == plan.frames[sent.frame].beats();
    if (bench.words) {
        for (const Word& word : plan.words) words_.push_back(word.given);
        std::vector<Sent> words;
        for (const Sent& sent : frames) words.push_back({sent.frame, 1});
        feeds_.emplace_back(bench.words, words_, std::move(words), input[shape.pace]);
    }
    feeds_.emplace_back(bench.symbols, plan.frames, std::move(frames), input[shape.pace]);
    if (bench.contexts)
        feeds_.emplace_back(bench.contexts, plan.contexts,
                            draw(plan.contexts, shape.contexts, shape.wrong_of_1024),
                            input[shape.pace]);
}

// So many frames of the right length, the last one's too, with others between them.
std::vector<Sent> Traffic::draw(const std::vector<Frame>& pool, unsigned count, unsigned wrong) {
    std::vector<Sent> frames;
    for (unsigned done = 0; done < count;) {
        unsigned frame = static_cast<unsigned>(random_.below(pool.size()));
        unsigned beats = pool[frame].beats();
        if (random_.chance(wrong)) {
            unsigned length = 1 + static_cast<unsigned>(random_.below(2 * beats + 1));
            if (length != beats) frames.push_back({frame, length});
        } else {
            frames.push_back({frame, beats});
            ++done;
        }
    }
    return frames;
}

void Traffic::drive() {
    const std::vector<Write>& writes = plan_.writes;
    if (written_ <= writes.size() && !writes.empty()) {
        bool over = written_ == writes.size();
        for (auto& [name, value] : writes[over ? written_ - 1 : written_].values)
            plan_.port(*bench_.model, name.c_str()).set(over ? 0 : value);
        ++written_;
        bench_.idle_inputs();
    } else {
        for (Feed& feed : feeds_) feed.drive(random_);
    }
    *bench_.results.ready.at = !stall_.now(random_);
    if (bench_.words) *bench_.statuses.ready.at = !stall_.now(random_);
}

void Traffic::observe() {
    for (Feed& feed : feeds_) feed.observe();
}

bool Traffic::done() const {
    for (const Feed& feed : feeds_)
        if (!feed.done()) return false;
    return true;
}
