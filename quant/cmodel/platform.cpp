#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the C model is written for little-endian machines"
#endif
#if !defined(__GNUC__)
#error "the C model needs GCC or clang: it uses their vector types"
#endif
#define CM_ALWAYS_INLINE inline __attribute__((always_inline))
#define CM_NOINLINE __attribute__((noinline))
#define CM_LAMBDA_INLINE __attribute__((always_inline))
#define CM_INLINE static CM_ALWAYS_INLINE
#if defined(CM_LAYERS_APART)  // so that their instructions can be counted
#define CM_LAYER CM_NOINLINE
#else
#define CM_LAYER
#endif
#if defined(__GNUC__) && !defined(__clang__)
// Otherwise it puts a row's second minimum off until all magnitudes wait for it in memory.
#pragma GCC optimize("no-tree-ter")
#pragma GCC diagnostic ignored "-Wpsabi"  // vectors are only passed between inlined functions
#endif
#if defined(__clang__)
#if __has_warning("-Wpsabi")
#pragma clang diagnostic ignored "-Wpsabi"
#endif
#endif
