"""LcgNet: conjugate gradients for the linear MMSE problem, with trained steps.

    (H^H H + N0 I) x = H^H y,  q_0 = d_0 = H^H y
    x_t+1 = x_t + alpha_t d_t;  q_t+1 = q_t - alpha_t A d_t;  d_t+1 = q_t+1 + beta_t d_t

Two scalars a round instead of two inner products (Wei, Zhao, Hong, Guo, Zhang, "Learned conjugate
gradient descent network for massive MIMO detection", IEEE Trans. Signal Process. 68, 2020, its
LcgNetS). However well trained, x is linear in y: what it converges to is the MMSE detector.
"""

import torch
from torch import nn

from model.mimo_detector.network import Network, Output
from model.mimo_detector.system import Blocks, System


class LcgNet(Network):
    """Trained conjugate gradients.

    Args:
        system: Antennas, users, modulation.
        rounds: T.

    Attributes:
        alpha, beta: (T,) parameters.
        theta: () parameter, the deviation of the noise an axis that the loss takes x for.
    """

    def __init__(self, system: System, rounds: int = 8) -> None:
        super().__init__(system, rounds)
        self.alpha = nn.Parameter(torch.full((rounds,), 0.7))
        self.beta = nn.Parameter(torch.full((rounds,), 0.2))
        self.theta = nn.Parameter(torch.tensor(0.6 * system.constellation.unit))

    def outputs(self, blocks: Blocks, first: int | None = None) -> list[Output]:
        """Return x_t and theta of the first rounds."""
        y, matrix, adjoint = self.received(blocks)
        noise = torch.from_numpy(blocks.noise_power)[:, None, None]
        direction = residual = adjoint @ y
        x = torch.zeros_like(residual)
        found: list[Output] = []
        for t in range(self.rounds if first is None else first):
            x = x + self.alpha[t] * direction
            applied = adjoint @ (matrix @ direction) + noise * direction
            residual = residual - self.alpha[t] * applied
            direction = residual + self.beta[t] * direction
            found.append((x, self.theta.abs()))
        return found

    def grow(self, depth: int) -> None:
        """Round ``depth`` starts from the numbers of the round before."""
        with torch.no_grad():
            for values in (self.alpha, self.beta):
                values[depth - 1 :] = values[depth - 2]
