// --- the caller's symbols and bits ----------------------------------------------------------------

struct BitSink {
    uint8_t* bits;  // of the chunk's first vector
    int count;

    template <int groups>
    void take(const Tile<groups>& tile, int g, int first) {
        constexpr int fours = padded_antennas / 4;
        static_assert(lanes * sizeof(value_t) == sizeof(V), "");
        for (int l = 0; l < std::min(lanes, count - first); l++) {
            uint8_t* row = bits + int64_t(first + l) * antennas * 2;
#pragma GCC unroll 1
            for (int f = 0; f < fours; f++) {
                uint64_t both = 0;
                for (int part = 0; part < 2; part++) {
                    const uint64_t four = uint32_t(tile.negative[f][part][g][l]);
                    const uint64_t apart = (four | four << 16) & 0x0000FFFF0000FFFF;
                    both |= ((apart | apart << 8) & 0x00FF00FF00FF00FF) << (8 * part);
                }
                std::memcpy(row + 8 * f, &both, f < antennas / 4 ? 8 : antennas % 4 * 2);
            }
        }
    }
};

// h (channels, users, antennas, 2), symbols (channels, vectors, users, 2) to bits (channels,
// vectors, antennas, 2); returns how many vectors saturated u.
static int64_t precode(const int32_t* h, int64_t channels, int64_t vectors, const int8_t* symbols,
                       uint8_t* bits) {
    Aligned<Channel> channel(1);
    Aligned<Tile<most_groups>> wide(1);
    Aligned<Tile<1>> narrow(1);
    Aligned<BitSink> sink(1);
    int64_t saturated = 0;
    for (int64_t c = 0; c < channels; c++, h += users * antennas * 2) {
        channel[0].load(h);
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
            sink[0].bits = bits;
            sink[0].count = count;
            saturated += run_chunk(channel[0], part, count, wide[0], narrow[0], sink[0]);
            symbols += int64_t(count) * users * 2;
            bits += int64_t(count) * antennas * 2;
        }
    }
    return saturated;
}
