"""One row of check nodes on whole numbers, as ``quant.golden.check``, with gradients.

Forward nothing is soft. Backward, a level gets the gradient of the messages that it was sent as,
and each threshold is a ramp instead of a step: the message rises by the difference of its two
levels while the smallest magnitude crosses a triangular window around the threshold; and by twice
the lowest level while it crosses 0 and changes its sign. The ramp passes the gradient to the edge
that holds the smallest magnitude, and moves the threshold.
"""

import torch
from torch import Tensor

from quant.golden.minsearch import run_of_levels


class _CheckRow(torch.autograd.Function):
    @staticmethod
    def forward(ctx, v2c: Tensor, levels: Tensor, thresholds: Tensor, maps: Tensor) -> Tensor:
        magnitude, negative = v2c.abs(), v2c < 0
        first, second = _two_smallest(magnitude)
        cell1, cell2, own = (_cell(x, thresholds) for x in (first, second, magnitude))
        cell = torch.where(own == cell1, cell2, cell1)
        runs = torch.zeros_like(cell)
        count = levels.shape[1] // (len(thresholds) + 1)
        if count > 1:
            found = run_of_levels(own.numpy(), cell1.numpy(), cell2.numpy(), count)
            runs = torch.from_numpy(found).long()
        flip = negative ^ (negative.sum(dim=0) % 2 == 1)
        place = maps[:, None, None] * levels.shape[1] + runs * (len(thresholds) + 1) + cell
        out = levels.reshape(-1)[place]
        ctx.save_for_backward(v2c, levels, thresholds, maps, first, second, place, runs, flip)
        return torch.where(flip, -out, out)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        v2c, levels, thresholds, maps, first, second, place, runs, flip = ctx.saved_tensors
        gradient = torch.where(flip, -gradient, gradient)
        to_levels = torch.zeros_like(levels).reshape(-1)
        to_levels.index_add_(0, place.reshape(-1), gradient.reshape(-1))
        magnitude = v2c.abs()
        is_first, is_second = magnitude == first, magnitude == second
        smallest = torch.where(is_first, second, first)  # of the other edges
        rises = levels.reshape(len(levels), -1, len(thresholds) + 1).diff(dim=-1)[maps]
        lowest = levels.reshape(len(levels), -1, len(thresholds) + 1)[maps][:, :, 0]
        lowest = torch.gather(lowest, 1, runs.flatten(1)).reshape(v2c.shape)
        to_smallest = gradient * 2 * lowest * _window(smallest, thresholds[0])  # the sign's step
        to_thresholds = torch.zeros_like(thresholds)
        for i, (threshold, width) in enumerate(zip(thresholds, _windows(thresholds), strict=True)):
            rise = torch.gather(rises[:, :, i], 1, runs.flatten(1)).reshape(v2c.shape)
            part = gradient * rise * _window(smallest - threshold, width)
            to_smallest += part
            to_thresholds[i] = -part.sum()
        to_second = (to_smallest * is_first).sum(dim=0)
        to_first = to_smallest.sum(dim=0) - to_second
        to_magnitude = is_first * (to_first / is_first.sum(dim=0))
        to_magnitude += is_second * (to_second / is_second.sum(dim=0).clamp(min=1))
        to_v2c = torch.where(v2c < 0, -to_magnitude, to_magnitude)
        return to_v2c, to_levels.reshape(levels.shape), to_thresholds, None


def check_row(v2c: Tensor, levels: Tensor, thresholds: Tensor, maps: Tensor) -> Tensor:
    """Messages back to the variables, of the shape of ``v2c``, whole numbers in APP LSB.

    Args:
        v2c: (degree, Z, frames) whole numbers in APP LSB, as floats.
        levels: (entries, width) whole numbers: the spec's codebook, of one to three runs.
        thresholds: (2^(message_bits-1) - 1,) ascending whole numbers.
        maps: (degree,) the entry that each edge of the row uses.
    """
    return _CheckRow.apply(v2c, levels, thresholds, maps)


def _two_smallest(magnitude: Tensor) -> tuple[Tensor, Tensor]:
    if len(magnitude) == 1:  # nothing else to hear of: the top cell, as golden answers
        return magnitude[0], torch.full_like(magnitude[0], torch.inf)
    first, second = torch.topk(magnitude, 2, dim=0, largest=False).values
    return first, second


def _cell(magnitude: Tensor, thresholds: Tensor) -> Tensor:
    return torch.bucketize(magnitude, thresholds, right=True)


def _windows(thresholds: Tensor) -> Tensor:
    """Half widths: from each threshold to the nearer neighbour, 0 being one."""
    below = thresholds.diff(prepend=thresholds.new_zeros(1))
    above = torch.cat([below[1:], below[-1:]])
    return torch.minimum(below, above)


def _window(distance: Tensor, width: Tensor) -> Tensor:
    """A triangle of area 1."""
    return torch.relu(1 - distance.abs() / width) / width
