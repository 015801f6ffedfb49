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
    void take(const Tile<groups>& tile, int g, int first) {
        for (int f = 0; f < fours; f++) {
            const B re = (B)__builtin_convertvector(tile.negative[f][0][g], I);
            const B im = (B)__builtin_convertvector(tile.negative[f][1][g], I);
            part[f][0] = interleaved(re, im, false);
            part[f][1] = interleaved(re, im, true);
        }
        const int valid = std::min(lanes, count - first);
#pragma GCC unroll 1
        for (int l = 0; l < valid; l++) {
            const int place = l * 4 % block * 2;  // in both halves of a block
            const char* from = reinterpret_cast<const char*>(&part[0][place / block]) +
                               l * 4 / block * block + place % block;
            uint8_t* to = bits + int64_t(first + l) * antennas * 2;
            for (int f = 0; f < antennas / 4; f++) std::memcpy(to + 8 * f, from + f * 2 * bytes, 8);
            if (antennas % 4) {
                std::memcpy(to + antennas / 4 * 8, from + antennas / 4 * 2 * bytes, antennas % 4 * 2);
            }
        }
    }
};

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
            for (int i = 0; i < chunk; i++) {  // the last vector stands in for those beyond
                const int8_t* from = symbols + std::min(i, count - 1) * users * 2;
#pragma GCC unroll 1
                for (int u = 0; u < users; u++) {
                    part.part[u][0][i] = from[2 * u];
                    part.part[u][1][i] = from[2 * u + 1];
                }
            }
            sink.bits = bits;
            sink.count = count;
            saturated += run_chunk(work, part, count, sink);
            symbols += int64_t(count) * users * 2;
            bits += int64_t(count) * antennas * 2;
        }
    }
    return saturated;
}
