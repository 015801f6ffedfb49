"""Can a precoder of fewer iterations be as good? ``python -m tests.precoder_rounds``.

Trains C2PO as it is, with a trained momentum on its iterate, and from a start that the host has
freed of the users' interference, b H^H (H H^H + a I)^-1 s with trained a and b: what makes fewer
rounds enough in detectors (``docs/detectors.md``). Prints bit error rates on the same channels,
symbols and noise, receiver ``genie``. Not a test: an hour of one core for all of them.
"""

import argparse
import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from model import cli
from model.precoder import link
from model.precoder.losses import block_mse
from model.precoder.system import System, noise_power
from model.precoder.unfolded import UnfoldedPrecoder, one_bit

_BATCH, _VECTORS, _LEARNING_RATE = 24, 20, 0.03
_WIDE, _NARROW = 0.2, 0.02
"""Width of the sign's slope in the first quarter of the steps, and behind it."""


class Variant(UnfoldedPrecoder):
    """A precoder with more to train.

    Parameters
    ----------
    momentum : z_t gets m_t (v_t - v_(t-1)) more
    freed : start from the host's product
    """

    def __init__(self, system: System, iterations: int, momentum: bool, freed: bool):
        super().__init__(system, iterations)
        self.momentum = nn.Parameter(torch.full((iterations,), 0.1)) if momentum else None
        self.log_alpha = nn.Parameter(torch.tensor(math.log(0.3 * system.antennas)))
        self.freed = freed

    def iterates(self, channel, symbols, first=None):
        adjoint = channel.mH.contiguous()
        direction = symbols / torch.linalg.vector_norm(symbols, dim=1, keepdim=True)
        tau, rho = self.log_tau.exp(), self.log_rho.exp()
        start, found, before = symbols, [], None
        if self.freed:
            alpha = self.log_alpha.exp()
            gram = channel @ adjoint + alpha * torch.eye(channel.shape[1])
            start = torch.linalg.solve(gram, symbols) * (channel.shape[2] + alpha)
        v = self.log_start.exp() * (adjoint @ start)
        for t in range(self.iterations if first is None else first):
            u = channel @ v
            w = u - direction * (direction.conj() * u).sum(dim=1, keepdim=True)
            z = v - tau[t] * (adjoint @ w)
            if self.momentum is not None and before is not None:
                z = z + self.momentum[t] * (v - before)
            last = t + 1 == (self.iterations if first is None else first)
            before, z = v, (rho[t].detach() if last else rho[t]) * z  # it changes no sign
            v = torch.complex(z.real.clamp(-1, 1), z.imag.clamp(-1, 1))
            found.append(v)
        return found


def train(variant: Variant, steps: int, snr_db: float) -> None:
    """Iterations come one after the other in the first half of the steps; the rate falls to 0."""
    optimiser = torch.optim.Adam(variant.parameters(), lr=_LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    power = torch.full((_BATCH,), noise_power(snr_db), dtype=torch.float32)
    most = variant.iterations
    for step in range(steps):
        blocks = variant.system.blocks(
            _BATCH, _VECTORS, "rayleigh", np.random.default_rng([1, step])
        )
        channel, symbols = torch.from_numpy(blocks.channel), torch.from_numpy(blocks.symbols)
        depth = min(most, max(2, 1 + 2 * step * most // steps))
        width = _WIDE if 4 * step < steps else _NARROW
        sent = one_bit(variant.iterates(channel, symbols, depth)[-1], width)
        optimiser.zero_grad()
        block_mse(sent, channel, symbols, power).backward()
        optimiser.step()
        schedule.step()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.precoder_rounds", description=__doc__)
    parser.add_argument("--iterations", type=int, nargs="+", default=[4, 3, 2], metavar="T")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--snr", type=float, default=10.0, metavar="DB")
    parser.add_argument("--errors", type=int, default=10_000)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    system = System(128, 16, "16qam")
    print("| T | as it is | momentum | host's start | both |\n|---|---|---|---|---|")
    for iterations in args.iterations:
        rates = []
        for freed, momentum in ((False, False), (False, True), (True, False), (True, True)):
            torch.manual_seed(1)
            variant = Variant(system, iterations, momentum, freed)
            train(variant, args.steps, args.snr)
            found = link.measure(
                {"it": lambda channel, symbols, _, by=variant: by.precode(channel, symbols)},
                system, args.snr, errors=args.errors, vectors=20,
            )["it"]  # fmt: skip
            rates.append(f"{found.ber:.2e}")
        print(f"| {iterations} | {' | '.join(rates)} |", flush=True)
    return 0


if __name__ == "__main__":
    cli.run(main)
