"""The rows of a code in the order of an iteration, and how long each waits for the one before."""

from dataclasses import dataclass

from hw.layered.job import Job
from hw.layered.pipeline import Pipeline
from hw.layered.schedule import layer_edges, ordered

Edges = tuple[tuple[int, int, int], ...]
"""(block edge number, column, exponent) of each edge of a row."""


@dataclass(frozen=True)
class Row:
    """One block row.

    wait : least cycles from the first back word of this row to the first front word of the next
        row of the same frame; of the last row nothing, as its frame waits for a verdict
    """

    edges: Edges
    wait: int

    @property
    def degree(self) -> int:
        return len(self.edges)


def choices(job: Job, pipeline: Pipeline) -> list[list[Row]]:
    """All rows of a code, with the edges of each in one order or another."""
    return [_with_waits(ordered(layer_edges(job), hurry), pipeline) for hurry in (False, True)]


def longest_wait(degree: int, pipeline: Pipeline) -> int:
    """Of rows of so many edges at most: the last column of one is the first of the next."""
    return max(0, degree - 1 + pipeline.back_to_front)


def _with_waits(layers: list[list[tuple[int, int, int]]], pipeline: Pipeline) -> list[Row]:
    rows = []
    for number, edges in enumerate(layers):
        last = number == len(layers) - 1
        wait = 0 if last else _wait(layers, number + 1, pipeline)
        rows.append(Row(tuple(edges), wait))
    return rows


def _wait(layers: list, number: int, pipeline: Pipeline) -> int:
    """From the back start of the row before to the front start of row ``number`` (> 0).

    Every column was written back by then. The back half takes rows of a frame in their order and
    whole, so an earlier row began at least as many cycles before as the rows between have edges.
    Rows of the iteration before are no matter: a verdict came since.
    """
    wait, since, due = 0, 0, {column: place for place, (_, column, _) in enumerate(layers[number])}
    for before in reversed(range(number)):
        if before < number - 1:
            since += len(layers[before])
        for place, (_, column, _) in enumerate(layers[before]):
            if column in due:
                written = place + pipeline.back_to_front - since
                wait = max(wait, written - due[column])
    return wait
