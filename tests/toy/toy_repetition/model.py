"""In floating point: a frame over AWGN, and the decision that the LLRs call for."""

import numpy as np


def transmitted(bits: np.ndarray, repeats: int) -> np.ndarray:
    """BPSK symbols, float (frames, bits * repeats): every bit ``repeats`` times, 0 is +1."""
    return 1.0 - 2.0 * np.repeat(bits, repeats, axis=1)


def decide(llr: np.ndarray, repeats: int) -> np.ndarray:
    """Bits (frames, bits) by the sum of their LLRs, which is the best decision there is."""
    return (llr.reshape(len(llr), -1, repeats).sum(axis=2) < 0).astype(np.uint8)
