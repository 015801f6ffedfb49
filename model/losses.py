"""Losses on the soft outputs of all iterations (the multiloss of Nachmani et al., "Deep learning
methods for improved decoding of linear codes", IEEE J. Sel. Topics Signal Process. 12 (1), 2018).

Inputs everywhere: ``soft`` (iterations, batch, variables) LLRs ln P(0)/P(1), and ``bits`` (batch,
variables) of 0 and 1. A weight for each iteration sums to 1; ``discount`` = 1 weighs them equally,
0 counts only the last.
"""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from model.errors import InputError


def cross_entropy(soft: Tensor, bits: Tensor, discount: float = 1.0) -> Tensor:
    """Return the mean binary cross entropy in nats a bit."""
    return _weighted(softplus(-_agreement(soft, bits)), discount)


def soft_bit_error(soft: Tensor, bits: Tensor, discount: float = 1.0) -> Tensor:
    """Return the mean probability that a bit drawn from the soft output is wrong.

    A smooth bit error rate (Lian et al., "Learned belief-propagation decoding with simple scaling
    and SNR adaptation", ISIT 2019): bits that are lost for good stop pulling.
    """
    return _weighted(torch.sigmoid(-_agreement(soft, bits)), discount)


def soft_frame_error(soft: Tensor, bits: Tensor, discount: float = 1.0) -> Tensor:
    """Return the mean of ``s / (1 + s)``, s being the expected number of wrong bits in a frame.

    Near s for frames that are almost right, near 1 for hopeless ones, however many bits they
    lose: what training can still win is the frames in between.
    """
    wrong = torch.sigmoid(-_agreement(soft, bits)).sum(dim=-1)
    return _weighted(wrong / (1 + wrong), discount)


LOSSES = {
    "cross-entropy": cross_entropy,
    "soft-bit-error": soft_bit_error,
    "soft-frame-error": soft_frame_error,
}


def iteration_weights(iterations: int, discount: float) -> Tensor:
    """Return (iterations,) float64 weights ``discount ** (iterations - 1 - i)``, of sum 1."""
    if not 0 <= discount <= 1:
        raise InputError(f"multiloss discount must lie in 0..1, not {discount}")
    age = torch.arange(iterations - 1, -1, -1, dtype=torch.float64)
    weights = discount**age
    return weights / weights.sum()


def _agreement(soft: Tensor, bits: Tensor) -> Tensor:
    return soft * (1 - 2 * bits.to(soft.dtype))


def _weighted(loss: Tensor, discount: float) -> Tensor:
    per_iteration = loss.flatten(1).mean(dim=1)
    return (iteration_weights(len(loss), discount).to(per_iteration) * per_iteration).sum()
