"""Frames for a board, what must come back, and what of it is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model import families
from quant import kinds
from sim.board.session import Result
from sim.buildfolder import Build
from sim.stimulus.frames import Stimulus

_MOVING = ("context", "tag")  # fields of the status that depend on when a frame came


@dataclass(frozen=True)
class Traffic:
    """Frames of one point.

    Parameters
    ----------
    stimulus : frames and what the models make of them
    bits : of a frame that may be wrong; 0 where nobody knows what was sent
    errors : wrong bits of a frame, by its number and the beats that came out
    """

    stimulus: Stimulus
    bits: int = 0
    errors: Callable[[int, np.ndarray], int] | None = None

    def due(self, result: Result) -> np.ndarray | None:
        """The beats that must come out of a frame; None for a context in which nobody knows."""
        contexts = self.stimulus.contexts
        if contexts is None:
            return self.stimulus.outputs[result.frame]
        if result.context is None:
            return None
        return contexts.outputs[result.context].get(result.frame)

    def difference(self, result: Result) -> str | None:
        """What of a result differs from the models, in words; None if nothing does."""
        due = self.due(result)
        if due is None:
            return f"frame {result.frame}: met context {result.context}"
        if not np.array_equal(due, result.beats):
            beat = int(np.flatnonzero((due != result.beats).any(axis=1))[0])
            return (f"frame {result.frame}: beat {beat} is {result.beats[beat].tobytes().hex()}, "
                    f"expected {due[beat].tobytes().hex()}")  # fmt: skip
        status = self.stimulus.status[result.frame]
        for name, (low, width) in self.stimulus.status_fields.items():
            found, right = ((word >> low) & ((1 << width) - 1) for word in (result.status, status))
            if name not in _MOVING and found != right:
                return f"frame {result.frame}: {name} is {found}, expected {right}"
        return None


def has_rates(build: Build) -> bool:
    """Whether the family says what was sent, so that there are error rates."""
    return families.find(kinds.family_of(build.spec), "board_traffic") is not None


def make(
    build: Build, link: object, point_db: float | None, seed: int, first: int, frames: int
) -> Traffic:
    """Frames ``first``, ``first + 1``, ... of a point, as the family's Monte Carlo has them.

    Of a family that does not say what was sent: those of its co-simulation, compared and no more.
    """
    part = families.find(kinds.family_of(build.spec), "board_traffic")
    if part is None:
        return Traffic(build.frames(frames, point_db, seed + first))
    return part(build, link, point_db, seed, first, frames)
