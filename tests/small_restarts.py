"""A small decoder with restarts, quick to build and to simulate."""

from dataclasses import replace

from model import catalog
from model.automorphisms import permutation
from quant.fit import default_spec
from quant.restarts.spec import RestartSpec


def small_restarts(start: str = "identity", **changes) -> RestartSpec:
    """BCH (15, 11): four-bit messages, at most five blocks of two iterations, a shift by four."""
    graph = catalog.get("bch_15_11")
    decoder = default_spec(graph, 4, 2, alpha=0.5, schedule="flooding")
    rotation, first = (permutation(text, graph.n_variables, "") for text in ("shift:4", start))
    return replace(RestartSpec("little", decoder, 5, 2, rotation, (first,)), **changes)
