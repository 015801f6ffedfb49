"""Weights and offsets become magnitude maps: no multiplier reaches the hardware."""

import numpy as np

from model.errors import InputError
from model.parameters import Parameters
from quant.alphabet import Alphabet
from quant.spec import Relaxation
from quant.validate import MAX_FRAC_BITS, MAX_RELAXATION_SHIFT

MAP_BY = ("block_edge", "tied_block_edge", "layer", "column_degree", "iteration", "one")


def per_block_edge(parameters: Parameters, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Alpha and beta, each (iterations, block edges of the spec), of the block edges in ``kept``.

    A code that a spec holds without block structure has its edges for block edges.
    """
    if not parameters.graph.in_layers:
        alpha, beta = parameters.edge_alpha(), parameters.edge_beta()
    else:
        alpha, beta = parameters.block_edge_alpha(), parameters.block_edge_beta()
    return alpha[:, kept], beta[:, kept]


def averaged(
    values: np.ndarray, row_of_edge: np.ndarray, column_of_edge: np.ndarray, map_by: str
) -> np.ndarray:
    """``values`` (iterations, block edges) with the mean in place of what shares a map."""
    if map_by == "block_edge":
        return values
    if map_by == "tied_block_edge":
        return np.broadcast_to(values.mean(axis=0), values.shape)
    if map_by == "iteration":
        return np.broadcast_to(values.mean(axis=1, keepdims=True), values.shape)
    if map_by == "one":
        return np.full(values.shape, values.mean())
    if map_by in ("layer", "column_degree"):
        shared = row_of_edge if map_by == "layer" else np.bincount(column_of_edge)[column_of_edge]
        count = np.bincount(shared)
        sums = np.stack([np.bincount(shared, row, len(count)) for row in values])
        return (sums / np.maximum(count, 1))[:, shared]
    raise InputError(f"map-by is {map_by!r}, must be one of {', '.join(MAP_BY)}")


def tables(alpha: np.ndarray, beta: np.ndarray, alphabet: Alphabet) -> np.ndarray:
    """Real-valued maps alpha * max(magnitude - beta, 0), in APP LSB.

    ``alpha``, ``beta`` (LLR): (iterations, block edges). Returns (iterations, block edges, cells).
    """
    magnitudes = np.array([alphabet.magnitudes_at(t) for t in range(len(alpha))])
    offset = (beta / alphabet.app_lsb_llr)[:, :, None]
    return alpha[:, :, None] * np.maximum(magnitudes[:, None, :] - offset, 0.0)


def relaxation_of(
    gamma: float | None, frac_bits: int | None = None, shift: int | None = None
) -> Relaxation | None:
    """gamma rounded to 1 - 2^-k in the logarithm of 1 - gamma; None when k rounds to 0.

    ``frac_bits``: fraction bits of the relaxed state, default min(k, 3). ``shift``: k whatever
    gamma is, 0 for none; ``InputError`` for one that no spec can have.
    """
    if shift is None:
        if gamma is None or gamma <= 0:
            return None
        shift = min(MAX_RELAXATION_SHIFT, int(np.floor(-np.log2(1.0 - gamma) + 0.5)))
    if shift == 0:
        return None
    if not 1 <= shift <= MAX_RELAXATION_SHIFT:
        raise InputError(f"relaxation shift is {shift}, must be 1..{MAX_RELAXATION_SHIFT}")
    if frac_bits is None:
        frac_bits = min(shift, MAX_FRAC_BITS)
    return Relaxation(shift, frac_bits)


def channel_scale(parameters: Parameters) -> float:
    """The one channel weight of ``parameters``; the spec has one channel quantiser for all bits."""
    weight = parameters.channel_weight
    if weight is None:
        return 1.0
    low, high = float(np.min(weight)), float(np.max(weight))
    if low <= 0 or high - low > 1e-6 * high:
        raise InputError(
            f"channel weights run from {low:.4g} to {high:.4g}: a spec has one channel quantiser, "
            "train with --channel-weights one"
        )
    return high
