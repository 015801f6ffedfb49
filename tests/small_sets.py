"""Sets of small codes, all with one alphabet."""

from dataclasses import replace

import numpy as np
from small_specs import deficient_graph, small_graph, small_spec

from hw.code_set.addressing import SetAddressing
from hw.code_set.chunks import SetChunks
from hw.code_set.image import Image
from hw.code_set.options import Options
from hw.code_set.row_times import RowTimes
from hw.code_set.windows import SetWindows
from hw.layered.pipeline import Pipeline
from hw.min_sum.arithmetic import MinSum
from model.code import TannerGraph
from quant.code_set.spec import CodeSetSpec
from quant.spec import Channel


def graph_of(z: int, rows: int, columns: int, share: float, seed: int) -> TannerGraph:
    """Random QC code: a part ``share`` of its blocks is there, the last columns are a staircase."""
    rng = np.random.default_rng(seed)
    exponents = rng.integers(0, z, (rows, columns))
    exponents[rng.random(exponents.shape) > share] = -1
    for row in range(rows):
        exponents[row, columns - rows :] = -1
        exponents[row, columns - rows + row] = 0
        exponents[row, columns - rows + (row + 1) % rows] = int(row > 0)
        exponents[row, row % (columns - rows)] = rng.integers(0, z)
    exponents[0, : columns - rows] = np.maximum(exponents[0, : columns - rows], 0)
    return TannerGraph.from_exponents(exponents, z, f"set_{rows}_{columns}_z{z}")


def small_set(z: int = 6, name: str = "tiny_set", **features) -> CodeSetSpec:
    """Codes of 6 short rows, of 2 long ones and of some between."""
    graphs = [
        graph_of(z, 6, 12, 0.3, 1), graph_of(z, 2, 20, 0.95, 2), small_graph(z),
        graph_of(z, 3, 20, 0.5, 4),
    ]  # fmt: skip
    members = tuple(small_spec(z=z, graph=graph, **features) for graph in graphs)
    return CodeSetSpec(name, members)


def image_of(spec: CodeSetSpec, options: Options | None = None) -> tuple[Image, Options]:
    """Tables and resolved options of a set."""
    options = (options or Options()).resolved(spec)
    jobs = tuple(MinSum(member).job for member in spec.members)
    addressing = SetAddressing(jobs, options.slots, options.llrs_per_beat)
    pipeline = Pipeline(jobs[0].times, jobs[0].code.lifting_size, way=1)
    streams = SetChunks(addressing), SetWindows(addressing, options.bits_per_beat)
    return Image(jobs, addressing, RowTimes(pipeline), *streams), options


def mixed_set(**changes) -> CodeSetSpec:
    """Three codes: Z = 6; Z = 9, punctured and shortened; Z = 3, rank-deficient."""
    features = {"maps": "edge", "ties": True}
    members = (
        small_spec(6, **features),
        small_spec(9, partial=True, iterations=7, channel=Channel(4, 0.8, "mid_rise", 0),
                   **features),
        small_spec(3, graph=deficient_graph(3), iterations=4, **features),
    )  # fmt: skip
    return replace(CodeSetSpec("tiny_set", members), **changes)
