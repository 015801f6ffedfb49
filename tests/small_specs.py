"""Specs of small quasi-cyclic codes for block tests and quick co-simulations."""

import numpy as np

from hw.layered.job import Job
from hw.min_sum.arithmetic import MinSum
from model.code import TannerGraph
from quant.code_section import from_graph
from quant.spec import FLOODING, Channel, Maps, Relaxation, Spec


def small_graph(z: int, rows: int = 4, columns: int = 9, seed: int = 5, **masks) -> TannerGraph:
    """Random QC code: row degrees differ, every column is in a check, the last are a staircase."""
    rng = np.random.default_rng(seed)
    exponents = np.full((rows, columns), -1)
    exponents[:, : columns - rows] = rng.integers(0, z, (rows, columns - rows))
    exponents[rng.random(exponents.shape) < 0.3] = -1
    for row in range(rows):
        exponents[row, columns - rows + row] = rng.integers(0, z)
        if row:
            exponents[row, columns - rows + row - 1] = 0
        exponents[row, row % (columns - rows)] = rng.integers(0, z)
    exponents[0, : columns - rows] = np.maximum(exponents[0, : columns - rows], 0)
    return TannerGraph.from_exponents(exponents, z, f"small_z{z}", **masks)


def deficient_graph(z: int) -> TannerGraph:
    """QC code whose last columns do not have full rank: not all information bits come first."""
    exponents = np.array([[0, 1, 2, 0, 0, 5], [1, 3, 0, 5, 0, 0], [2, 0, 1, 0, 5, 0]])
    return TannerGraph.from_exponents(exponents % z, z, f"deficient_z{z}")


def scattered_graph(rows: int = 20) -> TannerGraph:
    """Code without structure whose last columns are equal in pairs: one of each is information."""
    rng, matrix = np.random.default_rng(1), np.zeros((rows, 2 * rows), dtype=int)
    for row in range(rows):
        matrix[row, rng.choice(rows, 4, replace=False)] = 1
        matrix[row, rows + row // 2 * 2 : rows + row // 2 * 2 + 2] = 1
    empty = np.flatnonzero(~matrix.any(axis=0))
    matrix[empty % rows, empty] = 1
    return TannerGraph.from_dense(matrix, "scattered")


def small_spec(
    z: int,
    message_bits: int = 3,
    iterations: int = 5,
    early_stop: bool = True,
    maps: str = "iteration",
    partial: bool = False,
    rise: str = "mid_rise",
    relaxation: Relaxation | None = None,
    graph: TannerGraph | None = None,
    ties: int = 0,
    even: bool = False,
    **changes,
) -> Spec:
    """A spec with every feature reachable.

    maps : "one", "iteration" or "edge": how many codebook entries and what selects them
    ties : so many further runs of levels, for ties
    even : levels are even, so that APP values of an odd channel are odd
    partial : puncture the first column and the end of the second, shorten the end of the third
    """
    if partial:
        punctured, shortened = np.zeros((2, 9 * z), dtype=bool)
        punctured[: z] = punctured[z + z // 2 : 2 * z] = True
        shortened[2 * z + z // 2 : 3 * z] = True
        graph = small_graph(z, punctured=punctured, shortened=shortened)
    section, _ = from_graph(graph or small_graph(z))
    size, edges = 1 << (message_bits - 1), sum(len(row) for row in section.rows)
    step = max(1, 32 // size)
    codebook = tuple(tuple(m + step * i for i in range(size)) for m in range(1, 4))
    codebook = tuple(
        tuple(max(0, v - run * (2 + m)) for run in range(ties + 1) for v in levels)
        for m, levels in enumerate(codebook)
    )
    if even:
        codebook = tuple(tuple(level + level % 2 for level in entry) for entry in codebook)
    rng = np.random.default_rng(z)
    index = {
        "one": np.zeros((iterations, edges), int),
        "iteration": np.repeat(np.arange(iterations)[:, None] // 2 % 3, edges, axis=1),
        "edge": rng.integers(0, 3, (iterations, edges)),
    }[maps]
    spec = dict(
        name="tiny",
        code=section,
        channel=Channel(4, 0.9, rise, 0),
        app_bits=7,
        message_bits=message_bits,
        thresholds=tuple(step * i + 1 for i in range(1, size)),
        maps=Maps(codebook, tuple(tuple(int(m) for m in row) for row in index)),
        iterations=iterations,
        early_stop=early_stop,
        layer_order=tuple(np.random.default_rng(z + 1).permutation(len(section.rows)).tolist()),
        relaxation=relaxation,
    )
    return Spec(**{**spec, **changes})


def uneven_channel(*values: int) -> Channel:
    """A 4-bit channel whose values are not uniform."""
    cuts = (0.9, 1.9, 2.93, 4.0, 5.1, 6.32, 8.5)
    return Channel(4, 0.9, "mid_rise", 0, values or (1, 3, 5, 7, 10, 11, 14, 20), cuts)


def flooding_spec(**features) -> Spec:
    """A small flooding spec with every feature of :func:`small_spec` reachable."""
    return small_spec(**{"app_bits": 9, "kind": FLOODING, "layer_order": ()} | features)


def job_of(spec: Spec) -> Job:
    """What the block-serial engine goes through for a spec."""
    return MinSum(spec).job
