#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the C model is written for little-endian machines"
#endif
#if !defined(__GNUC__)
#error "the C model needs GCC or clang: it uses their vector types"
#endif
#define CM_ALWAYS_INLINE inline __attribute__((always_inline))
#define CM_NOINLINE __attribute__((noinline))
#define CM_INLINE static CM_ALWAYS_INLINE
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // vectors are only passed between inlined functions
#endif
