"""OAMP and OAMP-Net: a linear minimum mean square error step a round, scaled to be unbiased.

    e_t   = (||y - H x_t||^2 - N N0) / tr(H^H H), the error of x_t, at least ``LEAST_ERROR``
    W_t   = U / tr(V H) V  with  V = e_t H^H (e_t H H^H + N0 I)^-1
    r_t   = x_t + gamma_t W_t (y - H x_t)
    tau_t = e_t tr(C C^H) / U + theta_t^2 N0 tr(W_t W_t^H) / U  with  C = I - theta_t W_t H
    x_t+1 = phi_t (E[x | r_t, tau_t] - xi_t r_t)

gamma = theta = phi = 1 and xi = 0 is OAMP as it is used on finite systems. All inverses come from
one eigendecomposition of H^H H, as e_t only changes what stands between its vectors.

Sources: Ma, Ping, "Orthogonal AMP", IEEE Access 5, 2017; He, Wen, Jin, Li, "Model-driven deep
learning for MIMO detection", IEEE Trans. Signal Process. 68, 2020 (four numbers a round; two,
gamma and theta, in its first version, GlobalSIP 2018).
"""

import numpy as np
import torch
from torch import Tensor, nn

from model.errors import InputError
from model.mimo_detector import eta, real
from model.mimo_detector.network import Network, Output
from model.mimo_detector.system import Blocks, System

LEAST_ERROR = 1e-9
NUMBERS = {0: (), 2: ("gamma", "theta"), 4: ("gamma", "theta", "phi", "xi")}


class OampNet(Network):
    """OAMP with trained scalars.

    Args:
        system: Antennas, users, modulation.
        rounds: T.
        numbers: Trained numbers a round: 0 (OAMP), 2 or 4.

    Attributes:
        gamma, theta, phi, xi: (T,) parameters; those that are not trained do not move.
    """

    def __init__(self, system: System, rounds: int = 10, numbers: int = 4) -> None:
        super().__init__(system, rounds)
        if numbers not in NUMBERS:
            raise InputError(f"OAMP-Net has 0, 2 or 4 numbers a round, not {numbers}")
        self.numbers = numbers
        for name, value in (("gamma", 1.0), ("theta", 1.0), ("phi", 1.0), ("xi", 0.0)):
            trained = name in NUMBERS[numbers]
            setattr(self, name, nn.Parameter(torch.full((rounds,), value), requires_grad=trained))

    def options(self) -> dict:
        """Return the choices that shape the detector, as JSON values."""
        return super().options() | {"numbers": self.numbers}

    def outputs(self, blocks: Blocks, first: int | None = None) -> list[Output]:
        """Return r_t and the deviations an axis (blocks, 1, vectors) of the first rounds."""
        y, matrix, adjoint = self.received(blocks)
        antennas, users = self.system.antennas, self.system.users
        noise = torch.from_numpy(blocks.noise_power)[:, None, None]
        channel = torch.from_numpy(blocks.channel)
        values, vectors = torch.linalg.eigh(channel.mH @ channel)
        basis = real.matrices(vectors)
        values = values.clamp(min=0).repeat(1, 2)[..., None]  # (blocks, 2 users, 1)
        trace = values.sum(dim=1, keepdim=True) / 2
        x = torch.zeros(len(y), 2 * users, y.shape[2])
        found: list[Output] = []
        for t in range(self.rounds if first is None else first):
            residual = y - matrix @ x
            error = (residual.square().sum(dim=1, keepdim=True) - antennas * noise) / trace
            error = error.clamp(min=LEAST_ERROR)
            inner = error / (error * values + noise)
            inner = inner / (inner * values).mean(dim=1, keepdim=True)
            gain = inner * values
            step = basis @ (inner * (basis.mT @ (adjoint @ residual)))
            r = x + self.gamma[t] * step
            theta = self.theta[t]
            tau = error * (1 - theta * gain).square().mean(dim=1, keepdim=True)
            tau = tau + theta.square() * noise * (inner * gain).mean(dim=1, keepdim=True)
            deviation = (tau / 2).clamp(min=LEAST_ERROR).sqrt()
            x = eta.posterior(r, self.system.constellation, deviation)
            x = self.phi[t] * (x - self.xi[t] * r)
            found.append((r, deviation))
        return found

    @torch.no_grad()
    def estimate(self, blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
        """Return the last r as (blocks, users, vectors) complex64, and its own deviations."""
        r, deviation = self.outputs(blocks)[-1]
        return real.to_complex(r).numpy(), deviation.clamp(min=1e-3).numpy()

    def grow(self, depth: int) -> None:
        """Round ``depth`` starts from the numbers of the round before."""
        with torch.no_grad():
            for name in NUMBERS[self.numbers]:
                values: Tensor = getattr(self, name)
                values[depth - 1 :] = values[depth - 2]
