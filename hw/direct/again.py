"""What lies between two runs of a frame, where it is not over after the first."""

from typing import Protocol

from amaranth.hdl import Module, Value
from amaranth.lib import data


class Again(Protocol):
    """What an iterated core asks of whoever sends frames through it again.

    Attributes
    ----------
    runs : behind the first one, at most
    fields : of a frame in the core, field to shape; ``used`` are iterations of runs before
    """

    runs: int
    fields: dict

    def goes_on(self, frame: data.View) -> Value:
        """Whether a frame that ends its run unverified has another one."""

    def advance(self, frame: data.View, free: Value, restart: Value, iterations: int) -> dict:
        """The fields one pass later; of a new frame (``free``), or one that begins a run."""

    def values(self, m: Module, values: list[Value], sums: list[Value]) -> list[Value]:
        """Channel values of the next run, from those of this one and what it ended with."""

    def put_back(self, m: Module, lanes: list[Value], frame: data.View) -> list[Value]:
        """The lanes of all variables as the frame came."""
