"""The training loop that every unfolded algorithm shares: optimiser step, checkpoints, divergence.

Whatever a step draws, it draws from a generator seeded with (seed, step), so that a resumed run
sees what an uninterrupted one sees without storing generator states.
"""

import math
import statistics
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from model import checkpoint
from model.errors import InputError
from model.losses import iteration_weights

OPTIMISERS = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
DECAYS = ("constant", "cosine")
HOPELESS_LOSS = 1e3
"""Knowing nothing costs about 1; a run beyond this (or at NaN) is not coming back."""
WINDOW_STEPS = 50
SUSPICIOUS_RISE, HOPELESS_RISE = 1.5, 3.0
"""The median loss of the last window over the worst of the first: from the lower factor on no
checkpoint is written over the last good one, from the upper on the run ends."""


@dataclass(frozen=True)
class LoopPlan:
    """The part of a plan that the loop reads; a family adds what its frames need.

    Attributes:
        steps: Optimiser steps in all.
        batch: Frames (or channels) a step.
        lr: Step size; "cosine" decay lowers it to 0 at the last step.
        loss: A key of the family's ``LOSSES``.
        discount: Weight of the output of iteration i against i + 1; 0: the last only.
        seed: Seed of everything drawn.
    """

    LOSSES: ClassVar[Iterable[str]] = ()

    steps: int = 300
    batch: int = 100
    optimiser: str = "adam"
    lr: float = 0.01
    decay: str = "cosine"
    loss: str = ""
    discount: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        self.check_choices(optimiser=OPTIMISERS, decay=DECAYS, loss=self.LOSSES)
        self.check_counts("steps", "batch")
        if not 0 < self.lr < 1e30:
            raise InputError(f"lr must be a positive number, not {self.lr}")
        if self.seed < 0:
            raise InputError(f"seed must not be negative: {self.seed}")
        iteration_weights(1, self.discount)

    def check_choices(self, **choices: Iterable[str]) -> None:
        """Raise ``InputError`` unless each named field is one of its choices."""
        for name, known in choices.items():
            value = getattr(self, name)
            if value not in known:
                raise InputError(f"{name} {value!r} is unknown; choose from {', '.join(known)}")

    def check_counts(self, *names: str) -> None:
        """Raise ``InputError`` unless each named field is at least 1."""
        for name in names:
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}")

    def must_match(self) -> dict:
        """Return the values a resumed run may not change."""
        values = asdict(self)
        if self.decay == "constant":
            del values["steps"]
        return values


def check_range(name: str, low_high: tuple[float, float]) -> None:
    """Raise ``InputError`` unless (low, high) in dB are finite and in order."""
    low, high = low_high
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise InputError(f"{name} range {low}:{high} dB is not LOW:HIGH")


