"""Distances that the issue of rows keeps, and what is known of a row before it is issued."""

from dataclasses import dataclass

from amaranth.lib import data

from hw.code_set import countdown
from hw.layered.pipeline import Pipeline
from hw.lib.arithmetic import bits_for
from hw.lib.memory import BlockMemory

PROGRAM_CYCLES = BlockMemory.latency_cycles
"""From the address of a program word to the word."""
_TO_FRONT = 1 + PROGRAM_CYCLES
"""From the issue of a row to its first front word."""
TO_ISSUE = 7
"""From the start of a row in the back half to the earliest issue of its slot's next row."""
LEAST_DEGREE = 2
"""Edges of a row: fewer would leave the FIFO before they have entered it."""


@dataclass(frozen=True)
class RowTimes:
    """Distances of one decoder, in cycles.

    Front words count from the program memory, back words from the back half's count, as in
    :class:`hw.layered.pipeline.Pipeline`. There is a register of row minima between search and back
    half: a row's back words begin ``search`` + 1 behind its last front word at the earliest, and
    from ``search`` + 1 on the search has no minima of the row before.
    """

    pipeline: Pipeline

    @property
    def search(self) -> int:
        return self.pipeline.last_front_to_minima

    @property
    def least_search_end(self) -> int:
        """From the issue of a row to ``search`` behind its last front word, but for its degree."""
        return _TO_FRONT - 1 + self.search

    not_counted = TO_ISSUE + _TO_FRONT
    """Cycles of a row's wait that pass without a count."""

    def counted(self, wait: int) -> int:
        """Cycles that a slot counts for a row's ``wait`` (:class:`hw.code_set.rows.Row`)."""
        return max(0, wait - self.not_counted)


def row_layout(rows: int, words: int, degree: int, wait: int) -> data.StructLayout:
    """What is known of a row before it is issued.

    next : the row that its frame goes on with: behind the last one its code's first again
    address : of its first program word; more : edges behind the first
    wait : that its slot counts (:mod:`hw.code_set.countdown`) behind the row before, at most
        ``wait`` cycles; initial : it is the first of an iteration, and waits for a verdict
    """
    return data.StructLayout(
        {
            "next": bits_for(rows),
            "address": bits_for(words),
            "more": bits_for(degree),
            "wait": countdown.bits(wait),
            "initial": 1,
        }
    )
