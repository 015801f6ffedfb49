// --- LLRs to channel codes ------------------------------------------------------------------------

// The same as quantise_one, of a vector of LLRs in channel steps.
template <class S, class D>
CM_INLINE D codes_of(D steps) {
    typedef typename Vector<int64_t, sizeof(D)>::type M;
    if (S::channel_table) {
        const M negative = steps < 0;
        const D size = steps < 0 ? -steps : steps;
        M below = {};
        for (int i = 0; i < S::maximum_code; i++) {
            const D cut = D{} + S::channel_cuts[i];
            below += (cut < size) | ((cut == size) & ~negative);  // a cut is the upper code's
        }
        return __builtin_convertvector(-below ^ negative, D);
    }
    const D code = steps + (S::mid_rise ? 0.0 : 0.5);
    const D lowest = D{} + double(S::minimum_code), highest = D{} + double(S::maximum_code);
    const D within = code >= highest + 1.0 ? highest : code >= lowest ? code : lowest;
    typedef typename Vector<int32_t, sizeof(D) / 2>::type H;
    const D towards_zero = __builtin_convertvector(__builtin_convertvector(within, H), D);
    return towards_zero > within ? towards_zero - 1.0 : towards_zero;
}

template <class S>
static void quantise(const float* llr, int64_t count, int8_t* codes) {
    typedef typename Vector<double, CM_LANE_BYTES>::type D;
    constexpr int at_once = int(sizeof(D) / sizeof(double));
    typedef typename Vector<float, sizeof(D) / 2>::type F;
    typedef typename Vector<int32_t, sizeof(D) / 2>::type H;
    typedef typename Vector<int8_t, at_once>::type B;
    for (; count >= at_once; count -= at_once, llr += at_once, codes += at_once) {
        F given;
        std::memcpy(&given, llr, sizeof given);
        const D steps = __builtin_convertvector(given, D) / S::channel_lsb_llr;
        const H code = __builtin_convertvector(codes_of<S>(steps), H);
        const B found = __builtin_convertvector(code, B);
        std::memcpy(codes, &found, sizeof found);
    }
    for (; count > 0; count--) *codes++ = quantise_one<S>(*llr++);
}
