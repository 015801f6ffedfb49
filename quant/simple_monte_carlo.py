"""Error rates of a family that supplies no more than ``traffic``, ``golden`` and ``score``."""

import time
from functools import cache

import numpy as np

from model import families
from model.errors import InputError
from model.options import Options
from quant.monte_carlo import BIT_ERRORS, FrameCounts, MonteCarlo, point_number

PARTS = ("traffic", "golden", "score")


class SimpleMonteCarlo(MonteCarlo):
    """Frames of a unit from one generator, seeded by seed, point and unit.

    ``traffic(spec, snr_db, rng, frames)`` returns what is sent, an array (frames, ...) with an
    entry for every bit, and what a receiver sees of it; ``golden(spec, seen)`` what comes out;
    ``score(spec, sent, got)`` wrong bits of each frame, ``{"bit_errors": (frames,)}``.
    """

    family: families.Family
    unit_frames = 64

    def frame_bits(self, link: Options) -> int:
        sent, _ = self._part("traffic")(self.spec, 0.0, np.random.default_rng(0), 1)
        return int(np.asarray(sent).size)

    def count(
        self, model: str, link: Options, point_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        errors, seconds = [], 0.0
        for unit in range(first // self.unit_frames, (first + frames) // self.unit_frames):
            rng = np.random.default_rng([seed, point_number(point_db), unit])
            sent, seen = self._part("traffic")(self.spec, point_db, rng, self.unit_frames)
            started = time.process_time()
            got = self._part("golden")(self.spec, seen)
            seconds += time.process_time() - started
            errors.append(self._errors(self._part("score")(self.spec, sent, got)))
        # A clock may not see what is over within its resolution.
        return FrameCounts({BIT_ERRORS.name: np.concatenate(errors)}, max(seconds, 1e-9))

    def title(self, model: str) -> str:
        return self.spec.describe()

    def _part(self, name: str):
        return families.need(self.family, name)

    def _errors(self, scored: object) -> np.ndarray:
        """Wrong bits of each frame; ``InputError`` if ``score`` returns something else."""
        found = scored.get(BIT_ERRORS.name) if isinstance(scored, dict) else None
        errors = np.asarray(found)
        if errors.shape != (self.unit_frames,) or errors.dtype.kind not in "iu":
            raise InputError(
                f"family {self.family.name!r}: its score must return {{'bit_errors': integers of "
                f"shape ({self.unit_frames},)}}"
            )
        return errors


def of(family: families.Family) -> type[SimpleMonteCarlo] | None:
    """The class of a family, or None if it lacks one of the three functions."""
    return None if any(families.find(family, name) is None for name in PARTS) else _made(family)


@cache
def _made(family: families.Family) -> type[SimpleMonteCarlo]:
    return type("SimpleMonteCarlo", (SimpleMonteCarlo,), {"family": family})
