"""eta: from a noisy axis of a symbol to its estimate, element by element.

With the levels l_k = unit (2 k - M + 1) of an axis and noise of standard deviation theta:

posterior   E[l | r] = sum_k l_k p_k,  p_k ~ exp(-(r - l_k)^2 / (2 theta^2)), levels equally likely
sigmoid     unit sum_j tanh(unit (r - t_j) / theta^2) over the M - 1 decision thresholds t_j: what
            the posterior mean is if only the two levels around r count; the same for QPSK
"""

import torch
from torch import Tensor

from model.mimo.constellation import Constellation


def log_posterior(r: Tensor, points: Constellation, theta: Tensor) -> Tensor:
    """Return ln p_k, (M, *r.shape), the levels first."""
    levels = torch.from_numpy(points.levels).to(r).reshape(-1, *[1] * r.ndim)
    return torch.log_softmax((r * levels - levels.square() / 2) / theta.square(), dim=0)


def posterior(r: Tensor, points: Constellation, theta: Tensor) -> Tensor:
    """Return the posterior mean of each element of ``r``; theta broadcasts over ``r``."""
    if points.bits_per_axis == 1:
        return points.unit * torch.tanh(points.unit * r / theta.square())
    levels = torch.from_numpy(points.levels).to(r).reshape(-1, *[1] * r.ndim)
    weights = torch.softmax((r * levels - levels.square() / 2) / theta.square(), dim=0)
    return (weights * levels).sum(dim=0)


def variance(r: Tensor, points: Constellation, theta: Tensor) -> tuple[Tensor, Tensor]:
    """Return posterior mean and posterior variance of each element of ``r``."""
    levels = torch.from_numpy(points.levels).to(r).reshape(-1, *[1] * r.ndim)
    weights = torch.softmax((r * levels - levels.square() / 2) / theta.square(), dim=0)
    mean = (weights * levels).sum(dim=0)
    return mean, (weights * (levels - mean).square()).sum(dim=0)


def sigmoid(r: Tensor, points: Constellation, theta: Tensor) -> Tensor:
    """Return the sum of one tanh a decision threshold; theta broadcasts over ``r``."""
    thresholds = (points.levels[1:] + points.levels[:-1]) / 2
    slope = points.unit / theta.square()
    total = torch.zeros_like(r)
    for threshold in thresholds.tolist():
        total = total + torch.tanh(slope * (r - threshold))
    return points.unit * total


ETAS = {"posterior": posterior, "sigmoid": sigmoid}
