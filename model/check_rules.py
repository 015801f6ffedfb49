"""Check-node rules: what a check sends to each of its variables, from what the others sent it.

Every rule is one call on a tensor of incoming LLRs, shape (degree, ...), and returns the outgoing
messages in the same shape: message j depends on every input but input j. The sign of an exact zero
counts as positive, as in the integer models.

* sum-product: the exact rule, Gallager's ``2 atanh(prod tanh(v/2))``.
* weighted-sum-product: ``alpha`` times the exact message; with an alpha for each edge this is the
  neural belief propagation of Nachmani et al. (see model.losses), its weights put on the edge that
  the message enters instead of on pairs of edges.
* min-sum: product of signs times the smallest magnitude.
* normalised-offset: ``alpha * max(min - beta, 0)`` on the min-sum magnitude; alpha = 1, beta = 0
  is min-sum, beta = 0 is normalised min-sum and alpha = 1 is offset min-sum (Chen et al.,
  "Reduced-complexity decoding of LDPC codes", IEEE Trans. Commun. 53 (8), 2005).
"""

import torch
from torch import Tensor

RULES = {
    "sum-product": (),
    "weighted-sum-product": ("alpha",),
    "min-sum": (),
    "normalised-offset": ("alpha", "beta"),
}
"""The rules, and which numbers each has."""

KNOWN_LLR = 256.0
"""LLR of a bit known to be 0 and the message of a check with no other input: far above every
channel LLR, and small enough that float32 sums beside it keep an absolute error near 1e-5."""


class _SignedMinimum(torch.autograd.Function):
    """Min-sum with a hand-written gradient: a fifth of the memory of the recorded operations."""

    @staticmethod
    def forward(ctx, incoming: Tensor) -> Tensor:
        magnitude = incoming.abs()
        negative = incoming < 0
        first = magnitude[0]
        second = torch.full_like(first, KNOWN_LLR)
        parity = negative[0]
        for j in range(1, len(magnitude)):
            second = torch.minimum(second, torch.maximum(first, magnitude[j]))
            first = torch.minimum(first, magnitude[j])
            parity = parity ^ negative[j]
        outgoing = torch.where(magnitude == first, second, first)
        outgoing = torch.where(negative ^ parity, -outgoing, outgoing)
        ctx.save_for_backward(incoming, first, second, parity)
        return outgoing

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        incoming, first, second, parity = ctx.saved_tensors
        magnitude = incoming.abs()
        negative = incoming < 0
        gradient = torch.where(negative ^ parity, -gradient, gradient)
        is_first = magnitude == first
        is_second = magnitude == second
        to_second = (gradient * is_first).sum(dim=0)
        to_first = gradient.sum(dim=0) - to_second
        # Equal minima share the gradient; without a tie both counts are 1.
        to_first = to_first / is_first.sum(dim=0)
        to_second = to_second / is_second.sum(dim=0).clamp(min=1)
        result = is_first * to_first + is_second * to_second
        return torch.where(negative, -result, result)


def min_sum(incoming: Tensor) -> Tensor:
    """Return the min-sum messages for ``incoming`` of shape (degree, ...)."""
    return _SignedMinimum.apply(incoming)


def normalised_offset(incoming: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    """Return ``alpha * max(min - beta, 0)`` with the min-sum sign.

    Args:
        incoming: LLRs, shape (degree, ...).
        alpha: Factors >= 0 of the outgoing messages, broadcast against ``incoming``.
        beta: Offsets >= 0 in LLR of the outgoing messages, broadcast against ``incoming``.
    """
    signed = min_sum(incoming)
    return alpha * (signed - torch.clamp(signed, -beta, beta))


class _BoxPlus(torch.autograd.Function):
    """``boxplus`` with a hand-written gradient: two tensors kept instead of ten."""

    @staticmethod
    def forward(ctx, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        total, difference = (a + b).abs(), (a - b).abs()
        return (
            0.5 * (total - difference)
            + torch.log1p(torch.exp(-total))
            - torch.log1p(torch.exp(-difference))
        )

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        a, b = ctx.saved_tensors
        total, difference = torch.tanh(0.5 * (a + b)), torch.tanh(0.5 * (a - b))
        half = 0.5 * gradient
        return half * (total - difference), half * (total + difference)


def boxplus(a: Tensor, b: Tensor) -> Tensor:
    """Return the LLR of the sum modulo 2 of two independent bits with LLRs ``a`` and ``b``.

    ``ln cosh((a+b)/2) - ln cosh((a-b)/2)``: no overflow at any LLR, and the gradient is exact at
    zero and at equal inputs too, where the form with an explicit minimum has kinks.
    """
    return _BoxPlus.apply(a, b)


def sum_product(incoming: Tensor) -> Tensor:
    """Return the exact messages for ``incoming`` of shape (degree, ...), by partial sums."""
    degree = len(incoming)
    if degree == 1:
        return torch.full_like(incoming, KNOWN_LLR)
    before = [incoming[0]]
    after = [incoming[degree - 1]]
    for j in range(1, degree - 1):
        before.append(boxplus(before[-1], incoming[j]))
        after.append(boxplus(after[-1], incoming[degree - 1 - j]))
    after.reverse()
    middle = [boxplus(before[j - 1], after[j]) for j in range(1, degree - 1)]
    return torch.stack([after[0], *middle, before[-1]])
