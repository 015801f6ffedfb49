"""The same frame again, with other numbers, if its checks are not satisfied."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from model.decoder import UnfoldedDecoder
from model.inference import decode


@dataclass(frozen=True, eq=False)
class Try:
    """One try.

    Attributes:
        decoder: Weights, iterations and order of layers.
        channel: Factor of the channel LLRs.
    """

    decoder: UnfoldedDecoder
    channel: float = 1.0


class RetryDecoder:
    """A function from LLRs to decisions, as ``model.evaluate`` takes them.

    The first try that verifies a frame counts; if none does, the first of all.
    """

    def __init__(self, tries: Sequence[Try]) -> None:
        self.tries, self.graph = tuple(tries), tries[0].decoder.graph

    def __call__(self, llr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return bits (frames, n_variables), (frames,) verified, (frames,) iterations in a row."""
        values = torch.from_numpy(llr)
        first = decode(self.tries[0].decoder, values)
        bits, decoded = first.bits.numpy(), first.decoded.numpy()
        used = first.iterations.numpy().astype(np.int64)
        for each in self.tries[1:]:
            left = np.flatnonzero(~decoded)
            if len(left) == 0:
                break
            out = decode(each.decoder, each.channel * values[left])
            verified = out.decoded.numpy()
            bits[left[verified]] = out.bits.numpy()[verified]
            decoded[left] = verified
            used[left] += out.iterations.numpy()
        return bits, decoded, used
