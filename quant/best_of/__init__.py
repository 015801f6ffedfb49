"""Decoders of one code side by side, each with numbers of its own: the best result counts.

Parallel weighted decoders, Tasdighi and Yousefi, "Adaptive learned belief propagation for decoding
error-correcting codes", 2025: several sets of weights decode a frame at once, and its syndromes say
whose word it is. Here a set is a whole min-sum decoder on integers.
"""
