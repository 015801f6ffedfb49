"""Unfolded MIMO detectors in integers."""
