#if defined(__x86_64__) && !defined(CM_PORTABLE)
#define CM_X86 1
#endif
#if !defined(CM_ONLY)  // else the one vector width that is compiled
#define CM_WITH(bytes) 1
#else
#define CM_WITH(bytes) ((bytes) == CM_ONLY)
#endif

#if defined(CM_X86) && CM_WITH(64)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi@FEATURES@"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi@FEATURES@")
#endif
#define CM_LANE_BYTES 64
namespace bytes64 {
#include CM_FILE
}
#undef CM_LANE_BYTES
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if defined(CM_X86) && CM_WITH(32)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define CM_LANE_BYTES 32
namespace bytes32 {
#include CM_FILE
}
#undef CM_LANE_BYTES
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if CM_WITH(16)
#define CM_LANE_BYTES 16
namespace bytes16 {
#include CM_FILE
}
#undef CM_LANE_BYTES
#endif

// Whether this processor has vectors of so many bytes that the C model can use.
bool has_vectors(int bytes) {
    if (!CM_WITH(bytes)) return false;
#if defined(CM_X86)
    __builtin_cpu_init();
    if (bytes == 64) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vbmi")@CHECKS@;
    }
    if (bytes == 32) return __builtin_cpu_supports("avx2");
#endif
    return bytes == 16;
}

int widest_vectors() {
#if defined(CM_ONLY)
    return CM_ONLY;
#endif
    for (int bytes : {64, 32}) {
        if (has_vectors(bytes)) return bytes;
    }
    return 16;
}
