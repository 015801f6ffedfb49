// --- what a search of alphabets changes -----------------------------------------------------------

extern "C" void CM_NAME(set_tables)(double lsb_llr, const int* new_thresholds,
                                    const int* new_codebook, const int* new_channel_steps,
                                    const double* new_channel_cuts) {
    channel_lsb_llr = lsb_llr;
    std::memcpy(thresholds, new_thresholds, sizeof thresholds);
    std::memcpy(channel_steps, new_channel_steps, sizeof channel_steps);
    std::memcpy(channel_cuts, new_channel_cuts, sizeof channel_cuts);
    std::memcpy(codebook, new_codebook, sizeof codebook);
}
