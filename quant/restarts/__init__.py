"""Restarts along the code's symmetries: a decoder that is permuted and started again.

Dimnik and Be'ery, "Improved random redundant iterative HDPC decoding", IEEE Trans. Commun. 57(7),
2009 (mRRD); Nachmani et al., "Deep learning methods for improved decoding of linear codes", IEEE J.
Sel. Topics Signal Process. 12(1), 2018, section VII. Here the permutation between two blocks is one
fixed automorphism, which hardware has as wires, and the values are damped by a power of two.
"""
