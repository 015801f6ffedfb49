template <class S>
struct Engine {
    int bytes, lanes;
    void (*quantise)(const float*, int64_t, int8_t*);
    void (*decode)(const Received&, int64_t, const Results&);
    void (*simulate)(const Link&, const Origin&, int64_t, int64_t, uint32_t*, uint8_t*, uint8_t*);
    void (*encode_block)(Block<S>&);
};
