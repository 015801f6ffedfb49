// --- what a search of alphabets changes -----------------------------------------------------------

extern "C" void CM_NAME(set_tables)(double lsb_llr, const int* new_thresholds,
                                    const int* new_codebook, const int* new_channel_steps,
                                    const double* new_channel_cuts) {
    typedef CM_SPEC S;
    S::channel_lsb_llr = lsb_llr;
    std::memcpy(S::thresholds, new_thresholds, sizeof S::thresholds);
    std::memcpy(S::channel_steps, new_channel_steps, sizeof S::channel_steps);
    std::memcpy(S::channel_cuts, new_channel_cuts, sizeof S::channel_cuts);
    std::memcpy(S::codebook, new_codebook, sizeof S::codebook);
}
