"""The small network of the two-stage decoder: from a received word to a weight an iteration.

Tasdighi and Yousefi 2025: two convolutions and a dense layer. It sees what the decoder knows
before its first iteration and what no codeword changes: how large the LLRs are, and which checks
the hard decisions leave odd. Signed LLRs would show it the answer where training sends the
all-zero word.
"""

import numpy as np
import torch
from torch import Tensor, nn

from model.decoder import UnfoldedDecoder
from model.inference import parities

CHANNELS, KERNEL, STRIDE = 8, 5, 2


class WeightNetwork(nn.Module):
    """Network from features (batch, 2, n_variables) to weights (batch, iterations), at least 0.

    Args:
        variables: Bits of a word.
        start: (iterations,) weights that it begins with, whatever the word.
    """

    def __init__(self, variables: int, start: np.ndarray) -> None:
        super().__init__()
        padding = KERNEL // 2
        self.convolutions = nn.Sequential(
            nn.Conv1d(2, CHANNELS, KERNEL, STRIDE, padding), nn.ReLU(),
            nn.Conv1d(CHANNELS, CHANNELS, KERNEL, STRIDE, padding), nn.ReLU(),
        )  # fmt: skip
        self.dense = nn.Linear(CHANNELS * _strided(_strided(variables)), len(start))
        nn.init.zeros_(self.dense.weight)
        self.dense.bias.data = torch.from_numpy(np.asarray(start, dtype=np.float32)).clone()

    def forward(self, features: Tensor) -> Tensor:
        """Return (batch, iterations) weights."""
        return self.dense(self.convolutions(features).flatten(1)).clamp(min=0)

    def matrices(self) -> list[nn.Parameter]:
        """Return the parameters that multiply something: those that pruning takes from."""
        return [p for p in self.parameters() if p.ndim > 1]

    def products(self, variables: int) -> int:
        """Return how many products a word takes, those with a weight of 0 left out."""
        places, total = variables, 0
        for layer in (self.convolutions[0], self.convolutions[2]):
            places = _strided(places)
            total += places * int((layer.weight != 0).sum())
        return total + int((self.dense.weight != 0).sum())


def _strided(places: int) -> int:
    """How many places a convolution leaves."""
    return -(-places // STRIDE)


def features(decoder: UnfoldedDecoder, llr: Tensor) -> Tensor:
    """Return (batch, 2, n_variables): sizes of the LLRs, and odd checks at each bit.

    Sizes are in units of the word's mean size, odd checks a part of the bit's checks.
    """
    channel = decoder.channel_values(llr.to(decoder.base_llr))
    size = channel.abs()
    size = size / size.mean(dim=0, keepdim=True).clamp(min=1e-9)
    odd = torch.zeros_like(channel)
    for group, parity in parities(decoder, channel < 0):
        at_each = parity.to(channel).expand(group.shape[0], -1, -1)
        odd.index_add_(0, group.variables, at_each.flatten(0, 1))
    degree = torch.tensor(decoder.graph.variable_degrees).to(channel)[:, None]
    return torch.stack([size, odd / degree.clamp(min=1)]).permute(2, 0, 1).contiguous()
