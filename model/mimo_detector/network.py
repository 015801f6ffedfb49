"""What every trained detector of this family is: a torch module from blocks to estimates."""

import numpy as np
import torch
from torch import Tensor, nn

from model.errors import InputError
from model.mimo_detector import real
from model.mimo_detector.system import Blocks, System

Output = tuple[Tensor, Tensor | None]
"""(blocks, 2 users, vectors) r, and theta of the noise an axis in it, broadcast over r; None where
r is the estimate of the symbols itself, as networks without a model of their noise have it."""


class Network(nn.Module):
    """A detector that training can take in hand.

    Args:
        system: Antennas, users, modulation.
        rounds: T, rounds or layers.

    Attributes:
        llr_noise: Deviation of the noise an axis for LLRs of the last r; training sets it
            (``model.mimo_detector.soft.best_noise``).
    """

    def __init__(self, system: System, rounds: int) -> None:
        super().__init__()
        if rounds < 1:
            raise InputError(f"rounds must be at least 1, not {rounds}")
        self.system, self.rounds = system, rounds
        self.llr_noise = 0.6 * system.constellation.unit

    def outputs(self, blocks: Blocks, first: int | None = None) -> list[Output]:
        """Return what each of the first (default all) rounds ends with."""
        raise NotImplementedError

    def grow(self, depth: int) -> None:
        """Before incremental training reaches round ``depth`` > 1: copy numbers to it."""

    def options(self) -> dict:
        """Return the choices that shape the detector, as JSON values."""
        return {
            "antennas": self.system.antennas,
            "users": self.system.users,
            "modulation": self.system.modulation,
            "rounds": self.rounds,
        }

    def forward(self, blocks: Blocks) -> Tensor:
        """Return the last r, (blocks, 2 users, vectors) float."""
        return self.outputs(blocks)[-1][0]

    @torch.no_grad()
    def detect(self, blocks: Blocks) -> np.ndarray:
        """Return the last r as (blocks, users, vectors) complex64, without gradients."""
        return real.to_complex(self(blocks)).numpy()

    def received(self, blocks: Blocks) -> tuple[Tensor, Tensor, Tensor]:
        """Return y, H and its transpose as real tensors; ``InputError`` for other shapes."""
        size = (self.system.antennas, self.system.users)
        channel, received = blocks.channel, blocks.received
        if channel.ndim != 3 or channel.shape[1:] != size:
            raise InputError(
                f"channel has shape {channel.shape}, expected (blocks, {size[0]}, {size[1]})"
            )
        if received.ndim != 3 or received.shape[:2] != channel.shape[:2]:
            raise InputError(
                f"received has shape {received.shape}, "
                f"expected ({channel.shape[0]}, {size[0]}, vectors)"
            )
        matrix = real.matrices(torch.from_numpy(channel))
        return real.vectors(torch.from_numpy(received)), matrix, matrix.transpose(1, 2)
