"""Trained parameters on disk: the bridge from learning to quantisation, without torch.

One ``.npz`` file holds alpha and beta for every iteration and edge (or block edge), optionally the
relaxation factor and channel weights, and a JSON text that says which code they belong to, what
the decoder looked like, and how they were made.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from model import npz
from model.code import TannerGraph
from model.errors import InputError
from model.exponents import is_integer
from model.names import checked_name
from model.schedules import SCHEDULES

SCHEMA = "unfoldhw.parameters/1"
LAYOUTS = ("edge", "block_edge")
RULES = ("sum-product", "weighted-sum-product", "min-sum", "normalised-offset")
FROZEN = ("alpha", "beta", "gamma")
"""Names of ``model.check_rules`` and ``model.decoder``, which need torch."""
LARGEST = 1e30
"""Greater factors and offsets are infinite in a decoder's single precision."""


@dataclass(frozen=True, eq=False)
class Parameters:
    """Numbers of one unfolded decoder.

    Attributes:
        graph: The code they belong to.
        alpha: (iterations, columns) float64, factors of the messages from checks to variables.
        beta: (iterations, columns) float64, offsets in LLR, subtracted before the factor.
        layout: What a column is: "edge" (graph edge order) or "block_edge" (its numbering).
        gamma: Relaxation factor in (0, 1), the weight of the old message; None: no relaxation.
        channel_weight: (n_variables,) float64 factors of the channel LLRs; None: all 1.
        metadata: Rule, schedule, sharing, tied and how the numbers were made; JSON values only.
    """

    graph: TannerGraph
    alpha: np.ndarray
    beta: np.ndarray
    layout: str
    gamma: float | None = None
    channel_weight: np.ndarray | None = None
    metadata: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise InputError(f"parameters: layout {self.layout!r} is none of {', '.join(LAYOUTS)}")
        if self.layout == "block_edge" and self.graph.block is None:
            raise InputError(
                f"parameters: layout 'block_edge', but {self.graph.name} has no block structure"
            )
        for name in ("alpha", "beta", "channel_weight"):
            if getattr(self, name) is not None:
                # As documented, whatever the file or caller has; no copy if it is so already.
                doubles = np.asarray(getattr(self, name), dtype=np.float64)
                object.__setattr__(self, name, doubles)
        by_edge = self.layout == "edge"
        columns = self.graph.n_edges if by_edge else self.graph.n_block_edges
        for name, array in (("alpha", self.alpha), ("beta", self.beta)):
            if array.ndim != 2 or array.shape[1] != columns or len(array) == 0:
                raise InputError(
                    f"parameters: {name} has shape {array.shape}, expected (iterations, {columns})"
                )
            good = (array >= 0) & (array <= LARGEST)  # NaN is neither
            if not good.all():
                it, column = np.unravel_index(np.argmin(good), array.shape)
                raise InputError(
                    f"parameters: {name}[{it}, {column}] = {array[it, column]} is not >= 0"
                    f" and <= {LARGEST:g}"
                )
        if self.alpha.shape != self.beta.shape:
            raise InputError(
                f"parameters: alpha has {len(self.alpha)} iterations, beta {len(self.beta)}"
            )
        if self.gamma is not None and not 0 <= self.gamma < 1:
            raise InputError(f"parameters: gamma = {self.gamma} is outside [0, 1)")
        weight = self.channel_weight
        if weight is not None:
            if weight.shape != (self.graph.n_variables,):
                raise InputError(
                    f"parameters: channel_weight has shape {weight.shape}, "
                    f"expected ({self.graph.n_variables},)"
                )
            if not (np.abs(weight) <= LARGEST).all():
                raise InputError(f"parameters: channel_weight is not within +-{LARGEST:g}")

    @property
    def iterations(self) -> int:
        """Number of iterations the parameters were made for."""
        return len(self.alpha)

    @classmethod
    def constant(
        cls, graph: TannerGraph, iterations: int, alpha: float = 1.0, beta: float = 0.0
    ) -> "Parameters":
        """Return one alpha and one beta everywhere: the fixed normalised or offset min-sum."""
        layout = "edge" if graph.block is None else "block_edge"
        columns = graph.n_edges if graph.block is None else graph.n_block_edges
        shape = (iterations, columns)
        metadata = {"rule": "normalised-offset", "made": {"constant": [alpha, beta]}}
        return cls(
            graph, np.full(shape, float(alpha)), np.full(shape, float(beta)), layout, None, None,
            metadata,
        )  # fmt: skip

    def edge_alpha(self) -> np.ndarray:
        """Return (iterations, n_edges) float64 factors in graph edge order."""
        return self._by_edge(self.alpha)

    def edge_beta(self) -> np.ndarray:
        """Return (iterations, n_edges) float64 offsets in LLR, in graph edge order."""
        return self._by_edge(self.beta)

    def block_edge_alpha(self) -> np.ndarray:
        """Return (iterations, n_block_edges) float64; the mean over the block if kept by edge."""
        return self._by_block_edge(self.alpha)

    def block_edge_beta(self) -> np.ndarray:
        """Return (iterations, n_block_edges) float64; the mean over the block if kept by edge."""
        return self._by_block_edge(self.beta)

    def _by_edge(self, array: np.ndarray) -> np.ndarray:
        return array if self.layout == "edge" else array[:, self.graph.block_edge_of_edge]

    def _by_block_edge(self, array: np.ndarray) -> np.ndarray:
        if self.layout == "block_edge":
            return array
        if self.graph.block is None:
            raise InputError(f"parameters: {self.graph.name} has no block structure")
        member = np.asarray(self.graph.block_edge_of_edge)
        count = np.bincount(member, minlength=self.graph.n_block_edges)
        return np.stack([np.bincount(member, row, len(count)) / count for row in array])

    def save(self, path: str | Path) -> Path:
        """Write the file, whole or not at all."""
        header = {
            **self.metadata,
            "schema": SCHEMA,
            "graph": self.graph.name,
            "edges_sha256": self.graph.edges_sha,
            "iterations": self.iterations,
            "layout": self.layout,
        }
        arrays = {"alpha": self.alpha, "beta": self.beta}
        if self.gamma is not None:
            arrays["gamma"] = np.float64(self.gamma)
        if self.channel_weight is not None:
            arrays["channel_weight"] = self.channel_weight
        return npz.write(path, arrays, header)

    @classmethod
    def load(cls, path: str | Path, graph: TannerGraph) -> "Parameters":
        """Read ``path``; ``InputError`` names the file if it is broken or for another code."""
        content, header = npz.read(path, SCHEMA, ("alpha", "beta"))
        try:
            check_header(header, graph)
            gamma = content.get("gamma")
            if gamma is not None and gamma.size != 1:
                raise InputError(f"parameters: gamma has shape {gamma.shape}, one number is due")
            gamma = None if gamma is None else float(gamma.item())
            layout = header["layout"]
            without = layout == "block_edge" and graph.block is None
            if without and content["alpha"].shape[1:] == (graph.n_edges,):
                layout = "edge"  # with Z = 1 a block edge is an edge, of the same number
            found = cls(
                graph, content["alpha"], content["beta"], layout, gamma,
                content.get("channel_weight"), header,
            )  # fmt: skip
            if header["iterations"] != found.iterations:
                raise InputError(
                    f"parameters: alpha has {found.iterations} iterations, the metadata say "
                    f"{header['iterations']}"
                )
            return found
        except InputError as error:
            raise InputError(f"{path}: {error}") from error


