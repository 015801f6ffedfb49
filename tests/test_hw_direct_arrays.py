"""The two halves of a direct decoder's iteration, all nodes of a graph at once, against golden."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth_bench import responses
from small_specs import flooding_spec, small_graph

from hw.direct.graph import Graph
from hw.direct.messages import index_code, message_values
from hw.direct.relax import splits
from hw.direct.sides import CheckSide, VariableNodeArray
from quant.golden.channel import initial_app
from quant.golden.check import check_messages
from quant.golden.messages import magnitude_index
from quant.golden.relaxation import updated, value_used
from quant.golden.rows import block_rows
from quant.spec import Maps, Relaxation, Spec

FRAMES = 40


def tiny(z: int = 2, **features) -> Spec:
    """A spec of a graph with checks of degree 4 and 5 and variables of degree 1 to 4."""
    return flooding_spec(**dict(z=z, graph=small_graph(z, 4, 7)) | features)


def odd_words() -> Spec:
    """A spec whose channel values and levels are all odd, so that only halves are added."""
    spec = tiny(iterations=2)
    index = tuple(tuple((t + e) % 2 for e in range(spec.n_block_edges)) for t in range(2))
    return replace(spec, maps=Maps(((1, 5, 9, 13), (3, 3, 7, 21)), index))


SPECS = {
    "own maps": lambda: tiny(maps="edge", iterations=3),
    "binary": lambda: tiny(z=1, message_bits=5, maps="edge", iterations=2),
    "relaxed": lambda: tiny(z=1, message_bits=5, relaxation=Relaxation(2, 2)),
    "little fraction": lambda: tiny(maps="edge", relaxation=Relaxation(2, 1)),
    "partial": lambda: flooding_spec(z=2, partial=True, maps="edge", iterations=2),
    "mid-tread": lambda: tiny(rise="mid_tread", maps="one", iterations=2),
    "odd": odd_words,
}


class Frames:
    """Random messages of frames, (edges, frames) each, and what golden makes of them.

    stored : of the iteration before, with its fraction bits
    """

    def __init__(self, spec: Spec, graph: Graph, iterations: range, zero: bool, seed: int):
        self.spec, self.graph = spec, graph
        self.rng = rng = np.random.default_rng(seed)
        self.code, _ = index_code(spec)
        self.values = message_values(spec, graph, iterations, zero)
        fraction = spec.relaxation.frac_bits if spec.relaxation else 0
        top = np.array([[v.largest << fraction] for v in self.values])
        self.stored = rng.integers(-top, top + 1, (len(top), FRAMES))
        self.stored[:, 0], self.stored[:, 1] = top[:, 0], -top[:, 0]
        odd = np.array([v.odd for v in self.values])
        self.stored[odd] -= self.stored[odd] % 2 == 0  # down to the next odd one
        self.stored = np.clip(self.stored, -top, top)
        self.used = value_used(self.stored, spec.relaxation)

    def words(self, values: np.ndarray) -> list[int]:
        """Stored messages as their wires have them."""
        return [int(v) >> kind.odd for v, kind in zip(values, self.values, strict=True)]

    def left(self, edge: int, frame: int) -> int:
        """What is left of a stored message when the new one comes."""
        old, relaxation = int(self.stored[edge, frame]), self.spec.relaxation
        return old + (-old >> relaxation.shift) if splits(relaxation) else old

    def pattern(self, value) -> int:
        """The wires of a magnitude index."""
        return self.code.patterns[int(magnitude_index(np.array(value), self.code.thresholds))]

    def new_messages(self, iteration: int, v2c: np.ndarray) -> np.ndarray:
        """What the checks answer, in the order of the graph's edges."""
        z, after, first = self.spec.code.lifting_size, np.empty_like(v2c), 0
        for row in block_rows(self.spec):
            degree = len(row.edges)
            numbers = first + np.arange(degree)[:, None] + degree * np.arange(z)
            new = check_messages(self.spec, iteration, row.edges, v2c[numbers])
            after[numbers] = updated(self.stored[numbers], new, self.spec.relaxation)
            first += degree * z
        return after


