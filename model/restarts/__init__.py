"""Restarts along a code's symmetries, in floating point: mRRD and what it is compared with.

Dimnik and Be'ery, "Improved random redundant iterative HDPC decoding", IEEE Trans. Commun. 57 (7),
2009 (mRRD); Nachmani et al. 2018, section VII (its inner decoder trained: mRRD-RNN).
"""
