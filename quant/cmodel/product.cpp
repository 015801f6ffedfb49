// Low halves of all elements multiplied to 64 bits. x86 has an instruction for it, which GCC does not
// find in the plain form.
typedef uint64_t Product __attribute__((vector_size(CM_LANE_BYTES)));

CM_INLINE Product product(const Product& x, uint32_t factor) {
#if defined(CM_X86) && !defined(__clang__)
    typedef int I __attribute__((vector_size(CM_LANE_BYTES)));
    const I y = I(Product{} + uint64_t(factor));
#if CM_LANE_BYTES == 64
    typedef long long L __attribute__((vector_size(64)));
    return Product(__builtin_ia32_pmuludq512_mask(I(x), y, L{}, 0xFF));
#elif CM_LANE_BYTES == 32
    return Product(__builtin_ia32_pmuludq256(I(x), y));
#else
    return Product(__builtin_ia32_pmuludq128(I(x), y));
#endif
#else
    return (x & uint64_t(0xFFFFFFFF)) * uint64_t(factor);
#endif
}
