#include "expected.h"

Expected::Expected(const Plan& plan, const Output& results_port, Contexts& contexts)
    : plan_(plan), out_(results_port), contexts_(contexts), tag_(plan.field("tag")),
      dropped_(plan.field("dropped")), context_(plan.field("context")) {
    offered_.resize(out_.data.bytes + out_.user.bytes + 1);
}

void Expected::give(unsigned frame, uint64_t dropped, uint64_t epoch) {
    if (dropped_ && dropped > dropped_.mask()) dropped = dropped_.mask();
    due_.push_back({frame, dropped, tag_ ? given_ & tag_.mask() : 0, epoch});
    ++given_;
}

bool Expected::wrong(const std::string& what) {
    fault = "result " + std::to_string(results + 1) +
            (result_ ? " (frame " + std::to_string(frame_) + " of the pool)" : "") + ": " + what;
    return false;
}

// Which frame this result belongs to, and what its m_axis_tuser must be.
bool Expected::begin(uint64_t user) {
    result_ = nullptr;
    if (due_.empty()) return wrong("it belongs to no frame that was given");
    size_t place = 0;
    if (tag_) {
        while (place < due_.size() && due_[place].tag != tag_.of(user)) ++place;
        if (place == due_.size())
            return wrong("no frame in flight has tag " + std::to_string(tag_.of(user)));
        overtaken += place != 0;
    }
    Due due = due_[place];
    due_.erase(due_.begin() + static_cast<long>(place));
    frame_ = due.frame;
    unsigned context = 0;
    if (context_) {
        uint64_t met = contexts_.met + ((context_.of(user) - contexts_.met) & context_.mask());
        if (met == 0 || met > contexts_.served)
            return wrong("context " + std::to_string(context_.of(user)) + " is not in service");
        contexts_.met = met;
        context = contexts_.order[met - 1];
    }
    auto found = plan_.results.find({context, due.frame});
    if (found == plan_.results.end())
        return wrong("it met context " + std::to_string(context_.of(user)) + ", which had left");
    result_ = &found->second;
    user_ = result_->user | due.dropped << dropped_.lowest | due.tag << tag_.lowest;
    if (context_) user_ |= context_.of(user) << context_.lowest;
    saturated += dropped_ && due.dropped == dropped_.mask();
    beat_ = 0;
    return true;
}

bool Expected::check() {
    unsigned bytes = out_.data.bytes;
    if (waiting_) {
        bool same = *out_.valid.at && !std::memcmp(&offered_[0], out_.data.at, bytes) &&
                    !std::memcmp(&offered_[bytes], out_.user.at, out_.user.bytes) &&
                    offered_.back() == *out_.last.at;
        if (!same) return wrong("m_axis changed a beat that was offered before it was taken");
    }
    waiting_ = *out_.valid.at && !*out_.ready.at;
    if (waiting_) {
        ++stalled;
        std::memcpy(&offered_[0], out_.data.at, bytes);
        std::memcpy(&offered_[bytes], out_.user.at, out_.user.bytes);
        offered_.back() = *out_.last.at;
    }
    if (!out_.taken()) return true;
    uint64_t user = out_.user.value();
    if (beat_ == 0 && !begin(user)) return false;
    const Frame& beats = result_->beats;
    auto at = [&] { return "beat " + std::to_string(beat_) + ": "; };
    if (std::memcmp(out_.data.at, beats.beat(beat_), bytes))
        return wrong(at() + "tdata " + hexadecimal(out_.data.at, bytes) + ", expected " +
                     hexadecimal(beats.beat(beat_), bytes));
    if (user != user_) {
        Port expected = out_.user;
        expected.at = reinterpret_cast<unsigned char*>(&user_);
        return wrong(at() + "tuser " + hexadecimal(out_.user.at, out_.user.bytes) + ", expected " +
                     hexadecimal(expected.at, out_.user.bytes));
    }
    bool last = beat_ + 1 == beats.beats();
    if (out_.keep && !out_.keep.is_ones(last ? out_.last_bytes : out_.keep.bits))
        return wrong(at() + "tkeep " + hexadecimal(out_.keep.at, out_.keep.bytes) + ", expected " +
                     std::to_string(last ? out_.last_bytes : out_.keep.bits) + " ones");
    if (*out_.last.at != last) return wrong(at() + (last ? "tlast is 0" : "tlast is 1"));
    beat_ = last ? 0 : beat_ + 1;
    if (last) ++results, result_ = nullptr;
    return true;
}
