// Low halves of all elements multiplied to 64 bits. x86 has an instruction for it, which GCC does
// not find in the plain form.
CM_INLINE U8 product(const U8& given, uint32_t factor) {
    U8 x = given;
#if defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES == 64
    typedef int I __attribute__((vector_size(64)));
    typedef long long L __attribute__((vector_size(64)));
    return U8(__builtin_ia32_pmuludq512_mask(I(x), I(U8{} + uint64_t(factor)), L{}, 0xFF));
#elif defined(CM_X86) && !defined(__clang__) && CM_LANE_BYTES == 32
    typedef int I __attribute__((vector_size(32)));
    struct Halves { I low, high; } half;
    std::memcpy(&half, &x, 64);
    const I m = I{} + int(factor);
    half = {I(__builtin_ia32_pmuludq256(half.low, m)), I(__builtin_ia32_pmuludq256(half.high, m))};
    std::memcpy(&x, &half, 64);
    return x;
#else
    return (x & uint64_t(0xFFFFFFFF)) * uint64_t(factor);
#endif
}
