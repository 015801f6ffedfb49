"""A small decoder for several codes, quick to build and to simulate."""

from dataclasses import replace

from small_specs import deficient_graph, small_spec

from quant.code_set.spec import CodeSetSpec
from quant.spec import Channel


def small_set(**changes) -> CodeSetSpec:
    """Three codes: Z = 6; Z = 9, punctured and shortened; Z = 3, rank-deficient."""
    features = {"maps": "edge", "ties": True}
    members = (
        small_spec(6, **features),
        small_spec(9, partial=True, iterations=7, channel=Channel(4, 0.8, "mid_rise", 0),
                   **features),
        small_spec(3, graph=deficient_graph(3), iterations=4, **features),
    )  # fmt: skip
    return replace(CodeSetSpec("tiny_set", members), **changes)
