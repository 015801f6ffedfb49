//include widths.cpp
const Engine* of_bytes([[maybe_unused]] int bytes) {
#if defined(CM_X86) && CM_WITH(64)
    if (bytes == 64) return &bytes64::engine;
#endif
#if defined(CM_X86) && CM_WITH(32)
    if (bytes == 32) return &bytes32::engine;
#endif
#if CM_WITH(16)
    return &bytes16::engine;
#else
    std::abort();  // no other size is ever in use
#endif
}

const Engine*& chosen() {
    static const Engine* engine = of_bytes(widest_vectors());
    return engine;
}

template <class Work>
int guarded(const Work& work) {
    try {
        work();
    } catch (...) {
        return -1;
    }
    return 0;
}