def check_header(header: dict, graph: TannerGraph) -> None:
    """Raise ``InputError`` unless ``header`` is of parameters for ``graph``.

    What it says of the decoder may be missing (older files), but not be something else.
    """
    for name in ("graph", "edges_sha256", "layout"):
        if not isinstance(header.get(name), str):
            raise InputError(f"metadata: {name} is {header.get(name)!r}, no text")
    checked_name("metadata: graph", header["graph"])
    if header["edges_sha256"] != graph.edges_sha:
        raise InputError(
            f"made for code {header['graph']!r}, whose edges differ from those of {graph.name!r}"
        )
    if not is_integer(header.get("iterations")):
        raise InputError(f"metadata: iterations is {header.get('iterations')!r}, no whole number")
    for name, known in (("rule", RULES), ("schedule", SCHEDULES)):
        if header.get(name, known[0]) not in known:
            raise InputError(
                f"metadata: {name} is {header[name]!r}, none of {', '.join(known)}"
            )
    frozen = header.get("frozen", [])
    if not isinstance(frozen, list) or any(name not in FROZEN for name in frozen):
        raise InputError(f"metadata: frozen is {frozen!r}, no list of {', '.join(FROZEN)}")
    _check_layers(header.get("layers"), graph.n_checks)


def _check_layers(layers: object, n_checks: int) -> None:
    """Explicit layers: lists that name every check once; None for none."""
    if layers is None:
        return
    if not isinstance(layers, list) or not all(isinstance(row, list) for row in layers):
        raise InputError(f"metadata: layers is {layers!r}, no list of lists of checks")
    named = [check for row in layers for check in row]
    if not all(is_integer(check) for check in named) or sorted(named) != list(range(n_checks)):
        raise InputError(f"metadata: layers do not name each of the {n_checks} checks once")
