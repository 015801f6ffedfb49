// --- one lane width: CM_LANE_BYTES is the size of a vector register ------------------------------

template <class T, int bytes>
struct Vector {
    typedef T type __attribute__((vector_size(bytes)));
};

typedef uint64_t U8 __attribute__((vector_size(64)));
typedef uint32_t W8 __attribute__((vector_size(32)));
typedef int32_t S8 __attribute__((vector_size(32)));
typedef int8_t B8 __attribute__((vector_size(8)));

//include product.cpp
//include philox.cpp

template <class X>
CM_INLINE X least(X a, X b) { return a < b ? a : b; }
template <class X>
CM_INLINE X most(X a, X b) { return a > b ? a : b; }
template <class X>
CM_INLINE X magnitude(X v) { return v < 0 ? -v : v; }

// to[l] = from[index[l]], of a vector of bytes
template <class C>
CM_INLINE C pick(C from, C index) {
#if defined(__clang__)
    C to;
    for (int l = 0; l < int(sizeof(C)); l++) to[l] = from[index[l] & (int(sizeof(C)) - 1)];
    return to;
#else
    return __builtin_shuffle(from, index);
#endif
}

//include zeroed.cpp
template <class X>
using Aligned = Zeroed<X, 4096>;  // pages
