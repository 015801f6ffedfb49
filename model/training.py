"""The training loop: random frames, multiloss, optimiser step, checkpoints that resume exactly.

Step ``s`` draws its frames from a generator seeded with (seed, s), so a resumed run sees the same
frames as an uninterrupted one without storing generator states.
"""

import io
import math
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from model.channel import awgn_llr
from model.code import TannerGraph
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.files import write_atomic
from model.inference import decode
from model.losses import LOSSES, iteration_weights

OPTIMISERS = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
DECAYS = ("constant", "cosine")
CODEWORDS = ("random", "zero")
MOST_DRAWS = 20
HOPELESS_LOSS = 1e3
"""Nats a bit; knowing nothing costs 0.7, so a run beyond this (or at NaN) is not coming back."""


@dataclass(frozen=True)
class Plan:
    """Everything that decides the trained numbers, apart from the decoder itself.

    Attributes:
        steps: Optimiser steps in all.
        batch: Frames a step.
        ebn0_db: Lowest and highest Eb/N0; each frame draws its own, uniformly in dB.
        lr: Step size; "cosine" decay lowers it to 0 at the last step.
        loss, discount: See model.losses.
        hard: Keep only frames that the decoder, as trained so far, has not finished after this
            many iterations (0: all frames). Easy frames have next to no gradient of the last
            iteration's error and most of the cost.
        codewords: "random", or "zero" (right for this symmetric decoder, a little faster).
        seed: Seed of all frames.
    """

    steps: int = 300
    batch: int = 100
    ebn0_db: tuple[float, float] = (2.4, 3.2)
    optimiser: str = "adam"
    lr: float = 0.01
    decay: str = "cosine"
    loss: str = "cross-entropy"
    discount: float = 1.0
    hard: int = 0
    codewords: str = "random"
    seed: int = 1

    def __post_init__(self) -> None:
        for name, value, choices in (
            ("optimiser", self.optimiser, OPTIMISERS),
            ("decay", self.decay, DECAYS),
            ("loss", self.loss, LOSSES),
            ("codewords", self.codewords, CODEWORDS),
        ):
            if value not in choices:
                raise InputError(f"{name} {value!r} is unknown; choose from {', '.join(choices)}")
        for name, value in (("steps", self.steps), ("batch", self.batch)):
            if value < 1:
                raise InputError(f"{name} must be at least 1, not {value}")
        if not 0 < self.lr < 1e30:
            raise InputError(f"lr must be a positive number, not {self.lr}")
        for name, value in (("seed", self.seed), ("hard", self.hard)):
            if value < 0:
                raise InputError(f"{name} must not be negative: {value}")
        low, high = self.ebn0_db
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise InputError(f"Eb/N0 range {low}:{high} dB is not LOW:HIGH")
        iteration_weights(1, self.discount)

    def must_match(self) -> dict:
        """Return the values a resumed run may not change."""
        values = asdict(self)
        if self.decay == "constant":
            del values["steps"]
        return values