def depth_of_stage(step: int, steps: int, most: int) -> int:
    """Return how many of ``most`` iterations an incremental run trains in ``step`` of ``steps``.

    The first half of the steps is cut into as many equal stages, the second half trains all.
    """
    return min(1 + 2 * step * most // steps, most)


class TrainingLoop:
    """One training run; a family supplies ``loss`` and ``identity``.

    Args:
        model: The module to train, in place, on its own device.
        plan: What to do.
        path: File for checkpoints, or None.

    Attributes:
        step: Steps done.
        history: Loss of every step done.
    """

    def __init__(self, model: nn.Module, plan: LoopPlan, path: str | Path | None = None) -> None:
        self.model, self.plan = model, plan
        self.checkpoint = None if path is None else Path(path)
        self.step = 0
        self.history: list[float] = []
        self._saved_step: int | None = None
        self._optimiser = OPTIMISERS[plan.optimiser](model.parameters(), lr=plan.lr)

    def loss(self, step: int) -> Tensor:
        """Return the () loss of the model on the frames of ``step``."""
        raise NotImplementedError

    def identity(self) -> dict:
        """Return what a checkpoint must agree in apart from the plan, as JSON values."""
        raise NotImplementedError

    def prepare(self, step: int) -> None:
        """Called before each step; may change the model (incremental training)."""

    def project(self) -> None:
        """Called after each step; moves parameters to their nearest allowed value."""

    def run(self, until: int | None = None, every: int = 50, on_step: Callable | None = None):
        """Train up to step ``until`` (default: the plan's last) and checkpoint on the way.

        Args:
            until: Step to stop at.
            every: Steps between checkpoints; one more is written at the end.
            on_step: Called with (step, loss) after each step.
        """
        last = self.plan.steps if until is None else min(until, self.plan.steps)
        while self.step < last:
            loss = self._one_step()
            self.history.append(loss)
            self.step += 1
            if on_step is not None:
                on_step(self.step, loss)
            rise = self.rise()
            if rise > HOPELESS_RISE:
                recent = statistics.median(self.history[-WINDOW_STEPS:])
                self._diverged(
                    self._optimiser.param_groups[0]["lr"],
                    f"the loss rises, {recent:.4g} is {rise:.1f} times what it began with",
                    self.step,
                )
            if self.step % every == 0 and rise < SUSPICIOUS_RISE:
                self.save()
        self.save()

    def rise(self) -> float:
        """Return the median loss of the last window over the worst of the first; early on 0."""
        if len(self.history) < 2 * WINDOW_STEPS:
            return 0.0
        worst = max(self.history[:WINDOW_STEPS])
        recent = statistics.median(self.history[-WINDOW_STEPS:])
        return recent / worst if worst > 0 else 0.0

    def _one_step(self) -> float:
        plan = self.plan
        lr = plan.lr
        if plan.decay == "cosine":
            lr *= 0.5 * (1 + math.cos(math.pi * self.step / plan.steps))
        for group in self._optimiser.param_groups:
            group["lr"] = lr
        self.prepare(self.step)
        loss = self.loss(self.step)
        self._optimiser.zero_grad(set_to_none=True)
        if not loss.item() < HOPELESS_LOSS:
            self._diverged(lr, f"the loss is {loss.item():.4g}", self.step + 1)
        loss.backward()
        self._optimiser.step()
        self.project()
        if not all(torch.isfinite(p).all() for p in self.model.parameters()):
            self._diverged(lr, "a parameter is not finite", self.step + 1)
        return loss.item()

    def _diverged(self, lr: float, why: str, step: int) -> None:
        kept = "no checkpoint was written before"
        if self._saved_step is not None:
            kept = f"last good checkpoint: {self.checkpoint} (step {self._saved_step})"
        raise InputError(
            f"training diverged at step {step} with lr {lr:.3g}: {why}; {kept}"
        )

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        if self.checkpoint is None or self._saved_step == self.step:
            return
        due = {"identity": self.identity(), "plan": self.plan.must_match()}
        checkpoint.write(
            self.checkpoint, due, self.step, self.history, self.model, self._optimiser
        )
        self._saved_step = self.step

    def resume(self) -> None:
        """Continue from the checkpoint file; it must have the same identity and plan.

        All of it is checked first: ``InputError`` leaves model and optimiser as they were.
        """
        due = {"identity": self.identity(), "plan": self.plan.must_match()}
        found = checkpoint.read(
            self.checkpoint, due, self.plan.steps, HOPELESS_LOSS, self.model, self._optimiser
        )
        if found.step > 0:
            self._check_allowed(found.model)
        self.model.load_state_dict(found.model)
        self._optimiser.load_state_dict(found.optimiser)
        self.step, self.history = found.step, found.history
        self._saved_step = self.step

    @torch.no_grad()
    def _check_allowed(self, model: dict[str, Tensor]) -> None:
        """Raise ``InputError`` for numbers that :meth:`project` leaves after no step."""
        kept = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        try:
            self.model.load_state_dict(model)
            self.project()
            moved = [
                name for name, tensor in self.model.state_dict().items()
                if not torch.allclose(tensor, model[name], rtol=1e-5, atol=1e-6)
            ]  # fmt: skip
        finally:
            self.model.load_state_dict(kept)
        if moved:
            raise InputError(
                f"{self.checkpoint}: model {moved[0]}: its values are outside what training allows"
            )
