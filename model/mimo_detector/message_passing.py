"""Detectors without trained numbers that pass beliefs: AMP and expectation propagation.

AMP (Jeon, Ghods, Maleki, Studer, "Optimality of large MIMO detection via approximate message
passing", ISIT 2015), columns normalised, v the mean posterior variance of a symbol:

    z_t = y - H x_t + (U / N) (v_t / s_t-1) z_t-1,  s_t = N0 + (U / N) v_t,  x_t+1 = E[x | r_t, s_t]

EP (Cespedes, Olmos, Sanchez-Fernandez, Perez-Cruz, "Expectation propagation detection for
high-order high-dimensional MIMO systems", IEEE Trans. Commun. 62 (8), 2014; damping and smallest
variances of "Probabilistic MIMO symbol detection with expectation consistency approximate
inference", IEEE Trans. Veh. Technol. 67 (4), 2018). Decisions on the cavity's mean.
"""

import math

import numpy as np
import torch
from torch import Tensor

from model.mimo.constellation import Constellation
from model.mimo_detector import eta, real
from model.mimo_detector.system import Blocks, System

LEAST_VARIANCE = 1e-9


def _tensors(blocks: Blocks) -> tuple[Tensor, Tensor, Tensor]:
    """y, H and N0 (blocks, 1, 1) as real tensors."""
    y = real.vectors(torch.from_numpy(blocks.received))
    matrix = real.matrices(torch.from_numpy(blocks.channel))
    return y, matrix, torch.from_numpy(blocks.noise_power)[:, None, None]


@torch.no_grad()
def amp(system: System, blocks: Blocks, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (blocks, users, vectors) complex r and its noise deviations an axis."""
    y, matrix, noise = _tensors(blocks)
    adjoint = matrix.mT
    norms = adjoint.square().sum(dim=2, keepdim=True)
    load, points = system.users / system.antennas, system.constellation
    x = torch.zeros(len(y), 2 * system.users, y.shape[2])
    variance = torch.ones(len(y), 1, y.shape[2])
    z, before = torch.zeros_like(y), torch.ones_like(variance)
    for t in range(rounds):
        onsager = load * variance / before if t > 0 else torch.zeros_like(variance)
        z = y - matrix @ x + onsager * z
        before = noise + load * variance
        r = x + (adjoint @ z) / norms
        x, axes = eta.variance(r, points, (before / 2).sqrt())
        variance = 2 * axes.mean(dim=1, keepdim=True)
    return real.to_complex(r).numpy(), (before / 2).sqrt().numpy()


@torch.no_grad()
def ep(system: System, blocks: Blocks, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (blocks, users, vectors) complex cavity means and their deviations an axis.

    A matrix is inverted for every vector and round.
    """
    y, matrix, noise = _tensors(blocks)
    points: Constellation = system.constellation
    axis_noise = (noise / 2)[..., None]
    gram = ((matrix.mT @ matrix)[:, None] / axis_noise)  # (blocks, 1, 2 users, 2 users)
    match = (matrix.mT @ y).mT / axis_noise[..., 0]  # (blocks, vectors, 2 users)
    shift = torch.zeros_like(match)
    precision = torch.full_like(match, 2.0)
    for t in range(1, rounds + 1):
        covariance = torch.linalg.inv(gram + torch.diag_embed(precision))
        mean = (covariance @ (match + shift)[..., None])[..., 0]
        spread = torch.diagonal(covariance, dim1=-2, dim2=-1)
        cavity = (spread / (1 - spread * precision)).clamp(min=LEAST_VARIANCE)
        centre = cavity * (mean / spread - shift)
        if t == rounds:
            break
        estimate, variance = eta.variance(centre, points, cavity.sqrt())
        variance = variance.clamp(min=2.0 ** -max(t - 4, 1) * points.unit**2 * 1e-3)
        damping = min(math.exp(t / 1.5) / 10, 0.7)
        wanted = 1 / variance - 1 / cavity
        keep = wanted <= 0
        new_shift = estimate / variance - centre / cavity
        step = torch.where(keep, 0.0, damping)
        precision = precision + step * (wanted - precision)
        shift = shift + step * (new_shift - shift)
    axes = 2 * system.users
    means = real.to_complex(centre.mT.contiguous()).numpy()
    deviation = cavity.sqrt().mT
    return means, ((deviation[:, : axes // 2] + deviation[:, axes // 2 :]) / 2).numpy()
