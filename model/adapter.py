"""A small network from Eb/N0 to a decoder's parameters, its training, and its folding into rows."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.losses import LOSSES
from model.snr_table import SnrTable
from model.training import Plan, training_frames
from model.training_loop import TrainingLoop

HIDDEN = 12
GROUPS = 5
"""Different Eb/N0 in one step; the frames of a group share theirs, and so their parameters."""


class Adapter(nn.Module):
    """Network from one Eb/N0 to every trained number of a decoder.

    One hidden layer of tanh units, spread over the range; it starts as the decoder's own numbers
    whatever the Eb/N0.

    Args:
        decoder: Whose trained parameters it supplies.
        ebn0_db: Lowest and highest Eb/N0 in dB; beyond them the nearer end counts.
    """

    def __init__(self, decoder: UnfoldedDecoder, ebn0_db: tuple[float, float]) -> None:
        super().__init__()
        moved = {n: p.detach().clone() for n, p in decoder.named_parameters() if p.requires_grad}
        self.shapes = {name: value.shape for name, value in moved.items()}
        self.low, self.high = ebn0_db
        start = torch.cat([value.reshape(-1) for value in moved.values()])
        self.register_buffer("start", start, persistent=False)
        self.slope = nn.Parameter(torch.full((HIDDEN,), 2.0, device=start.device))
        self.shift = nn.Parameter(torch.linspace(-2, 2, HIDDEN, device=start.device))
        self.out = nn.Parameter(torch.zeros(HIDDEN + 1, len(start), device=start.device))

    def forward(self, ebn0_db: float) -> dict[str, Tensor]:
        """Return the decoder's parameters by name; alpha and beta at least 0."""
        half = (self.high - self.low) / 2 or 1.0
        place = min(max(ebn0_db, self.low), self.high)
        place = (place - (self.low + self.high) / 2) / half
        hidden = torch.tanh(self.slope * place + self.shift)
        values = self.start + self.out[0] + hidden @ self.out[1:]
        sizes = [shape.numel() for shape in self.shapes.values()]
        parts = dict(zip(self.shapes, values.split(sizes), strict=True))
        found = {name: part.reshape(self.shapes[name]) for name, part in parts.items()}
        return {n: v.clamp(min=0) if n in ("alpha", "beta") else v for n, v in found.items()}


class AdapterTrainer(TrainingLoop):
    """Training of an adapter; arguments as for ``model.training.Trainer``."""

    def __init__(
        self, decoder: UnfoldedDecoder, plan: Plan, checkpoint: str | Path | None = None
    ) -> None:
        if not decoder.trained() or decoder.channel_weight is not None:
            raise InputError("an SNR table holds alpha, beta and gamma, and one of them at least")
        for name in ("hard", "near"):
            if getattr(plan, name):
                raise InputError(f"{name} {getattr(plan, name)}: not together with an SNR table")
        super().__init__(Adapter(decoder, plan.ebn0_db), plan, checkpoint)
        self.decoder = decoder
        self._encoder = Encoder(decoder.graph) if plan.codewords == "random" else None
        self._known = torch.from_numpy(np.flatnonzero(~decoder.graph.shortened))

    def identity(self) -> dict:
        """Return the code's hash, the decoder's options and that this is an adapter."""
        graph = self.decoder.graph
        return {"edges_sha256": graph.edges_sha, **self.decoder.options(), "adapter": HIDDEN}

    def loss(self, step: int) -> Tensor:
        """Return the mean loss of groups of frames, each at an Eb/N0 of its own."""
        plan = self.plan
        rng = np.random.default_rng([plan.seed, step])
        low, high = plan.ebn0_db
        points = low + (high - low) * (np.arange(GROUPS) + rng.uniform(size=GROUPS)) / GROUPS
        total = 0.0
        for point in points.tolist():
            codewords, llr = training_frames(
                self.decoder.graph, self._encoder, -(-plan.batch // GROUPS), (point, point), rng
            )
            numbers = self.model(point)
            soft = functional_call(self.decoder, numbers, (llr.to(self.decoder.base_llr),))
            known = self._known.to(soft.device)
            bits = codewords.to(soft.device)[:, known]
            total = total + LOSSES[plan.loss](soft[:, :, known], bits, plan.discount)
        return total / GROUPS

    @torch.no_grad()
    def table(self, rows: int, made: dict | None = None) -> SnrTable:
        """Return the adapter's output at ``rows`` Eb/N0, evenly spread over the range."""
        low, high = self.plan.ebn0_db
        points = np.linspace(low, high, rows) if rows > 1 else np.array([(low + high) / 2])
        held = dict(self.decoder.named_parameters())
        found = []
        for point in points.tolist():
            for name, value in self.model(point).items():
                held[name].copy_(value)
            found.append(self.decoder.export(made))
        return SnrTable(points, tuple(found))
