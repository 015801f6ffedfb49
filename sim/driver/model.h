// The border between the driver and a Verilated model: ports by name, as bytes.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

// A port of the model. Verilator keeps every port as a little-endian unsigned integer whose bits
// above the port's width are 0; whoever writes keeps them so.
struct Port {
    unsigned char* at = nullptr;  // null: the design has no such port
    unsigned bytes = 0;           // of the storage
    unsigned bits = 0;            // of the port, as build.json says; 0 until it is set

    explicit operator bool() const { return at != nullptr; }
    uint64_t value() const {  // the lowest 64 bits
        uint64_t found = 0;
        std::memcpy(&found, at, bytes < 8 ? bytes : 8);
        return found;
    }
    void set(uint64_t value) { std::memcpy(at, &value, bytes < 8 ? bytes : 8); }
    void load(const unsigned char* from) { std::memcpy(at, from, bytes); }
    unsigned char ones_at(unsigned place, unsigned count) const {  // a byte of a word of `count` ones
        unsigned below = 8 * place;
        return count <= below       ? 0
               : count >= below + 8 ? 255
                                    : static_cast<unsigned char>((1u << (count - below)) - 1);
    }
    void set_ones(unsigned count) {
        for (unsigned place = 0; place < bytes; ++place) at[place] = ones_at(place, count);
    }
    bool is_ones(unsigned count) const {
        for (unsigned place = 0; place < bytes; ++place)
            if (at[place] != ones_at(place, count)) return false;
        return true;
    }
};

class Model {
public:
    virtual ~Model() = default;
    virtual void eval() = 0;
    virtual Port port(const char* name) = 0;  // without a place if there is none of this name
    // All that the model holds, ports too, for this model alone: from now, and as it was then.
    virtual void save(std::vector<unsigned char>& state) const = 0;
    virtual void load(const std::vector<unsigned char>& state) = 0;
};

Model* new_model();