class Trainer:
    """One training run.

    Args:
        decoder: The decoder to train, in place, on its own device.
        plan: What to do.
        checkpoint: File for checkpoints, or None.

    Attributes:
        step: Steps done.
        history: Loss of every step done.
    """

    def __init__(
        self, decoder: UnfoldedDecoder, plan: Plan, checkpoint: str | Path | None = None
    ) -> None:
        self.decoder, self.plan = decoder, plan
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.step = 0
        self.history: list[float] = []
        self._saved_step: int | None = None
        trainable = list(decoder.parameters())
        if not trainable:
            raise InputError(f"check rule {decoder.rule!r} has no parameters to train")
        self._optimiser = OPTIMISERS[plan.optimiser](trainable, lr=plan.lr)
        self._loss = LOSSES[plan.loss]
        self._encoder = Encoder(decoder.graph) if plan.codewords == "random" else None
        self._known = torch.from_numpy(np.flatnonzero(~decoder.graph.shortened))

    def frames(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return codewords (batch, n_variables) uint8 and LLRs (batch, n) of a step."""
        graph, plan = self.decoder.graph, self.plan
        rng = np.random.default_rng([plan.seed, step])
        kept: list[tuple[torch.Tensor, torch.Tensor]] = []
        for _ in range(MOST_DRAWS):
            drawn = training_frames(graph, self._encoder, plan.batch, plan.ebn0_db, rng)
            if plan.hard == 0:
                return drawn
            used = decode(self.decoder, drawn[1], iterations=plan.hard).decoded.cpu()
            kept.append(tuple(part[~used] for part in drawn))
            if sum(len(llr) for _, llr in kept) >= plan.batch:
                break
        codewords, llr = (torch.cat(part)[: plan.batch] for part in zip(*kept, strict=True))
        if len(llr) == 0:
            raise InputError(
                f"none of {MOST_DRAWS * plan.batch} frames at {plan.ebn0_db[0]}:{plan.ebn0_db[1]} "
                f"dB needs more than {plan.hard} iterations; lower hard or Eb/N0"
            )
        return codewords, llr

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
            if self.step % every == 0:
                self.save()
        self.save()

    def _one_step(self) -> float:
        plan, decoder = self.plan, self.decoder
        lr = plan.lr
        if plan.decay == "cosine":
            lr *= 0.5 * (1 + math.cos(math.pi * self.step / plan.steps))
        for group in self._optimiser.param_groups:
            group["lr"] = lr
        codewords, llr = self.frames(self.step)
        soft = decoder(llr.to(decoder.base_llr))
        known = self._known.to(soft.device)
        bits = codewords.to(soft.device)[:, known]
        loss = self._loss(soft[:, :, known], bits, plan.discount)
        self._optimiser.zero_grad(set_to_none=True)
        if not loss.item() < HOPELESS_LOSS:
            self._diverged(lr, f"the loss is {loss.item():.4g}")
        loss.backward()
        self._optimiser.step()
        decoder.project()
        if not all(torch.isfinite(p).all() for p in decoder.parameters()):
            self._diverged(lr, "a parameter is not finite")
        return loss.item()

    def _diverged(self, lr: float, why: str) -> None:
        kept = "no checkpoint was written before"
        if self._saved_step is not None:
            kept = f"last good checkpoint: {self.checkpoint} (step {self._saved_step})"
        raise InputError(
            f"training diverged at step {self.step + 1} with lr {lr:.3g}: {why}; {kept}"
        )

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        if self.checkpoint is None or self._saved_step == self.step:
            return
        buffer = io.BytesIO()
        state = {
            "edges_sha256": self.decoder.graph.edges_sha,
            "decoder_options": self.decoder.options(),
            "plan": self.plan.must_match(),
            "step": self.step,
            "history": self.history,
            "decoder": self.decoder.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }
        torch.save(state, buffer)
        write_atomic(self.checkpoint, buffer.getvalue())
        self._saved_step = self.step

    def resume(self) -> None:
        """Continue from the checkpoint file; it must belong to the same code and plan."""
        path = self.checkpoint
        try:
            state = torch.load(path, map_location=self.decoder.base_llr.device, weights_only=True)
            found = {"edges_sha256": state["edges_sha256"], **state["decoder_options"]}
            found |= state["plan"]
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
        except (
            pickle.UnpicklingError, zipfile.BadZipFile, RuntimeError, EOFError, KeyError, TypeError
        ) as error:  # fmt: skip
            first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(f"{path}: not a checkpoint: {first_line}") from error
        wanted = {"edges_sha256": self.decoder.graph.edges_sha, **self.decoder.options()}
        wanted |= self.plan.must_match()
        for name, value in wanted.items():
            if found.get(name) != value:
                raise InputError(
                    f"{path}: made with {name} = {found.get(name)!r}, asked for {value!r}"
                )
        self.decoder.load_state_dict(state["decoder"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self.history = state["step"], state["history"]
        self._saved_step = self.step


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
