"""Steps whose gradient is that of the straight line through them (Bengio et al. 2013)."""

import torch
from torch import Tensor


class _Floor(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return torch.floor(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return gradient


def floored(x: Tensor) -> Tensor:
    """floor(x), passing the gradient on as it is."""
    return _Floor.apply(x)


def rounded(x: Tensor) -> Tensor:
    """x to the nearest whole number, halves up, as :mod:`quant.codebook` rounds."""
    return floored(x + 0.5)
