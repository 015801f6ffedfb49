"""Training of the unfolded precoder on random channels, symbols and signal-to-noise ratios."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from model.errors import InputError
from model.losses import iteration_weights
from model.mimo.channels import CHANNELS
from model.precoder.losses import LOSSES
from model.precoder.system import noise_power
from model.precoder.unfolded import UnfoldedPrecoder, one_bit
from model.training_loop import LoopPlan, TrainingLoop, check_range, depth_of_stage


@dataclass(frozen=True)
class PrecoderPlan(LoopPlan):
    """Everything that decides the trained numbers, apart from the precoder itself.

    Attributes:
        batch: Channels a step.
        vectors: Symbol vectors a channel: the coherence block that the block losses scale.
        snr_db: Lowest and highest P / N0; each channel draws its own, uniformly in dB.
        channel: See model.mimo.channels.
        loss: See model.precoder.losses; always on the 1-bit vectors that would be sent.
        incremental: The first half of the steps is cut into T equal stages; stage k trains the
            first k iterations on the output of iteration k, and iteration k starts from the
            numbers of k - 1. The second half trains all T.
        width: Clipping level of the slope that stands for the sign's in the gradient, in units of
            the iterate's own clipping level. At 1 the bit error rate of T = 4 ends 40 % higher
            than at 0.02: the true gradient comes only from antennas whose sign is about to turn.
    """

    LOSSES: ClassVar = LOSSES

    batch: int = 40
    lr: float = 0.05
    loss: str = "block-mse"
    discount: float = 0.0
    vectors: int = 20
    snr_db: tuple[float, float] = (10.0, 10.0)
    channel: str = "rayleigh"
    incremental: bool = False
    width: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_counts("vectors")
        if not 0 < self.width < math.inf:
            raise InputError(f"width must be a positive number, not {self.width}")
        self.check_choices(channel=CHANNELS)
        check_range("SNR", self.snr_db)

    def must_match(self) -> dict:
        """Return the values a resumed run may not change; stages depend on the steps."""
        values = super().must_match()
        return values | {"steps": self.steps} if self.incremental else values


class PrecoderTrainer(TrainingLoop):
    """One training run of a precoder.

    Args:
        precoder: What to train, in place, on its own device.
        plan: What to do.
        checkpoint: File for checkpoints, or None.
    """

    def __init__(
        self,
        precoder: UnfoldedPrecoder,
        plan: PrecoderPlan,
        checkpoint: str | Path | None = None,
    ) -> None:
        super().__init__(precoder, plan, checkpoint)
        self.precoder = precoder

    def identity(self) -> dict:
        """Return the precoder's options."""
        return self.precoder.options()

    def depth(self, step: int) -> int:
        """Return how many iterations run in a step."""
        most = self.precoder.iterations
        return depth_of_stage(step, self.plan.steps, most) if self.plan.incremental else most

    def prepare(self, step: int) -> None:
        """At the start of a stage the new iteration takes over the numbers of the one before."""
        depth = self.depth(step)
        if step == 0 or self.precoder.tied or self.depth(step - 1) == depth:
            return
        with torch.no_grad():
            for log in (self.precoder.log_tau, self.precoder.log_rho):
                log[depth - 1 :] = log[depth - 2]

    def loss(self, step: int) -> torch.Tensor:
        """Return the loss on the blocks of a step."""
        plan, device = self.plan, self.precoder.log_start.device
        rng = np.random.default_rng([plan.seed, step])
        blocks = self.precoder.system.blocks(plan.batch, plan.vectors, plan.channel, rng)
        power = noise_power(rng.uniform(*plan.snr_db, size=plan.batch)).astype(np.float32)
        channel, symbols, power = (
            torch.from_numpy(array).to(device) for array in (blocks.channel, blocks.symbols, power)
        )
        depth = self.depth(step)
        outputs = self.precoder.iterates(channel, symbols, depth)
        total = torch.zeros((), device=device)
        for weight, v in zip(iteration_weights(depth, plan.discount), outputs, strict=True):
            if weight > 0:
                total = total + float(weight) * LOSSES[plan.loss](
                    one_bit(v, plan.width), channel, symbols, power
                )
        return total
