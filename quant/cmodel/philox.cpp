// Philox4x32-10, a counter-based generator: Salmon, Moraes, Dror, Shaw, "Parallel random numbers:
// as easy as 1, 2, 3", SC 2011, section 3.3. Word is uint64_t or a vector of them; what is above
// the low 32 bits of an element does not matter until the end.
template <class Word>
CM_INLINE void philox(Word c[4], uint64_t key) {
    uint32_t k0 = uint32_t(key), k1 = uint32_t(key >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        const Word a = product(c[0], 0xD2511F53), b = product(c[2], 0xCD9E8D57);
        c[0] = (b >> 32) ^ c[1] ^ uint64_t(k0);
        c[1] = b;
        c[2] = (a >> 32) ^ c[3] ^ uint64_t(k1);
        c[3] = a;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    for (int i = 0; i < 4; i++) c[i] &= uint64_t(0xFFFFFFFF);
}
