// What a frame asks for.
struct Asked {
    uint8_t iterations;
    bool on_pass, on_no_change;
};

// Why a frame ended before its number of iterations.
enum Reason : uint8_t { no_reason = 0, stopped_on_pass = 1, stopped_on_no_change = 2 };

// Frames of a simulation go to several codes in turn, so many in a row.
constexpr int64_t frames_in_a_row = 64;
struct Turn {
    int number, of;
};

template <class S>
struct Engine {
    int bytes, lanes;
    void (*quantise)(const float*, int64_t, int8_t*);
    // codes (frames, n); of each frame what it asks for, and the Reason that it ended for
    void (*decode)(const int8_t*, int64_t, const Asked*, const Results&, uint8_t*);
    void (*simulate)(const Link&, const Origin&, const Turn&, const Asked&, int64_t, int64_t,
                     uint32_t*, uint8_t*, uint8_t*);
    void (*encode_block)(Block<S>&);
};
