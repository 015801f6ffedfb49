"""The training of a spec's tables on frames that its decoder has a hard time with."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from model.channel import checked_ebn0
from model.errors import InputError
from model.losses import LOSSES
from model.training_loop import LoopPlan, TrainingLoop, check_range
from quant.cmodel.tunable import TunableModel
from quant.min_sum.link import Channel
from quant.qat.decoder import TrainableDecoder
from quant.spec import Channel as SpecChannel
from quant.spec import Spec

MOST_DRAWS = 20
POOL_FRAMES = 4000


@dataclass(frozen=True)
class Plan(LoopPlan):
    """Everything that decides the trained tables, apart from the spec.

    Attributes:
        ebn0_db: Lowest and highest Eb/N0; each step draws its own, uniformly in dB.
        hard: Only frames that the decoder, as trained so far, has not finished after so many
            iterations: the others have next to no gradient. None: four fifths of the spec's.
        fixed: What is not trained, of ``TRAINED``.
        channel, modulation: What frames come through (model.channel_options).
    """

    LOSSES: ClassVar = LOSSES
    TRAINED: ClassVar = ("levels", "thresholds", "lsb")

    steps: int = 200
    batch: int = 50
    lr: float = 0.05
    loss: str = "soft-frame-error"
    discount: float = 0.0
    ebn0_db: tuple[float, float] = (2.8, 3.2)
    hard: int | None = None
    fixed: tuple[str, ...] = ()
    channel: str = "awgn"
    modulation: str = "bpsk"

    @property
    def link(self) -> Channel:
        """The channel as a simulation takes it; ``InputError`` for one that there is not."""
        return Channel(self.channel, self.modulation)

    def must_match(self) -> dict:
        """As before there were other channels where it is the usual one."""
        values = super().must_match()
        if self.link.usual:
            del values["channel"], values["modulation"]
        return values

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.link
        check_range("Eb/N0", self.ebn0_db)
        for end in self.ebn0_db:
            checked_ebn0(end)
        if self.hard is not None and self.hard < 0:
            raise InputError(f"hard must not be negative: {self.hard}")
        for name in self.fixed:
            if name not in self.TRAINED:
                raise InputError(f"{name!r} is not trained; there are {', '.join(self.TRAINED)}")
        if len(set(self.fixed)) == len(self.TRAINED):
            raise InputError("nothing is left to train")


class Trainer(TrainingLoop):
    """One training run of a spec's tables.

    Args:
        spec: Where to start from.
        plan: What to do.
        checkpoint: File for checkpoints, or None.
        top_floor: See :class:`quant.qat.decoder.TrainableDecoder`.
    """

    def __init__(
        self, spec: Spec, plan: Plan, checkpoint: str | Path | None = None, top_floor: float = 2.0
    ) -> None:
        self.hard = spec.iterations * 4 // 5 if plan.hard is None else plan.hard
        if self.hard >= spec.iterations:
            raise InputError(
                f"hard is {self.hard}, must be less than the {spec.iterations} iterations"
            )
        self.frames_of = TunableModel(spec)
        limit = min(self.frames_of.level_limits(spec.channel))
        self.decoder = TrainableDecoder(spec, limit, top_floor)
        self.top_floor = top_floor
        for name in plan.fixed:
            getattr(self.decoder, "log_lsb" if name == "lsb" else name).requires_grad_(False)
        super().__init__(self.decoder, plan, checkpoint)
        known = np.repeat([fill == "zero" for fill in spec.code.fill], spec.code.lifting_size)
        known[spec.transmitted] = False
        self._unknown = torch.from_numpy(np.flatnonzero(~known))

    def identity(self) -> dict:
        """Return the hash of the spec that the run started from."""
        return {"spec_sha": self.decoder.start.sha, "top_floor": self.top_floor}

    def project(self) -> None:
        """Keep what a spec can hold."""
        self.decoder.project()

    def loss(self, step: int) -> torch.Tensor:
        """Return the multiloss on the hard frames of a step, soft outputs in LLR."""
        words, llr = self.frames(step)
        soft = self.decoder(llr) * app_lsb_llr(self.decoder.start.channel)
        bits = torch.from_numpy(words)[:, self._unknown]
        return LOSSES[self.plan.loss](soft[:, :, self._unknown], bits, self.plan.discount)

    def frames(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return codewords (batch, n_variables) uint8 and LLRs (batch, n) float32 of a step."""
        model, plan = self.frames_of, self.plan
        tables = self.decoder.spec()
        model.set_tables(tables.channel, tables.thresholds, tables.maps.codebook)
        ebn0_db = float(np.random.default_rng([plan.seed, step]).uniform(*plan.ebn0_db))
        link, found = plan.link.at(ebn0_db, model.spec), []
        for draw in range(MOST_DRAWS):
            first = draw * POOL_FRAMES
            counts = model.simulate(link, plan.seed, step, first, POOL_FRAMES)
            late = counts.iterations > self.hard
            found += (first + np.flatnonzero(late)).tolist()
            if len(found) >= plan.batch:
                break
        if not found:
            raise InputError(
                f"none of {MOST_DRAWS * POOL_FRAMES} frames at {ebn0_db:.2f} dB needs more than "
                f"{self.hard} iterations; lower hard or Eb/N0"
            )
        drawn = [model.frames(link, plan.seed, step, number, 1) for number in found[: plan.batch]]
        words, llr = zip(*drawn, strict=True)
        return np.concatenate(words), np.concatenate(llr)


def app_lsb_llr(channel: SpecChannel) -> float:
    """LLR of an APP LSB: where a channel has a table, as its values fit their intervals' middles.

    The outermost interval has none.
    """
    if not channel.values:
        return channel.app_lsb_llr
    values, ends = np.array(channel.values[:-1]), np.array([0.0, *channel.cuts])
    middles = channel.lsb_llr * (ends[1:] + ends[:-1]) / 2
    return float(middles @ values / (values @ values))


def wrong_frames(
    model: TunableModel, spec: Spec, channel: Channel, ebn0_db: float, frames: int, seed: int
) -> np.ndarray:
    """Which of ``frames`` the tables of ``spec`` decode wrongly: (frames,) bool.

    The same frames for all tables; none of them is trained on.
    """
    model.set_tables(spec.channel, spec.thresholds, spec.maps.codebook)
    counts = model.simulate(channel.at(ebn0_db, model.spec), seed, COUNTED_POINT, 0, frames)
    return counts.bit_errors > 0


COUNTED_POINT = 1 << 31
"""A point of the simulation that no training step uses."""
