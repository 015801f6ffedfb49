// --- the caller's symbols and bits ----------------------------------------------------------------

// A row of bits for each vector.
struct BitSink {
    static constexpr int fours = padded_antennas / 4;
    static constexpr int bytes = 4 * lanes, block = std::min(bytes, 16);
    typedef int32_t I __attribute__((vector_size(bytes)));
    typedef uint8_t B __attribute__((vector_size(bytes)));
    uint8_t* bits;  // of the chunk's first vector
    int count;
    B part[fours][2];
    // Words of 8 bytes, those of four antennas of a vector; where enough lie side by side, squares of
    // them are transposed.
    typedef uint64_t Eights __attribute__((vector_size(bytes)));
    static constexpr int side = bytes / 8;

    // The bytes of a and b in turn, each 16 bytes on their own; of these the first or second half.
    CM_INLINE B interleaved(B a, B b, bool second) {
        B mask;
        for (int i = 0; i < bytes; i++) {
            mask[i] = uint8_t(i / block * block + (i % block + second * block) / 2 + i % 2 * bytes);
        }
#if defined(__clang__)
        for (int i = 0; i < bytes; i++) mask[i] = mask[i] < bytes ? a[mask[i]] : b[mask[i] - bytes];
        return mask;
#else
        return __builtin_shuffle(a, b, mask);
#endif
    }

    template <int groups>
    void take(const Tile<groups>& tile, int first) {
        for (int g = 0; g < groups; g++) {
            if (first + g * lanes < count) take_group(tile, g, first + g * lanes);
        }
    }

    template <int groups>
    void take_group(const Tile<groups>& tile, int g, int first) {
        for (int f = 0; f < fours; f++) {
            const B re = (B)__builtin_convertvector(tile.negative[f][0][g], I);
            const B im = (B)__builtin_convertvector(tile.negative[f][1][g], I);
            part[f][0] = interleaved(re, im, false);
            part[f][1] = interleaved(re, im, true);
        }
        const int valid = std::min(lanes, count - first), squares = bytes >= 32 ? antennas / 4 / side : 0;
        for (int q = 0; q < squares; q++) store_square(q * side, first, valid);
        if (squares * side * 4 == antennas) return;
#pragma GCC unroll 1
        for (int l = 0; l < valid; l++) {
            const int place = l * 4 % block * 2;  // in both halves of a block
            const char* from = reinterpret_cast<const char*>(&part[0][place / block]) +
                               l * 4 / block * block + place % block;
            uint8_t* to = bits + int64_t(first + l) * antennas * 2;
            for (int f = squares * side; f < antennas / 4; f++) {
                std::memcpy(to + 8 * f, from + f * 2 * bytes, 8);
            }
            if (antennas % 4) {
                std::memcpy(to + antennas / 4 * 8, from + antennas / 4 * 2 * bytes, antennas % 4 * 2);
            }
        }
    }

    // Words f .. f + side - 1 of all vectors.
    CM_MEMBER void store_square(int f, int first, int valid) {
        for (int half = 0; half < 2; half++) {
            Eights x[side];
#pragma GCC unroll 8
            for (int i = 0; i < side; i++) x[i] = (Eights)part[f + i][half];
            for (int stage = 1; stage < side; stage *= 2) {
                Eights low, high, y[side];
                for (int i = 0; i < side; i++) {
                    low[i] = uint64_t(i / 2 + i % 2 * side);
                    high[i] = uint64_t(side / 2 + i / 2 + i % 2 * side);
                }
#pragma GCC unroll 4
                for (int i = 0; i < side / 2; i++) {
                    y[2 * i] = riffled(x[i], x[i + side / 2], low);
                    y[2 * i + 1] = riffled(x[i], x[i + side / 2], high);
                }
#pragma GCC unroll 8
                for (int i = 0; i < side; i++) x[i] = y[i];
            }
#pragma GCC unroll 8
            for (int i = 0; i < side; i++) {
                const int l = i / 2 * 4 + half * 2 + i % 2;
                if (l < valid) {
                    std::memcpy(bits + int64_t(first + l) * antennas * 2 + 8 * f, &x[i], sizeof x[i]);
                }
            }
        }
    }

    CM_INLINE Eights riffled(const Eights& a, const Eights& b, const Eights& mask) {
#if defined(__clang__)
        Eights found;
        for (int i = 0; i < side; i++) found[i] = int(mask[i]) < side ? a[mask[i]] : b[mask[i] - side];
        return found;
#else
        return __builtin_shuffle(a, b, mask);
#endif
    }
};

// Symbols (count, users, 2) of a chunk; the last vector stands in for those beyond.
static void read_symbols(const int8_t* from, int count, Symbols& to) {
    constexpr int row_bytes = 2 * users, columns = std::min(row_bytes, 16);
    int8_t* rows = &to.part[0][0][0];
    for (int first = 0; first < chunk; first += 16) {
        for (int c = 0; c < row_bytes; c += 16) {
            c = std::min(c, row_bytes - columns);
            Bytes16 x[16] = {};
#pragma GCC unroll 16
            for (int i = 0; i < 16; i++) {
                std::memcpy(&x[i], from + std::min(first + i, count - 1) * row_bytes + c, columns);
            }
            transpose_16x16(x);
            for (int i = 0; i < columns; i++) {
                std::memcpy(rows + (c + i) * chunk + first, &x[i], sizeof x[i]);
            }
        }
    }
}

// h (channels, users, antennas, 2), symbols (channels, vectors, users, 2) to bits (channels,
// vectors, antennas, 2); returns how many vectors saturated u.
static int64_t precode(const int32_t* h, int64_t channels, int64_t vectors, const int8_t* symbols,
                       uint8_t* bits) {
    Workspace& work = Workspace::own();
    BitSink sink;
    int64_t saturated = 0;
    for (int64_t c = 0; c < channels; c++, h += users * antennas * 2) {
        work.channel.load(h);
        for (int64_t first = 0; first < vectors; first += chunk) {
            const int count = int(std::min<int64_t>(chunk, vectors - first));
            Symbols part;
            read_symbols(symbols, count, part);
            sink.bits = bits;
            sink.count = count;
            saturated += run_chunk(work, part, count, sink);
            symbols += int64_t(count) * users * 2;
            bits += int64_t(count) * antennas * 2;
        }
    }
    return saturated;
}
