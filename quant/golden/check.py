"""One row of check nodes: messages in, messages out, with the maps of an iteration."""

import numpy as np

from quant.golden.messages import magnitude_index, signed_level
from quant.golden.minsearch import extrinsic_index, run_of_levels, two_minima
from quant.spec import Spec


def check_messages(
    spec: Spec, iteration: int, edges: np.ndarray, v2c: np.ndarray
) -> np.ndarray:
    """Messages back to the variables, int16 (degree, Z, frames) in APP LSB.

    Parameters
    ----------
    edges : (degree,) numbers of the row's block edges, which choose the maps
    v2c : (degree, Z, frames) integers in APP LSB
    """
    index = magnitude_index(v2c, spec.thresholds)
    negative = v2c < 0
    m1, m2 = two_minima(index, len(spec.thresholds))
    row_negative = np.logical_xor.reduce(negative, axis=0)
    extrinsic = extrinsic_index(index, m1, m2)
    if spec.tie_levels:
        run = run_of_levels(index, m1, m2, spec.runs)
        extrinsic = extrinsic + run * np.uint8(len(spec.thresholds) + 1)
    codebook = np.array(spec.maps.codebook, dtype=np.int16)
    new = np.empty(v2c.shape, dtype=np.int16)
    for e, edge in enumerate(edges):
        levels = codebook[spec.maps.index[iteration][edge]]
        new[e] = signed_level(extrinsic[e], row_negative ^ negative[e], levels)
    return new
