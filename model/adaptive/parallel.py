"""Parallel decoders: every frame with many sequences of weights, the checks choose.

Tasdighi and Yousefi 2025, equation 14: of all results the one with the fewest unsatisfied checks;
at the end, or after a few iterations, from where that one alone goes on.
"""

import numpy as np
import torch
from torch import Tensor

from model.decoder import UnfoldedDecoder
from model.errors import InputError
from model.resumable import State, advance, start

TOGETHER = 1 << 21
"""Messages of so many edges, frames and sequences are held at once."""


class ParallelDecoder:
    """A function from LLRs to decisions, as ``model.evaluate`` takes them.

    Args:
        decoder: Its own weights are 1 (min-sum); how many iterations at most.
        sequences: (sequences, iterations) weights. On a tie the first counts.
        depth: After so many iterations the choice is made; None: at the end.
    """

    def __init__(
        self, decoder: UnfoldedDecoder, sequences: np.ndarray, depth: int | None = None
    ) -> None:
        if sequences.shape[1] != decoder.iterations:
            raise InputError(
                f"sequences of {sequences.shape[1]} weights, {decoder.iterations} iterations"
            )
        self.decoder, self.graph, self.depth = decoder, decoder.graph, depth
        self.sequences = torch.from_numpy(sequences).to(decoder.base_llr)

    def __call__(self, llr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return bits (frames, n_variables), (frames,) verified, (frames,) iterations in a row."""
        values = torch.from_numpy(llr)
        most = max(1, min(512, TOGETHER // self.graph.n_edges))
        parts = [self._chunk(part) for part in values.split(most)]
        bits, decoded, used = (torch.cat(field).numpy() for field in zip(*parts, strict=True))
        return bits, decoded, used

    def _chunk(self, llr: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        decoder = self.decoder
        last = decoder.iterations
        choice = last if self.depth is None else self.depth
        mean = self.sequences[0][:, None].expand(-1, len(llr))
        state = advance(decoder, start(decoder, llr), 0, choice, mean)
        # A frame that the first sequence verifies is done: no other result would count.
        left = torch.nonzero(state.odd)[:, 0]
        count = len(self.sequences)
        for frames in left.split(max(1, TOGETHER // (count * self.graph.n_edges))):
            if len(frames) == 0:  # none was left
                break
            best = self._best(llr[frames], choice)
            if self.depth is None:
                # Nothing goes on from here, so that of different depths the messages are left.
                state.app[:, frames] = best.app
                state.odd[frames], state.used[frames] = best.odd, best.used
            else:
                state.put(frames, best)
        if self.depth is not None:
            state = advance(decoder, state, choice, last, mean)
        return (state.app < 0).t().to(torch.uint8), state.odd == 0, state.used

    def _best(self, llr: Tensor, until: int) -> State:
        """The state of each frame after its best sequence."""
        count = len(self.sequences)
        factors = self.sequences.t().repeat(1, len(llr))
        state = start(self.decoder, llr.repeat_interleave(count, dim=0))
        state = advance(self.decoder, state, 0, until, factors)
        # A place behind the decimal point of the count: of equal ones the first is the least.
        rank = (state.odd * count).unflatten(0, (-1, count)) + torch.arange(count)
        chosen = rank.argmin(dim=1) + count * torch.arange(len(llr))
        return state.take(chosen)
