"""What a decoder returns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Decoded:
    """What the decoder returns for a batch of frames.

    bits : (frames, n_variables) uint8 hard decisions in graph order
    decoded : (frames,) bool, the hard decisions were verified to satisfy every check
    iterations : (frames,) uint8, iterations used, with retries in all tries together
    soft : (frames, n_variables) int16, APP values in APP LSB when the frame ended; a bit is 1
        exactly where its value is negative. None from a decoder that does not return them.
    unsatisfied : (frames,) int32, single checks found odd in the last iteration: layered, each
        right after its update; flooding, of the final sums. 0 where ``decoded``. Or None.
    """

    bits: np.ndarray
    decoded: np.ndarray
    iterations: np.ndarray
    soft: np.ndarray | None = None
    unsatisfied: np.ndarray | None = None

    def differs(self, other: "Decoded") -> np.ndarray:
        """Frames, (frames,) bool, in which anything differs that both answer."""
        found = np.zeros(len(self.bits), dtype=bool)
        for name in (field.name for field in fields(self)):
            mine, its = getattr(self, name), getattr(other, name)
            if mine is not None and its is not None:
                found |= (mine != its).reshape(len(found), -1).any(axis=1)
        return found


class BatchResults:
    """The results of one batch; those of frames still running are not yet valid."""

    def __init__(self, frames: int, n_variables: int):
        self.soft = np.zeros((frames, n_variables), dtype=np.int16)
        self.decoded = np.zeros(frames, dtype=bool)
        self.iterations = np.zeros(frames, dtype=np.uint8)
        self.unsatisfied = np.zeros(frames, dtype=np.int32)

    def put(
        self,
        frames: np.ndarray,
        app: np.ndarray,
        verified: np.ndarray,
        iterations: int,
        unsatisfied: np.ndarray,
    ) -> None:
        """Note ``frames`` (ended,), their numbers in the batch; app : (n_variables, ended)."""
        self.soft[frames] = app.T
        self.decoded[frames] = verified
        self.iterations[frames] = iterations
        self.unsatisfied[frames] = unsatisfied

    def copy(self) -> "BatchResults":
        """The same in arrays of its own."""
        other = BatchResults(0, 0)
        for name, values in vars(self).items():
            setattr(other, name, values.copy())
        return other

    def decoded_frames(self) -> Decoded:
        """All results."""
        bits = (self.soft < 0).view(np.uint8)
        return Decoded(bits, self.decoded, self.iterations, self.soft, self.unsatisfied)


def joined(parts: Sequence[Decoded]) -> Decoded:
    """The results of several batches, all of one kind of decoder, as one."""
    if len(parts) == 1:
        return parts[0]
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Decoded))
    return Decoded(*(None if c[0] is None else np.concatenate(c) for c in columns))
