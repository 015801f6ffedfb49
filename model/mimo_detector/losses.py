"""Losses on the last r of a detector, (blocks, 2 users, vectors) float, against the symbols sent.

mse             mean square error of x = eta(r; theta) an axis, in units of the symbol energy
cross-entropy   mean -ln p(level sent | r, theta) an axis: what LLRs are worth; trains theta, too
"""

import torch
from torch import Tensor

from model.errors import InputError
from model.mimo.constellation import Constellation
from model.mimo_detector.eta import log_posterior, posterior


def mse(r: Tensor, theta: Tensor | None, sent: Tensor, points: Constellation) -> Tensor:
    """Return the () loss; ``sent`` (blocks, 2 users, vectors) is the axes of the symbols.

    theta None: r is the estimate itself.
    """
    estimate = r if theta is None else posterior(r, points, theta)
    return 2 * (estimate - sent).square().mean()


def cross_entropy(r: Tensor, theta: Tensor | None, sent: Tensor, points: Constellation) -> Tensor:
    """Return the () loss in nats an axis; ``InputError`` for a detector without theta."""
    if theta is None:
        raise InputError("this detector has no noise of its own for loss 'cross-entropy'")
    number = (sent / (2 * points.unit) + (len(points.levels) - 1) / 2).round().long()
    found = log_posterior(r, points, theta)
    return -torch.gather(found, 0, number[None]).mean()


LOSSES = {"mse": mse, "cross-entropy": cross_entropy}
