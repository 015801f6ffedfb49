"""C2PO unfolded: T iterations of a projected gradient step as a trainable torch module.

    A       = (I - s s^H / ||s||^2) H
    v_0     = start * H^H s
    z_{t+1} = v_t - tau_t A^H A v_t        with A^H A v = H^H [(H v) - s_hat (s_hat^H H v)]
    v_{t+1} = clip(rho_t Re z, 1) + j clip(rho_t Im z, 1)
    x       = sign(v_T) / sqrt(2 B), real and imaginary part each

The iterate is kept in units of the clipping level xi = sqrt(P / (2 B)), so that it clips at 1; the
algorithm does not change when v_0 and xi are scaled together.

Sources: Castaneda et al., "1-bit massive MU-MIMO precoding in VLSI", IEEE J. Emerg. Sel. Topics
Circuits Syst. 7 (4), 2017; Balatsoukas-Stimming, Castaneda, Jacobsson, Durisi, Studer,
"Neural-network optimized 1-bit precoding for massive MU-MIMO", IEEE SPAWC 2019.
"""

import numpy as np
import torch
from torch import Tensor, nn

from model.errors import InputError
from model.precoder.parameters import PrecoderParameters
from model.precoder.system import System


class _StraightThroughSign(torch.autograd.Function):
    """sign with sign(0) = +1 forward, slope 1 / width where abs(v) < width backward."""

    @staticmethod
    def forward(ctx, v: Tensor, width: float) -> Tensor:
        ctx.save_for_backward(v)
        ctx.width = width
        return torch.where(v < 0, -1.0, 1.0).to(v.dtype)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        (v,) = ctx.saved_tensors
        return gradient * (v.abs() < ctx.width) / ctx.width, None


def one_bit(v: Tensor, width: float = 1.0) -> Tensor:
    """Return the transmit vectors of iterates (..., antennas, vectors): signs with power 1.

    The gradient is that of a slope clipped at +-width. A narrow width is closer to the sign, of
    which only antennas near 0 matter, and noisier.
    """
    real = _StraightThroughSign.apply(v.real, width)
    imag = _StraightThroughSign.apply(v.imag, width)
    return torch.complex(real, imag) * (2 * v.shape[-2]) ** -0.5


class UnfoldedPrecoder(nn.Module):
    """C2PO with one step size and one gain for each iteration.

    Args:
        system: Antennas, users, modulation.
        iterations: T.
        tau, rho, start: Initial values; tau defaults to 1 / antennas.
        tied: True: the same tau and rho in every iteration (the best constant pair).

    Attributes:
        log_tau, log_rho: (T or 1,) parameters, natural logarithms: steps of the optimiser are
            relative, and the values stay positive.
        log_start: () parameter.
    """

    def __init__(
        self,
        system: System,
        iterations: int = 4,
        tau: float | None = None,
        rho: float = 1.25,
        start: float = 1.0,
        tied: bool = False,
    ) -> None:
        super().__init__()
        tau = 1.0 / system.antennas if tau is None else tau
        initial = PrecoderParameters.constant(system, iterations, tau, rho, start)
        self.system, self.iterations, self.tied = system, iterations, tied
        count = 1 if tied else iterations
        self.log_tau = nn.Parameter(torch.from_numpy(np.log(initial.tau[:count])).float())
        self.log_rho = nn.Parameter(torch.from_numpy(np.log(initial.rho[:count])).float())
        self.log_start = nn.Parameter(torch.tensor(float(np.log(start))))

    def iterates(self, channel: Tensor, symbols: Tensor, first: int | None = None) -> list[Tensor]:
        """Return v_1 ... v_first (default v_T), each (blocks, antennas, vectors) complex.

        Args:
            channel: (blocks, users, antennas) complex64 H.
            symbols: (blocks, users, vectors) complex64 s, no vector all zero.
            first: Run only so many iterations.
        """
        self._check(channel, symbols)
        adjoint = channel.mH.contiguous()
        direction = symbols / torch.linalg.vector_norm(symbols, dim=1, keepdim=True)
        against = direction.conj()
        tau, rho = self.log_tau.exp(), self.log_rho.exp()
        found = []
        count = self.iterations if first is None else first
        # What changes no sign is not trained: it would only widen or narrow its own gradient.
        start = self.log_start.exp() if count > 1 else self.log_start.exp().detach()
        v = start * (adjoint @ symbols)
        for iteration in range(count):
            row = 0 if self.tied else iteration
            gain = rho[row].detach() if iteration + 1 == count else rho[row]
            u = channel @ v
            w = u - direction * (against * u).sum(dim=1, keepdim=True)
            z = gain * (v - tau[row] * (adjoint @ w))
            v = torch.complex(z.real.clamp(-1, 1), z.imag.clamp(-1, 1))
            found.append(v)
        return found

    def forward(self, channel: Tensor, symbols: Tensor) -> Tensor:
        """Return the transmit vectors, (blocks, antennas, vectors) complex64 of power 1."""
        return one_bit(self.iterates(channel, symbols)[-1])

    @torch.no_grad()
    def precode(self, channel: np.ndarray, symbols: np.ndarray) -> np.ndarray:
        """``forward`` on NumPy arrays, without gradients."""
        device = self.log_start.device
        tensors = (torch.from_numpy(array).to(device) for array in (channel, symbols))
        return self(*tensors).cpu().numpy()

    def _check(self, channel: Tensor, symbols: Tensor) -> None:
        size = (self.system.users, self.system.antennas)
        if channel.ndim != 3 or tuple(channel.shape[1:]) != size:
            raise InputError(
                f"channel has shape {tuple(channel.shape)}, expected (blocks, {size[0]}, {size[1]})"
            )
        if symbols.ndim != 3 or tuple(symbols.shape[:2]) != tuple(channel.shape[:2]):
            raise InputError(
                f"symbols have shape {tuple(symbols.shape)}, "
                f"expected ({channel.shape[0]}, {size[0]}, vectors)"
            )

    def options(self) -> dict:
        """Return the choices that shape the precoder, as JSON values."""
        return {
            "antennas": self.system.antennas,
            "users": self.system.users,
            "modulation": self.system.modulation,
            "iterations": self.iterations,
            "tied": self.tied,
        }

    def export(self, made: dict | None = None) -> PrecoderParameters:
        """Return the numbers as ``PrecoderParameters``; ``made`` says how they came about."""
        tau, rho = (
            np.resize(log.detach().exp().cpu().double().numpy(), self.iterations)
            for log in (self.log_tau, self.log_rho)
        )
        start = float(self.log_start.detach().exp())
        metadata = {"tied": self.tied, "made": made or {}}
        return PrecoderParameters(self.system, tau, rho, start, metadata)

    @classmethod
    def from_parameters(cls, parameters: PrecoderParameters) -> "UnfoldedPrecoder":
        """Return a precoder with the numbers of ``parameters``."""
        precoder = cls(parameters.system, parameters.iterations, start=parameters.start)
        with torch.no_grad():
            precoder.log_tau.copy_(torch.from_numpy(np.log(parameters.tau)))
            precoder.log_rho.copy_(torch.from_numpy(np.log(parameters.rho)))
        return precoder
