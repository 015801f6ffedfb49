typedef uint8_t Bytes16 __attribute__((vector_size(16)));

// 16 rows of 16 bytes to 16 columns of 16 bytes, in place: four times the rows of the lower half
// go between those of the upper half.
CM_INLINE void transpose_16x16(Bytes16 x[16]) {
#pragma GCC unroll 4
    for (int stage = 0; stage < 4; stage++) {
        Bytes16 y[16];
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            y[2 * i] = __builtin_shufflevector(x[i], x[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20,
                                               5, 21, 6, 22, 7, 23);
            y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + 8], 8, 24, 9, 25, 10, 26, 11, 27,
                                                   12, 28, 13, 29, 14, 30, 15, 31);
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) x[i] = y[i];
    }
}
