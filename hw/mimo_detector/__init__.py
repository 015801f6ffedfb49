"""Unfolded MIMO detectors (learned projected gradient) on :mod:`hw.mimo_array`.

The array's cells hold the residual z of four antennas each, its plane registers the symbols x of
all users: what the array calls iterate and residual has changed places against the precoder.
"""
