// --- one lane width: CM_LANE_BYTES is the size of a vector register ------------------------------

template <class T, int bytes>
struct Vector {
    typedef T type __attribute__((vector_size(bytes)));
};

typedef uint64_t U8 __attribute__((vector_size(64)));

//include product.cpp
//include philox.cpp

template <class X>
CM_INLINE X least(X a, X b) { return a < b ? a : b; }
template <class X>
CM_INLINE X most(X a, X b) { return a > b ? a : b; }

// to[l] = from[index[l]]
template <class V>
CM_INLINE V pick(V from, V index) {
#if defined(__clang__)
    constexpr int lanes = sizeof(V) / sizeof(from[0]);
    V to;
    for (int l = 0; l < lanes; l++) to[l] = from[index[l] & (lanes - 1)];
    return to;
#else
    return __builtin_shuffle(from, index);
#endif
}

// The same, from two vectors one after the other.
template <class V>
CM_INLINE V pick_of_two(V low, V high, V index) {
#if defined(__clang__)
    constexpr int lanes = sizeof(V) / sizeof(low[0]);
    V to;
    for (int l = 0; l < lanes; l++) {
        const int from = index[l] & (2 * lanes - 1);
        to[l] = from < lanes ? low[from] : high[from - lanes];
    }
    return to;
#else
    return __builtin_shuffle(low, high, index);
#endif
}

//include zeroed.cpp
template <class X>
using Aligned = Zeroed<X, 4096>;  // pages
