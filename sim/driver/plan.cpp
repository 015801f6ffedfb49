#include "plan.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace {

// Hexadecimal, highest digit first, to `width` bytes, lowest first.
void append_beat(std::vector<unsigned char>& bytes, const std::string& digits, unsigned width) {
    size_t first = bytes.size();
    bytes.resize(first + width);
    for (size_t place = 0; place < digits.size(); ++place) {
        char digit = digits[digits.size() - 1 - place];
        unsigned value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
        if (place / 2 < width) bytes[first + place / 2] |= value << 4 * (place % 2);
    }
}

Frame read_frame(std::istringstream& line, unsigned width) {
    Frame frame;
    frame.width = width;
    for (std::string digits; line >> digits;) append_beat(frame.bytes, digits, width);
    if (frame.bytes.empty()) throw std::runtime_error("plan: a frame without beats");
    return frame;
}

unsigned storage(unsigned bits) {  // bytes that Verilator keeps a port of so many bits in
    return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : bits <= 64 ? 8 : (bits + 31) / 32 * 4;
}

}  // namespace

Plan read_plan(const char* path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("the plan cannot be read");
    Plan plan;
    for (std::string text, word, name; std::getline(file, text);) {
        std::istringstream line(text);
        line >> word;
        auto width = [&](const char* port) { return storage(plan.bits.at(port)); };
        if (word == "port") {
            line >> name >> plan.bits[name];
        } else if (word == "number") {
            line >> name;
            for (uint64_t value; line >> value;) plan.numbers[name].push_back(value);
        } else if (word == "field") {
            Field field;
            line >> name >> field.lowest >> field.bits;
            plan.fields[name] = field;
        } else if (word == "frame") {
            plan.frames.push_back(read_frame(line, width("s_axis_tdata")));
        } else if (word == "context") {
            plan.contexts.push_back(read_frame(line, width("s_axis_h_tdata")));
        } else if (word == "result") {
            unsigned context, number;
            Result result;
            line >> context >> number >> result.user;
            result.beats = read_frame(line, width("m_axis_tdata"));
            plan.results[{context, number}] = result;
        } else if (word == "report") {
            line >> name;
            plan.reports.push_back({name, {}});
            for (uint64_t value; line >> value;) plan.reports.back().second.push_back(value);
        } else if (word == "word" || word == "invalid") {
            Word found;
            line >> name >> found.expected >> found.dropped;
            found.given.width = width("s_axis_ctrl_tdata");
            append_beat(found.given.bytes, name, found.given.width);
            (word == "word" ? plan.words : plan.invalid).push_back(found);
        } else if (word == "write") {
            plan.writes.emplace_back();
            for (uint64_t value; line >> name >> value;)
                plan.writes.back().values.push_back({name, value});
        } else {
            throw std::runtime_error("plan: unknown word " + word);
        }
    }
    return plan;
}

Port Plan::port(Model& model, const char* name) const {
    Port port = model.port(name);
    auto found = bits.find(name);
    if (found == bits.end()) return {};
    if (!port)
        throw std::runtime_error(std::string("port ") + name + " of build.json is not in the design");
    port.bits = found->second;
    if (port.bytes != storage(port.bits))
        throw std::runtime_error(std::string("port ") + name + " is not as wide as build.json says");
    return port;
}

void garbage(Port port, Random& random) {
    for (unsigned done = 0; done < port.bytes; done += 8) {
        uint64_t word = random.next();
        unsigned left = port.bits > 8 * done ? port.bits - 8 * done : 0;
        if (left < 64) word &= (uint64_t(1) << left) - 1;
        std::memcpy(port.at + done, &word, port.bytes - done < 8 ? port.bytes - done : 8);
    }
}
