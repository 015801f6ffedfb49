"""DetNet and its simplified form ScNet: layers that learn more than numbers of a known algorithm.

DetNet (Samuel, Diskin, Wiesel, "Learning to detect", IEEE Trans. Signal Process. 67 (10), 2019,
eq. 14 and 15), q the gradient step and v a state that only the network understands:

    q = x - d1 H^T y + d2 H^T H x;   z = relu(W1 [q; v] + b1)
    x' = psi(W2 z + b2);  v' = W3 z + b3;  both mixed with the layer's input by ``RESIDUAL``

ScNet (Gao, Jin, Wen, Li, "Sparsely connected neural network for massive MIMO detection", IEEE
Commun. Lett. 22 (12), 2018) connects each axis with itself only:

    x' = psi(w1 * x + w2 * H^T y + w3 * H^T H x + b)

psi is a sum of one slope clipped at +-1 for each decision threshold: the identity within a width.
"""

import math

import torch
from torch import Tensor, nn

from model.mimo.constellation import Constellation
from model.mimo_detector.network import Network, Output
from model.mimo_detector.system import Blocks, System

RESIDUAL = 0.9
STATE, HIDDEN = 2, 4
"""Numbers of v and of z, an axis of a symbol; the paper has 2 and 8 (real QPSK)."""


def staircase(x: Tensor, points: Constellation, width: Tensor) -> Tensor:
    """Return psi of x in units of the symbols; ``width`` > 0 is half of a slope's extent."""
    total = torch.zeros_like(x)
    for threshold in ((points.levels[1:] + points.levels[:-1]) / 2).tolist():
        total = total + ((x - threshold) / width).clamp(-1, 1)
    return points.unit * total


class DetNet(Network):
    """A small DetNet.

    Attributes:
        w1, b1, w2, b2, w3, b3: (T, ...) weights of all layers.
        step: (T, 2) d1 and d2.
        width: (T,) of psi.
    """

    def __init__(self, system: System, rounds: int = 10) -> None:
        super().__init__(system, rounds)
        axes = 2 * system.users
        hidden, state = HIDDEN * axes, STATE * axes
        generator = torch.Generator().manual_seed(1)

        def weights(rows: int, columns: int) -> nn.Parameter:
            drawn = torch.randn(rounds, rows, columns, generator=generator)
            return nn.Parameter(drawn * math.sqrt(1 / columns))

        self.w1, self.b1 = weights(hidden, axes + state), nn.Parameter(torch.zeros(rounds, hidden))
        self.w2, self.b2 = weights(axes, hidden), nn.Parameter(torch.zeros(rounds, axes))
        self.w3, self.b3 = weights(state, hidden), nn.Parameter(torch.zeros(rounds, state))
        self.step = nn.Parameter(torch.full((rounds, 2), 0.5))
        self.width = nn.Parameter(torch.full((rounds,), system.constellation.unit))

    def outputs(self, blocks: Blocks, first: int | None = None) -> list[Output]:
        """Return the estimates of the first layers."""
        y, matrix, adjoint = self.received(blocks)
        match, points = adjoint @ y, self.system.constellation
        x = torch.zeros_like(match)
        v = torch.zeros(len(y), STATE * match.shape[1], match.shape[2])
        found: list[Output] = []
        for t in range(self.rounds if first is None else first):
            q = x - self.step[t, 0] * match + self.step[t, 1] * (adjoint @ (matrix @ x))
            z = torch.relu(self.w1[t] @ torch.cat([q, v], dim=1) + self.b1[t, :, None])
            width = self.width[t].abs() + 1e-3
            new = staircase(self.w2[t] @ z + self.b2[t, :, None], points, width)
            x = new if t == 0 else RESIDUAL * new + (1 - RESIDUAL) * x
            v = RESIDUAL * (self.w3[t] @ z + self.b3[t, :, None]) + (1 - RESIDUAL) * v
            found.append((x, None))
        return found


class ScNet(Network):
    """DetNet without its dense layers.

    Attributes:
        w: (T, 3, 2 users) weights of x, H^T y and H^T H x.
        b: (T, 2 users).
        width: (T,) of psi.
    """

    def __init__(self, system: System, rounds: int = 10) -> None:
        super().__init__(system, rounds)
        axes = 2 * system.users
        start = torch.tensor([1.0, 1.0, -1.0])[None, :, None]
        self.w = nn.Parameter(start.repeat(rounds, 1, axes))
        self.b = nn.Parameter(torch.zeros(rounds, axes))
        self.width = nn.Parameter(torch.full((rounds,), system.constellation.unit))

    def outputs(self, blocks: Blocks, first: int | None = None) -> list[Output]:
        """Return the estimates of the first layers."""
        y, matrix, adjoint = self.received(blocks)
        match, points = adjoint @ y, self.system.constellation
        x = torch.zeros_like(match)
        found: list[Output] = []
        for t in range(self.rounds if first is None else first):
            terms = (x, match, adjoint @ (matrix @ x))
            total = self.b[t, :, None]
            for weight, term in zip(self.w[t], terms, strict=True):
                total = total + weight[:, None] * term
            x = staircase(total, points, self.width[t].abs() + 1e-3)
            found.append((x, None))
        return found

    def grow(self, depth: int) -> None:
        """Layer ``depth`` starts from the numbers of the layer before."""
        with torch.no_grad():
            for values in (self.w, self.b, self.width):
                values[depth - 1 :] = values[depth - 2]
