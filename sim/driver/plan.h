// What the driver is to do: read from the text that sim/driver/plan.py writes.
#pragma once

#include "model.h"
#include "random.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// Beats as a port's storage holds them, one after the other.
struct Frame {
    std::vector<unsigned char> bytes;
    unsigned width = 0;  // bytes of a beat

    unsigned beats() const { return static_cast<unsigned>(bytes.size() / width); }
    const unsigned char* beat(unsigned number) const { return &bytes[number * width]; }
};

struct Result {  // what a frame must become
    Frame beats;
    uint64_t user = 0;
};

struct Word {  // of a frame: what is given before it, and what comes back
    Frame given;
    uint64_t expected = 0, dropped = 0;
};

struct Field {  // of m_axis_tuser
    unsigned lowest = 0, bits = 0;

    explicit operator bool() const { return bits != 0; }
    uint64_t mask() const { return (uint64_t(1) << bits) - 1; }
    uint64_t of(uint64_t user) const { return user >> lowest & mask(); }
};

struct Write {  // of input ports, in one cycle
    std::vector<std::pair<std::string, uint64_t>> values;
};

struct Plan {
    std::map<std::string, unsigned> bits;              // of every port
    std::map<std::string, std::vector<uint64_t>> numbers;  // options
    std::map<std::string, Field> fields;
    std::vector<Frame> frames, contexts;
    std::map<std::pair<unsigned, unsigned>, Result> results;  // by context (0 if none) and frame
    std::vector<std::pair<std::string, std::vector<uint64_t>>> reports;
    std::vector<Write> writes;
    std::vector<Word> words;    // one a frame, if the core takes any
    std::vector<Word> invalid;  // that the core must not take; what comes back is in `dropped`

    uint64_t number(const char* name) const { return numbers.at(name).at(0); }
    Field field(const char* name) const {
        auto found = fields.find(name);
        return found == fields.end() ? Field() : found->second;
    }
    Port port(Model& model, const char* name) const;  // with its width
};

Plan read_plan(const char* path);

// Any bits that the port can hold.
void garbage(Port port, Random& random);
