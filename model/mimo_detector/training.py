"""Training of detectors on random channels, symbols and signal-to-noise ratios."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from model.losses import iteration_weights
from model.mimo_detector import real
from model.mimo_detector.channels import CHANNELS
from model.mimo_detector.losses import LOSSES
from model.mimo_detector.network import Network
from model.training_loop import LoopPlan, TrainingLoop, check_range, depth_of_stage


@dataclass(frozen=True)
class DetectorPlan(LoopPlan):
    """Everything that decides the trained numbers, apart from the detector itself.

    Attributes:
        batch: Channels a step.
        vectors: Symbol vectors a channel.
        snr_db: Lowest and highest SNR; each channel draws its own, uniformly in dB.
        channel: See model.mimo_detector.channels.
        loss: See model.mimo_detector.losses.
        incremental: The first half of the steps is cut into T equal stages; stage k trains the
            first k rounds on r_k, and round k starts from the numbers of k - 1. The second half
            trains all T. Imanishi, Takabe, Wadayama train so: deep detectors do not learn at once.
    """

    LOSSES: ClassVar = LOSSES

    steps: int = 2000
    batch: int = 50
    lr: float = 0.01
    loss: str = "mse"
    discount: float = 0.0
    vectors: int = 8
    snr_db: tuple[float, float] = (12.0, 12.0)
    channel: str = "iid"
    incremental: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_counts("vectors")
        self.check_choices(channel=CHANNELS)
        check_range("SNR", self.snr_db)

    def must_match(self) -> dict:
        """Return the values a resumed run may not change; stages depend on the steps."""
        values = super().must_match()
        return values | {"steps": self.steps} if self.incremental else values


class DetectorTrainer(TrainingLoop):
    """One training run of a detector.

    Args:
        detector: What to train, in place.
        plan: What to do.
        checkpoint: File for checkpoints, or None.
    """

    def __init__(
        self,
        detector: Network,
        plan: DetectorPlan,
        checkpoint: str | Path | None = None,
    ) -> None:
        super().__init__(detector, plan, checkpoint)
        self.detector = detector

    def identity(self) -> dict:
        """Return the detector's options."""
        return self.detector.options()

    def depth(self, step: int) -> int:
        """Return how many rounds run in a step."""
        most = self.detector.rounds
        return depth_of_stage(step, self.plan.steps, most) if self.plan.incremental else most

    def prepare(self, step: int) -> None:
        """At the start of a stage the new round takes over the numbers of the one before."""
        depth = self.depth(step)
        if step > 0 and self.depth(step - 1) != depth:
            self.detector.grow(depth)

    def loss(self, step: int) -> torch.Tensor:
        """Return the loss on the blocks of a step."""
        plan, detector = self.plan, self.detector
        rng = np.random.default_rng([plan.seed, step])
        snr_db = rng.uniform(*plan.snr_db, size=plan.batch)
        blocks = detector.system.blocks(plan.batch, plan.vectors, plan.channel, snr_db, rng)
        depth = self.depth(step)
        found = detector.outputs(blocks, depth)
        sent, points = real.vectors(torch.from_numpy(blocks.symbols)), detector.system.constellation
        total = torch.zeros(())
        for t, weight in enumerate(iteration_weights(depth, plan.discount)):
            if weight > 0:
                loss = LOSSES[plan.loss](*found[t], sent, points)
                total = total + float(weight) * loss
        return total
