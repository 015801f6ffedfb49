"""Blocks of an inner decoder, between which the word is permuted; several starts side by side."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from model.decoder import UnfoldedDecoder
from model.resumable import advance, start

TOGETHER = 2048
"""Words, times starts, decoded at once."""


@dataclass(frozen=True, eq=False)
class RestartDecoder:
    """A function from LLRs to decisions, as ``model.evaluate`` takes them.

    A block is a whole run of the inner decoder, with no messages at its beginning. The next one
    begins with ``v + damping (a - v)`` permuted, v being the values of the block before and a the
    LLRs that it ended with. A start ends with the first block that verifies a word.

    Attributes:
        inner: The decoder of a block.
        permutations: (permutations, n) automorphisms. Each block draws one for each word; a single
            one is always taken. Further starts begin permuted, too.
        starts: How many decode each word. Of the words that they verify, the one nearest to what
            was received counts; if there is none, the last word of the first start.
        blocks: Of a start, at most.
        damping: 1: none.
        seed: Of the drawn permutations.
    """

    inner: UnfoldedDecoder
    permutations: np.ndarray
    starts: int = 1
    blocks: int = 30
    damping: float = 0.25
    seed: int = 1

    @property
    def graph(self):
        """The code."""
        return self.inner.graph

    def __call__(self, llr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return bits (frames, n), (frames,) verified, (frames,) iterations of the longest start.

        What is drawn depends on the words given with a word, too: the same call, the same result.
        """
        rng = np.random.default_rng([self.seed, len(llr)])
        parts = [
            self._chunk(part, rng)
            for part in torch.from_numpy(llr).split(max(1, TOGETHER // self.starts))
        ]
        return tuple(np.concatenate(field) for field in zip(*parts, strict=True))

    @torch.no_grad()
    def _chunk(self, llr: Tensor, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        table = torch.from_numpy(self.permutations)
        frames, n = llr.shape
        values = llr.repeat_interleave(self.starts, dim=0)
        word = torch.arange(len(values))
        # The bit of the word that each bit of the block is; the first start begins as it was sent.
        place = torch.arange(n).expand(len(values), n).clone()
        later = word % self.starts > 0
        place[later] = self._drawn(table, int(later.sum()), rng)
        values = values.gather(1, place)
        bits = torch.zeros(len(values), n, dtype=torch.uint8)
        verified = torch.zeros(len(values), dtype=torch.bool)
        used = torch.zeros(len(values), dtype=torch.int64)
        for _ in range(self.blocks):
            state = advance(self.inner, start(self.inner, values), 0, self.inner.iterations)
            app, done = state.app.t(), state.odd == 0
            bits[word[:, None], place] = (app < 0).to(torch.uint8)
            verified[word] = done
            used[word] += state.used
            going = torch.nonzero(~done)[:, 0]
            if len(going) == 0:
                break
            word, place, values, app = word[going], place[going], values[going], app[going]
            step = self._drawn(table, len(going), rng)
            values = (values + self.damping * (app - values)).gather(1, step)
            place = place.gather(1, step)
        return self._nearest(llr, bits, verified, used)

    def _drawn(self, table: Tensor, count: int, rng: np.random.Generator) -> Tensor:
        """(count, n) automorphisms."""
        return table[torch.from_numpy(rng.integers(len(table), size=count))]

    def _nearest(self, llr: Tensor, bits: Tensor, verified: Tensor, used: Tensor):
        """The word nearest to ``llr`` of those that the starts verify."""
        shape = (len(llr), self.starts)
        bits, verified, used = (part.unflatten(0, shape) for part in (bits, verified, used))
        differs = bits.bool() != (llr < 0)[:, None]
        metric = (llr.abs()[:, None] * differs).sum(dim=2)
        chosen = torch.where(verified, metric, torch.inf).argmin(dim=1)
        chosen = torch.where(verified.any(dim=1), chosen, 0)
        rows = torch.arange(len(llr))
        found = bits[rows, chosen], verified[rows, chosen], used.max(dim=1).values
        return tuple(part.numpy() for part in found)
