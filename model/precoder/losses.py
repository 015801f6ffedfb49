"""Losses on transmit vectors: mean-square errors at the users, relative to the symbol energy.

Inputs everywhere: ``x`` (blocks, antennas, vectors) of power 1, ``channel`` (blocks, users,
antennas), ``symbols`` (blocks, users, vectors), all complex, and ``noise_power`` (blocks,) real N0.
Each loss takes the scale beta that minimises E||s - beta (H x + n)||^2 over what it averages, real
for a block, complex for a vector:

    beta = Re(s^H H x) / (||H x||^2 + U N0)    or    (s^H H x)^* / (||H x||^2 + U N0)

0 is perfect, 1 is what sending nothing would give.
"""

import torch
from torch import Tensor


def block_mse(x: Tensor, channel: Tensor, symbols: Tensor, noise_power: Tensor) -> Tensor:
    """Return the mean over blocks, one beta for all vectors of a block."""
    return _mse(x, channel, symbols, noise_power, (1, 2))


def vector_mse(x: Tensor, channel: Tensor, symbols: Tensor, noise_power: Tensor) -> Tensor:
    """Return the mean over vectors, each with a complex beta of its own (the genie's)."""
    return _mse(x, channel, symbols, noise_power, (1,))


def max_user_mse(x: Tensor, channel: Tensor, symbols: Tensor, noise_power: Tensor) -> Tensor:
    """Return the mean over blocks of the worst user's error, one beta for the block."""
    received = channel @ x
    match, power, _ = _sums(received, symbols, noise_power, (1, 2))
    beta = match.real / power
    vectors = symbols.shape[2]
    error = (symbols - beta * received).abs().square().sum(dim=2)
    error = error + beta[:, :, 0].square() * vectors * noise_power[:, None]
    energy = symbols.abs().square().sum(dim=2)
    return (error / energy).amax(dim=1).mean()


LOSSES = {"block-mse": block_mse, "vector-mse": vector_mse, "max-user-mse": max_user_mse}


def _sums(
    received: Tensor, symbols: Tensor, noise_power: Tensor, axes: tuple[int, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    match = (symbols.conj() * received).sum(dim=axes, keepdim=True)
    count = torch.tensor([received.shape[axis] for axis in axes]).prod()
    power = received.abs().square().sum(dim=axes, keepdim=True)
    power = power + count * noise_power[:, None, None]
    return match, power, symbols.abs().square().sum(dim=axes, keepdim=True)


def _mse(
    x: Tensor, channel: Tensor, symbols: Tensor, noise_power: Tensor, axes: tuple[int, ...]
) -> Tensor:
    match, power, energy = _sums(channel @ x, symbols, noise_power, axes)
    square = match.real.square() if len(axes) == 2 else match.abs().square()
    return (1 - square / (power * energy)).mean()
