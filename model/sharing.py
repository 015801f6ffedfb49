"""Parameter sharing: which edges use the same trained number.

A sharing maps every edge to a slot; the decoder trains one value for each slot (and for each
iteration unless it is tied). "degree" tells edges apart by the pair (check degree, variable
degree), as in Wang et al., "Neural-network-optimized degree-specific weights for LDPC minsum
decoding", ISTC 2021.
"""

import numpy as np

from model.code import TannerGraph
from model.errors import InputError

SHARINGS = ("edge", "block_edge", "degree", "layer", "one")
CHANNEL_SHARINGS = ("variable", "column", "degree", "one")


def edge_slots(graph: TannerGraph, sharing: str, layer_of_edge: np.ndarray) -> np.ndarray:
    """Return (n_edges,) int64 slot numbers from 0, in graph edge order.

    Args:
        graph: The code.
        sharing: One of ``SHARINGS``; "block_edge" needs a graph with block structure.
        layer_of_edge: (n_edges,) layer of each edge, used by "layer". Under flooding a block row
            (or a check) stands for the layer.
    """
    if sharing == "edge":
        return np.arange(graph.n_edges)
    if sharing == "block_edge":
        if graph.block is None:
            raise InputError(f"sharing 'block_edge': {graph.name} has no block structure")
        return np.asarray(graph.block_edge_of_edge, dtype=np.int64)
    if sharing == "degree":
        pairs = np.stack(
            [
                np.asarray(graph.check_degrees)[graph.check_of_edge],
                np.asarray(graph.variable_degrees)[graph.variable_of_edge],
            ]
        )
        return np.unique(pairs, axis=1, return_inverse=True)[1].reshape(-1)
    if sharing == "layer":
        return np.asarray(layer_of_edge, dtype=np.int64)
    if sharing == "one":
        return np.zeros(graph.n_edges, dtype=np.int64)
    raise InputError(f"sharing {sharing!r} is unknown; choose from {', '.join(SHARINGS)}")


def channel_slots(graph: TannerGraph, sharing: str) -> np.ndarray:
    """Return (n_variables,) int64 slot numbers of the channel weights."""
    if sharing == "variable":
        return np.arange(graph.n_variables)
    if sharing == "column":
        if graph.block is None:
            raise InputError(f"channel weights by 'column': {graph.name} has no block structure")
        return np.arange(graph.n_variables) // graph.block.lifting_size
    if sharing == "degree":
        return np.unique(graph.variable_degrees, return_inverse=True)[1].reshape(-1)
    if sharing == "one":
        return np.zeros(graph.n_variables, dtype=np.int64)
    known = ", ".join(CHANNEL_SHARINGS)
    raise InputError(f"channel weights {sharing!r} are unknown; choose from {known}")
