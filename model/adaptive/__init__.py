"""Min-sum decoders whose weights depend on the received word, in floating point.

Tasdighi and Yousefi, "Adaptive learned belief propagation for decoding error-correcting codes",
2025 (arXiv 2507.19941): many weights tried at once (parallel), or chosen by a network (two_stage);
and, beside them, the same frame tried again with other numbers (retry).
"""
