"""What a decoder answers, and its frames in batches."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Decoded:
    """What the decoder returns for a batch of frames.

    bits : (frames, n_variables) uint8 hard decisions in graph order
    decoded : (frames,) bool, the hard decisions were verified to satisfy every check
    iterations : (frames,) uint8, iterations used
    """

    bits: np.ndarray
    decoded: np.ndarray
    iterations: np.ndarray


class Answers:
    """The answers of one batch while some of its frames are still running.

    Attributes
    ----------
    running : (frames still running,) numbers of the frames in the batch
    """

    def __init__(self, frames: int, n_variables: int, iterations: int):
        self.bits = np.zeros((frames, n_variables), dtype=np.uint8)
        self.decoded = np.zeros(frames, dtype=bool)
        self.iterations = np.full(frames, iterations, dtype=np.uint8)
        self.running = np.arange(frames)

    def end(self, done: np.ndarray, app: np.ndarray, verified: np.ndarray, iteration: int) -> None:
        """Note the frames that are ``done`` (running,) after ``iteration`` (from 0).

        app : (n_variables, running) ; verified : (running,)
        """
        ended = self.running[done]
        self.bits[ended] = (app[:, done] < 0).T
        self.decoded[ended] = verified[done]
        self.iterations[ended] = iteration + 1
        self.running = self.running[~done]

    def decoded_frames(self) -> Decoded:
        """All answers, once nothing is running."""
        return Decoded(self.bits, self.decoded, self.iterations)


def in_batches(
    decode_batch: Callable[[np.ndarray], Decoded], codes: np.ndarray, batch: int
) -> Decoded:
    """Decode ``codes`` (frames, n), ``batch`` frames at a time."""
    parts = [decode_batch(codes[i : i + batch]) for i in range(0, len(codes), batch)]
    if not parts:
        raise ValueError("decode: no frames given")
    return Decoded(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Decoded)))
