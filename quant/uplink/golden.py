"""The integer reference: golden of the detector, bits in their places, golden of the decoder."""

from dataclasses import dataclass

import numpy as np

from quant import golden
from quant.golden.decoded import Decoded
from quant.mimo_detector import golden as detector_golden
from quant.mimo_detector.golden import Detected, Matrices
from quant.uplink.spec import UplinkSpec


@dataclass(frozen=True, eq=False)
class Received:
    """What comes of blocks.

    detected : of the vectors of all blocks
    decoded : of their users' codewords, user by user, block by block
    """

    detected: Detected
    decoded: Decoded


def codes_of(spec: UplinkSpec, llrs: np.ndarray) -> np.ndarray:
    """LLRs of blocks to channel codes of their codewords.

    Parameters
    ----------
    llrs : (blocks, vectors, users, bits_per_symbol)

    Returns
    -------
    (blocks * users, n) int8
    """
    return code_table(spec)[bits_in_order(llrs) + (1 << (spec.detector.llr_bits - 1))]


def code_table(spec: UplinkSpec) -> np.ndarray:
    """Channel code of every LLR from -2^(llr_bits-1) on, int8."""
    half = 1 << (spec.detector.llr_bits - 1)
    llr = np.arange(-half, half)
    passed = np.searchsorted(spec.thresholds, np.abs(llr), side="right")
    return np.where(llr < 0, -1 - passed, passed).astype(np.int8)


def bits_in_order(values: np.ndarray) -> np.ndarray:
    """(blocks, vectors, users, bits) to (blocks * users, n): bit by bit, then vector by vector."""
    blocks, vectors, users, bits = values.shape
    return values.transpose(0, 2, 3, 1).reshape(blocks * users, bits * vectors)


def bits_in_symbols(values: np.ndarray, users: int, bits: int) -> np.ndarray:
    """(blocks * users, n) to (blocks, vectors, users, bits): the inverse of ``bits_in_order``."""
    blocks, vectors = len(values) // users, values.shape[1] // bits
    return values.reshape(blocks, users, bits, vectors).transpose(0, 3, 1, 2)


def receive(spec: UplinkSpec, matrices: Matrices, y: np.ndarray) -> Received:
    """Decode blocks.

    Parameters
    ----------
    matrices : of each block's channel
    y : (blocks, vectors, antennas, 2) values of the detector's ``y``
    """
    detected = detector_golden.detect(spec.detector, matrices, y)
    return Received(detected, golden.decode(spec.decoder, codes_of(spec, detected.llrs)))
