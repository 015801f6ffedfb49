"""Training of the decoder: random frames through AWGN, the multiloss on every iteration's output.

The loop itself, its checkpoints and how it resumes are in model.training_loop.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from model.channel import awgn_llr, checked_ebn0
from model.code import TannerGraph
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.inference import decode
from model.losses import LOSSES
from model.training_loop import LoopPlan, TrainingLoop, check_range

CODEWORDS = ("random", "zero")
MOST_DRAWS = 20


@dataclass(frozen=True)
class Plan(LoopPlan):
    """Everything that decides the trained numbers, apart from the decoder itself.

    Attributes:
        ebn0_db: Lowest and highest Eb/N0; each frame draws its own, uniformly in dB.
        loss, discount: See model.losses.
        hard: Keep only frames that the decoder, as trained so far, has not finished after this
            many iterations (0: all frames). Easy frames have next to no gradient of the last
            iteration's error and most of the cost.
        near: Keep only frames that the decoder, as trained so far, leaves with at least one and at
            most so many wrong bits (0: all frames): those near the boundary of its decisions, the
            active learning of Tasdighi and Yousefi 2025, whose measure is this Hamming distance.
        codewords: "random", or "zero" (right for this symmetric decoder, a little faster).
    """

    LOSSES: ClassVar = LOSSES

    ebn0_db: tuple[float, float] = (2.4, 3.2)
    loss: str = "cross-entropy"
    hard: int = 0
    near: int = 0
    codewords: str = "random"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_choices(codewords=CODEWORDS)
        if self.hard < 0:
            raise InputError(f"hard must not be negative: {self.hard}")
        if self.near < 0:
            raise InputError(f"near must not be negative: {self.near}")
        if self.hard and self.near:
            raise InputError(f"hard {self.hard} and near {self.near}: one of them at a time")
        check_range("Eb/N0", self.ebn0_db)
        for end in self.ebn0_db:
            checked_ebn0(end)


class Trainer(TrainingLoop):
    """One training run of a decoder.

    Args:
        decoder: The decoder to train, in place, on its own device.
        plan: What to do.
        checkpoint: File for checkpoints, or None.
    """

    def __init__(
        self, decoder: UnfoldedDecoder, plan: Plan, checkpoint: str | Path | None = None
    ) -> None:
        if not decoder.trained():
            frozen = f" but {', '.join(decoder.frozen)}, frozen" if decoder.frozen else ""
            raise InputError(f"check rule {decoder.rule!r} has no parameters to train{frozen}")
        if plan.hard > decoder.iterations:
            raise InputError(
                f"hard is {plan.hard}, must be at most the decoder's iterations, "
                f"{decoder.iterations}"
            )
        super().__init__(decoder, plan, checkpoint)
        self.decoder = decoder
        self._encoder = Encoder(decoder.graph) if plan.codewords == "random" else None
        self._known = torch.from_numpy(np.flatnonzero(~decoder.graph.shortened))

    def identity(self) -> dict:
        """Return the code's hash and the decoder's options."""
        return {"edges_sha256": self.decoder.graph.edges_sha, **self.decoder.options()}

    def project(self) -> None:
        """Keep alpha and beta at or above 0."""
        self.decoder.project()

    def loss(self, step: int) -> torch.Tensor:
        """Return the multiloss on the frames of a step."""
        codewords, llr = self.frames(step)
        soft = self.decoder(llr.to(self.decoder.base_llr))
        known = self._known.to(soft.device)
        bits = codewords.to(soft.device)[:, known]
        return LOSSES[self.plan.loss](soft[:, :, known], bits, self.plan.discount)

    def frames(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return codewords (batch, n_variables) uint8 and LLRs (batch, n) of a step."""
        graph, plan = self.decoder.graph, self.plan
        rng = np.random.default_rng([plan.seed, step])

        def draw() -> tuple[torch.Tensor, torch.Tensor]:
            return training_frames(graph, self._encoder, plan.batch, plan.ebn0_db, rng)

        if plan.hard == plan.near == 0:
            return draw()
        what = f"needs more than {plan.hard} iterations; lower hard or Eb/N0"
        if plan.near:
            what = f"ends with 1 to {plan.near} wrong bits; raise near or change Eb/N0"
        low, high = plan.ebn0_db
        return wanted_frames(draw, self._wanted, plan.batch, f"frames at {low}:{high} dB {what}")

    def _wanted(self, codewords: torch.Tensor, llr: torch.Tensor) -> torch.Tensor:
        """(frames,) bool: those that the plan trains on."""
        plan = self.plan
        out = decode(self.decoder, llr, iterations=plan.hard or None)
        if plan.hard:
            return ~out.decoded.cpu()
        wrong = (out.bits.cpu() != codewords).sum(dim=1)
        return (wrong > 0) & (wrong <= plan.near)


def wanted_frames(
    draw: Callable[[], tuple[torch.Tensor, torch.Tensor]],
    wanted: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    batch: int,
    fault: str,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return up to ``batch`` codewords and LLRs that are wanted, of at most ``MOST_DRAWS`` draws.

    ``InputError``, which ends with ``fault``, if there is none.
    """
    kept: list[tuple[torch.Tensor, ...]] = []
    for _ in range(MOST_DRAWS):
        drawn = draw()
        keep = wanted(*drawn)
        kept.append(tuple(part[keep] for part in drawn))
        if sum(len(llr) for _, llr in kept) >= batch:
            break
    codewords, llr = (torch.cat(part)[:batch] for part in zip(*kept, strict=True))
    if len(llr) == 0:
        raise InputError(f"none of {MOST_DRAWS * batch} {fault}")
    return codewords, llr


def training_frames(
    graph: TannerGraph,
    encoder: Encoder | None,
    frames: int,
    ebn0_db: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return codewords (frames, n_variables) uint8 and their LLRs (frames, n) float32.

    ``encoder`` None sends the all-zero word. Every frame draws its own Eb/N0.
    """
    if encoder is None:
        codewords = np.zeros((frames, graph.n_variables), dtype=np.uint8)
    else:
        codewords = encoder.encode(rng.integers(0, 2, (frames, encoder.k), dtype=np.uint8))
    points = rng.uniform(*ebn0_db, size=frames)
    sent = codewords[:, graph.transmitted]
    llr = [awgn_llr(row, db, graph.rate, rng) for row, db in zip(sent, points, strict=True)]
    return torch.from_numpy(codewords), torch.from_numpy(np.stack(llr))
