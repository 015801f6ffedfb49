// --- one vector width: CM_LANE_BYTES is the size of a vector register ----------------------------
// A vector holds one value of `lanes` received vectors of one channel.

constexpr int lanes = CM_LANE_BYTES / int(sizeof(value_t));
typedef value_t V __attribute__((vector_size(CM_LANE_BYTES)));

CM_INLINE V splat(value_t value) { return V{} + value; }
CM_INLINE V least(V a, V b) { return a < b ? a : b; }
CM_INLINE V most(V a, V b) { return a > b ? a : b; }

// A matrix times words of `planes` bits, through tables of sums of `group` columns: the exact
// product, and where a table saturates for some signs, what that takes away.
template <int rows, int columns, int planes, int step>
struct Grouped {
    struct Place {
        int row, first;
    };
    value_t entries[rows][columns][2];
    std::vector<Place> saturated;

    void load(const int32_t* values) {
        saturated.clear();
        for (int row = 0; row < rows; row++) {
            for (int first = 0; first < columns; first += group) {
                int64_t peak = 0;
                for (int c = first; c < std::min(first + group, columns); c++) {
                    for (int part = 0; part < 2; part++) {
                        const int32_t value = values[(row * columns + c) * 2 + part];
                        entries[row][c][part] = value;
                        peak += std::abs(int64_t(value));
                    }
                }
                if (peak > int64_t(table_maximum) * step) saturated.push_back({row, first});
            }
        }
    }

    CM_NOINLINE void run(const V (*in)[2], V (*out)[2]) const {
        for (int row = 0; row < rows; row++) {
            V re = {}, im = {};
            for (int c = 0; c < columns; c++) {
                const value_t m_re = entries[row][c][0], m_im = entries[row][c][1];
                re += in[c][0] * m_re - in[c][1] * m_im;
                im += in[c][0] * m_im + in[c][1] * m_re;
            }
            out[row][0] = re;
            out[row][1] = im;
        }
        for (const Place& place : saturated) saturate(place, in, out[place.row]);
    }

    CM_NOINLINE void saturate(const Place& place, const V (*in)[2], V* out) const {
        const V limit = splat(value_t(table_maximum) * step);
        const value_t offset = (value_t(1) << planes) - 1;
        for (int plane = 0; plane < planes; plane++) {
            V re = {}, im = {};
            for (int c = place.first; c < std::min(place.first + group, columns); c++) {
                // The signs of plane k: +1 where bit k of the offset code is set, else -1.
                const V s_re = (((in[c][0] + offset) >> (plane + 1)) & 1) * 2 - 1;
                const V s_im = (((in[c][1] + offset) >> (plane + 1)) & 1) * 2 - 1;
                const value_t m_re = entries[place.row][c][0], m_im = entries[place.row][c][1];
                re += s_re * m_re - s_im * m_im;
                im += s_im * m_re + s_re * m_im;
            }
            out[0] += (most(least(re, limit), -limit) - re) << plane;
            out[1] += (most(least(im, limit), -limit) - im) << plane;
        }
    }
};