@pytest.mark.parametrize(
    ("case", "cuts"),
    [("own maps", 0), ("own maps", 6), ("binary", 4), ("relaxed", 7), ("little fraction", 2),
     ("partial", 3), ("mid-tread", 0), ("odd", 1)],
)  # fmt: skip
def test_all_checks_answer_like_golden(case, cuts):
    """Every iteration's maps in turn, frame after frame, with as many registers as are asked."""
    spec = SPECS[case]()
    graph, iterations = Graph(spec), range(spec.iterations)
    checks = CheckSide(spec, graph, iterations, case != "odd", cuts)
    frames = Frames(spec, graph, iterations, case != "odd", cuts)
    assert checks.latency_cycles == cuts
    v2c = frames.rng.integers(-40, 41, frames.stored.shape)
    iteration = frames.rng.integers(0, spec.iterations, FRAMES)
    due = np.stack(
        [frames.new_messages(iteration[f], v2c)[:, f] for f in range(FRAMES)], axis=1
    )

    inputs = [*checks.told.x, *checks.told.negative, *checks.left]
    sets = [
        [
            *(frames.pattern(value) for value in v2c[:, f]),
            *(int(value < 0) for value in v2c[:, f]),
            *(frames.left(e, f) for e in range(len(checks.left))),
        ]
        for f in range(FRAMES)
    ]
    if checks.classes is not None:
        inputs.append(checks.classes)
        sets = [[*s, 1 << checks.class_of[t]] for s, t in zip(sets, iteration, strict=True)]
    assert (checks.classes is None) == (len(set(spec.maps.index)) == 1)
    found = responses(checks, inputs, checks.stored, sets, cuts)
    assert found == [frames.words(due[:, f]) for f in range(FRAMES)]


BOTH, DECIDES, TELLS = (True, True), (True, False), (False, True)


@pytest.mark.parametrize(
    ("case", "cut", "way"),
    [("own maps", False, BOTH), ("own maps", True, DECIDES), ("binary", True, BOTH),
     ("relaxed", True, TELLS), ("little fraction", False, BOTH), ("partial", True, BOTH),
     ("partial", False, DECIDES), ("mid-tread", False, TELLS), ("odd", False, BOTH),
     ("odd", True, TELLS)],
)  # fmt: skip
def test_all_variables_add_like_golden(case, cut, way):
    """Sums without each message, their signs and indices, decisions, what is left of messages."""
    spec, (decides, tells) = SPECS[case](), way
    graph, after = Graph(spec), range(spec.iterations - 1, spec.iterations)
    zero = case not in ("odd", "own maps")
    side = VariableNodeArray(spec, graph, after, zero, cut, decides, tells)
    frames = Frames(spec, graph, after, zero, 2 * cut + decides)
    low, high = spec.channel.minimum_code, spec.channel.maximum_code
    codes = frames.rng.integers(low, high + 1, (FRAMES, spec.n))
    codes[0], codes[1] = high, low
    channel = initial_app(spec, codes)
    sums = channel.T.astype(int)
    for e, edge in enumerate(graph.edges):
        sums[edge.variable] += frames.used[e]
    assert (case == "odd") == any(bias is not None for bias in side.biases)

    told = np.array([sums[edge.variable] - frames.used[e] for e, edge in enumerate(graph.edges)])
    sets, due = [], []
    for f in range(FRAMES):
        values = zip(channel[f].tolist(), side.biases, strict=True)
        words = [value if bias is None else (value >> 1) + bias for value, bias in values]
        sets.append([*words, *frames.words(frames.stored[:, f])])
        due.append([
            *(int(decides and value < 0) for value in sums[:, f]),
            *(frames.pattern(value) if tells else 0 for value in told[:, f]),
            *(int(tells and value < 0) for value in told[:, f]),
            *(frames.left(e, f) for e in range(len(side.left))),
        ])  # fmt: skip
    assert bool(side.left) == (spec.relaxation is not None)
    outputs = [*side.decisions, *side.told.x, *side.told.negative, *side.left]
    inputs = [*side.channel, *side.stored]
    assert responses(side, inputs, outputs, sets, side.latency_cycles) == due
