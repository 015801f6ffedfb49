// Numbers of 16 bits, and bytes, by instructions that GCC does not find in plain forms. Packing
// keeps to blocks of 16 bytes: of four vectors a, b, c, d of 32-bit elements (a0 .. a3, b0 .. b3),
// (c, d), and as bytes (a0 .. a3, b0 .. b3, c0 .. c3, d0 .. d3).
struct Words {
    typedef int32_t S __attribute__((vector_size(CM_LANE_BYTES)));
    typedef int16_t H __attribute__((vector_size(CM_LANE_BYTES)));
    typedef uint16_t UH __attribute__((vector_size(CM_LANE_BYTES)));
    typedef int8_t B __attribute__((vector_size(CM_LANE_BYTES)));
    typedef char Q __attribute__((vector_size(CM_LANE_BYTES)));

#if CM_LANE_BYTES == 64
    static constexpr uint32_t all = 0xFFFFFFFF;
    CM_INLINE H pack(const V& a, const V& b) { return (H)__builtin_ia32_packssdw512_mask((S)a, (S)b, H{}, all); }
    CM_INLINE B bytes(H a, H b) { return (B)__builtin_ia32_packuswb512_mask(a, b, Q{}, ~0ull); }
    CM_INLINE B signed_bytes(H a, H b) { return (B)__builtin_ia32_packsswb512_mask(a, b, Q{}, ~0ull); }
    CM_INLINE H sum(H a, H b) { return __builtin_ia32_paddsw512_mask(a, b, H{}, all); }
    CM_INLINE H difference(H a, H b) { return __builtin_ia32_psubsw512_mask(a, b, H{}, all); }
    CM_INLINE H high(H a, H b) { return __builtin_ia32_pmulhw512_mask(a, b, H{}, all); }
    CM_INLINE H products(B a, B b) { return __builtin_ia32_pmaddubsw512_mask((Q)a, (Q)b, H{}, all); }
    // table[index] by the lowest five bits
    CM_INLINE H chosen(H table, H index) {
        return __builtin_ia32_permvarhi512_mask(table, index, H{}, all);
    }
#else
    CM_INLINE H pack(const V& a, const V& b) { return (H)__builtin_ia32_packssdw256((S)a, (S)b); }
    CM_INLINE B bytes(H a, H b) { return (B)__builtin_ia32_packuswb256(a, b); }
    CM_INLINE B signed_bytes(H a, H b) { return (B)__builtin_ia32_packsswb256(a, b); }
    CM_INLINE H sum(H a, H b) { return (H)__builtin_ia32_paddsw256(a, b); }
    CM_INLINE H difference(H a, H b) { return (H)__builtin_ia32_psubsw256(a, b); }
    CM_INLINE H high(H a, H b) { return (H)__builtin_ia32_pmulhw256(a, b); }
    CM_INLINE H products(B a, B b) { return (H)__builtin_ia32_pmaddubsw256((Q)a, (Q)b); }
#endif

    // In each block byte i from byte places[i] of it.
    struct Places {
        int8_t of[CM_LANE_BYTES];

        constexpr Places(int column, int row) : of() {  // in rows of 4, or of 8: see below
            for (int i = 0; i < CM_LANE_BYTES; i++) of[i] = int8_t(i % row * column + i % 16 / row);
        }
    };

    CM_INLINE B shuffled(const B& x, const Places& places) {
        B mask;
        std::memcpy(&mask, places.of, sizeof mask);
#if CM_LANE_BYTES == 64
        return (B)__builtin_ia32_pshufb512_mask((Q)x, (Q)mask, Q{}, ~0ull);
#else
        return (B)__builtin_ia32_pshufb256((Q)x, (Q)mask);
#endif
    }

    // Packed bytes to a, b, c, d of each element.
    CM_INLINE V by_lane(const B& packed) {
        static constexpr Places places{4, 4};  // 0, 4, 8, 12, 1, 5, ...
        return (V)shuffled(packed, places);
    }

    // Those of each element so that in words of 16 bits the lower bytes have the order of one packed
    // pair of vectors and the upper bytes that of the other.
    CM_INLINE B by_pair(const V& of_lanes) {
        static constexpr Places places{2, 8};  // 0, 2, 4, ..., 14, 1, 3, ...
        return shuffled((B)of_lanes, places);
    }
};
