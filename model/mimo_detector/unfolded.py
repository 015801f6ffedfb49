"""Projected gradient with a momentum scalar, unfolded: T rounds as a trainable torch module.

    start "lmmse":  r_0 = W0 y,  x_0 = eta(r_0; theta_0),  W0 the rows of model.mimo_detector.linear
    start "zero":   x_0 = 0
    round t = 1 .. T, with z_0 = 0 after either start:
        z_t = y - H x_{t-1} + b_t z_{t-1}
        r_t = x_{t-1} + gamma_t W z_t
        x_t = eta(r_t; theta_t)
    hard symbols: nearest to r_T; LLRs: max-log of r_T with one noise deviation

W is "matched": row u is h_u^H / ||h_u||^2, so that powers of users and scales of H cancel; or
"whitened": H^H (H H^H + alpha I)^-1, the trainable projected gradient (TPG) detector.

Signs and orders of b_t decide more than matrices do: with b_t at the mean derivative of eta the
round is approximate message passing, and here three trained numbers a round do all of it. b_1
multiplies nothing. theta and alpha are used by their absolute values; training goes through 0.

Sources: Imanishi, Takabe, Wadayama, "Deep learning-aided iterative detector for massive overloaded
MIMO channels", arXiv:1806.10827 (TPG); Takabe et al., IEEE Access 7, 2019; Donoho, Maleki,
Montanari, "Message passing algorithms for compressed sensing", PNAS 106 (45), 2009 (the momentum).
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from model.errors import InputError
from model.mimo_detector import linear, real
from model.mimo_detector.eta import ETAS
from model.mimo_detector.network import Network, Output
from model.mimo_detector.parameters import DetectorParameters
from model.mimo_detector.system import Blocks, System


class UnfoldedDetector(Network):
    """A detector with three numbers a round.

    Args:
        system: Antennas, users, modulation.
        rounds: T.
        start, weights, eta: See ``DetectorParameters``.
        with_momentum: False: b_t stays 0.

    Attributes:
        gamma, momentum, theta: (T,) parameters.
        theta_0, alpha: () parameters where they belong, else None.
    """

    def __init__(
        self,
        system: System,
        rounds: int,
        start: str = "zero",
        weights: str = "matched",
        eta: str = "posterior",
        with_momentum: bool = True,
    ) -> None:
        super().__init__(system, rounds)
        momentum = np.where(np.arange(rounds) > 0, 0.2 if with_momentum else 0.0, 0.0)
        unit = system.constellation.unit
        initial = DetectorParameters(
            system, start, weights, np.ones(rounds), momentum,
            np.full(rounds, 0.6 * unit), 0.8 * unit if start == "lmmse" else None,
            0.5 if weights == "whitened" else None, 0.6 * unit, eta,
        )  # fmt: skip
        self.start, self.weights, self.eta = start, weights, eta
        self.with_momentum = with_momentum
        self.gamma, self.momentum, self.theta = (
            nn.Parameter(torch.from_numpy(values).float())
            for values in (initial.gamma, initial.momentum, initial.theta)
        )
        self.momentum.requires_grad_(with_momentum)
        self.theta_0, self.alpha = (
            None if value is None else nn.Parameter(torch.tensor(float(value)))
            for value in (initial.theta_0, initial.alpha)
        )

    def outputs(self, blocks: Blocks, first: int | None = None) -> list[Output]:
        """Return (r_1, theta_1) ... of the first (default all) rounds."""
        y, matrix, adjoint = self.received(blocks)
        eta, points, theta = ETAS[self.eta], self.system.constellation, self.theta.abs()
        weighted = self._weighting(blocks, adjoint)
        if self.start == "lmmse":
            w0 = linear.weights("lmmse", blocks.channel, blocks.noise_power)
            x = eta(real.matrices(torch.from_numpy(w0)) @ y, points, self.theta_0.abs())
            z = y - matrix @ x
        else:
            x, z = None, y
        found: list[Output] = []
        for t in range(self.rounds if first is None else first):
            if t > 0:
                x = eta(found[-1][0], points, theta[t - 1])
                z = y - matrix @ x + self.momentum[t] * z
            step = self.gamma[t] * weighted(z)
            found.append((step if x is None else x + step, theta[t]))
        return found

    def grow(self, depth: int) -> None:
        """Round ``depth`` starts from the numbers of the round before; b_1 is no momentum."""
        with torch.no_grad():
            for values in (self.gamma, self.theta, self.momentum)[: 3 if depth > 2 else 2]:
                values[depth - 1 :] = values[depth - 2]

    def _weighting(self, blocks: Blocks, adjoint: Tensor) -> Callable[[Tensor], Tensor]:
        """The product W z as a function of z."""
        if self.weights == "whitened":
            inverse = self._whitening(torch.from_numpy(blocks.channel))
            return lambda z: adjoint @ (inverse @ z)
        norms = adjoint.square().sum(dim=2, keepdim=True)
        if (norms == 0).any():
            block, user = (int(i) for i in (norms[..., 0] == 0).nonzero()[0])
            raise InputError(f"channel {block}: column of user {user % self.system.users} is 0")
        return lambda z: (adjoint @ z) / norms

    def _whitening(self, channel: Tensor) -> Tensor:
        """(H H^H + |alpha| I)^-1 as a real matrix, with its gradient in alpha.

        d/dalpha A^-1 = -A^-1 A^-1: stated, as the gradient of torch's inverse costs twice that.
        """
        alpha = self.alpha.abs()
        eye = torch.eye(channel.shape[1])
        gram = channel @ channel.mH
        inverse = real.matrices(torch.linalg.inv(gram + alpha.detach() * eye))
        if not torch.is_grad_enabled():
            return inverse
        return inverse - (alpha - alpha.detach()) * (inverse @ inverse)

    def options(self) -> dict:
        """Return the choices that shape the detector, as JSON values."""
        return super().options() | {
            "start": self.start,
            "weights": self.weights,
            "eta": self.eta,
            "momentum": self.with_momentum,
        }

    def export(self, made: dict | None = None) -> DetectorParameters:
        """Return the numbers as ``DetectorParameters``; ``made`` says how they came about."""
        gamma, momentum, theta = (
            values.detach().double().numpy() for values in (self.gamma, self.momentum, self.theta)
        )
        theta_0, alpha = (
            None if value is None else float(value.detach().abs())
            for value in (self.theta_0, self.alpha)
        )
        return DetectorParameters(
            self.system, self.start, self.weights, gamma, momentum, np.abs(theta), theta_0, alpha,
            self.llr_noise, self.eta, {"made": made or {}},
        )  # fmt: skip

    @classmethod
    def from_parameters(cls, parameters: DetectorParameters) -> "UnfoldedDetector":
        """Return a detector with the numbers of ``parameters``."""
        p = parameters
        detector = cls(p.system, p.rounds, p.start, p.weights, p.eta, bool(p.momentum.any()))
        with torch.no_grad():
            for name in ("gamma", "momentum", "theta"):
                getattr(detector, name).copy_(torch.from_numpy(getattr(p, name)))
            for name in ("theta_0", "alpha"):
                if getattr(p, name) is not None:
                    getattr(detector, name).fill_(getattr(p, name))
        detector.llr_noise = p.llr_noise
        return detector
