"""Schedules: in which order the checks of a graph speak, as layers of equal-degree groups.

A layer is a set of checks that read the same a-posteriori LLRs and then update them together;
an iteration walks through all layers (Hocevar, "A reduced complexity decoder architecture via
layered decoding of LDPC codes", SiPS 2004). Flooding is a single layer. Inside a layer the checks
are grouped by degree, so that every group is a full (degree, checks) table of edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.code import TannerGraph
from model.errors import InputError

SCHEDULES = ("flooding", "layered")


@dataclass(frozen=True, eq=False)
class Group:
    """Checks of equal degree inside one layer.

    Attributes:
        edges: (degree, checks) int64, edge numbers in graph edge order; a column is one check,
            its edges ascend by variable.
    """

    edges: np.ndarray


@dataclass(frozen=True, eq=False)
class Layer:
    """Groups that update together.

    Attributes:
        groups: One group for each check degree that occurs.
        disjoint: True if no variable occurs twice, so that an update may overwrite.
    """

    groups: tuple[Group, ...]
    disjoint: bool


def build(
    graph: TannerGraph, schedule: str, layers: Sequence[Sequence[int]] | None = None
) -> tuple[Layer, ...]:
    """Return the layers of ``schedule`` on ``graph``.

    Args:
        graph: The code.
        schedule: "flooding", or "layered": a block row is a layer, if its checks share no
            variable; else every check is.
        layers: Optional explicit layers for "layered": lists of check numbers that name every
            check once.
    """
    if schedule not in SCHEDULES:
        raise InputError(f"schedule {schedule!r} is unknown; choose from {', '.join(SCHEDULES)}")
    if layers is not None and schedule != "layered":
        raise InputError(f"explicit layers belong to the layered schedule, not to {schedule!r}")
    checks = np.arange(graph.n_checks)
    if schedule == "flooding":
        members = [checks]
    elif layers is not None:
        members = [np.asarray(layer, dtype=np.int64) for layer in layers]
        named = np.sort(np.concatenate(members)) if members else np.zeros(0, dtype=np.int64)
        if not np.array_equal(named, checks):
            raise InputError(f"layers must name each of the {graph.n_checks} checks once")
    elif graph.in_layers:
        members = list(checks.reshape(-1, graph.block.lifting_size))
    else:
        members = list(checks[:, None])
    first_edge = np.searchsorted(graph.check_of_edge, np.arange(graph.n_checks + 1))
    return tuple(_layer(graph, member, first_edge) for member in members)


def layer_of_edge(layers: Sequence[Layer], n_edges: int) -> np.ndarray:
    """Return (n_edges,) int64: the number of the layer in which each edge is updated."""
    number = np.empty(n_edges, dtype=np.int64)
    for i, layer in enumerate(layers):
        for group in layer.groups:
            number[group.edges] = i
    return number


def _layer(graph: TannerGraph, checks: np.ndarray, first_edge: np.ndarray) -> Layer:
    degrees = np.diff(first_edge)[checks]
    groups = []
    for degree in np.unique(degrees):
        starts = first_edge[:-1][checks[degrees == degree]]
        groups.append(Group(starts[None, :] + np.arange(degree)[:, None]))
    variables = np.concatenate([graph.variable_of_edge[g.edges].ravel() for g in groups])
    return Layer(tuple(groups), len(np.unique(variables)) == len(variables))
