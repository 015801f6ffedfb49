"""The two-stage decoder: a network chooses the weights of each word. Its training and pruning.

Tasdighi and Yousefi 2025: the weights that are best for a word are the target of a regression with
a quantile loss. They are found here by following the gradient of the word's own soft frame error,
which takes the codeword: in training alone.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from model.adaptive.network import WeightNetwork, features
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.losses import soft_frame_error
from model.resumable import advance, start
from model.training import training_frames, wanted_frames
from model.training_loop import LoopPlan, TrainingLoop, check_range

QUANTILE = 0.75
DESCENT_STEPS, DESCENT_RATE = 12, 0.05


def quantile_loss(found: Tensor, target: Tensor, quantile: float = QUANTILE) -> Tensor:
    """Return the mean pinball loss: least where a part ``quantile`` of the targets lies below."""
    over = target - found
    return torch.maximum(quantile * over, (quantile - 1) * over).mean()


@dataclass(frozen=True)
class TwoStagePlan(LoopPlan):
    """What decides the network's numbers, apart from decoder and start.

    Attributes:
        ebn0_db: Lowest and highest Eb/N0; each frame draws its own.
        loss: "quantile": towards the best weights of each word. "decoder": the soft frame error
            of the decoder with the network's weights.
        keep: Part of the products that pruning leaves, from half of the steps on; 1: no pruning.
    """

    LOSSES: ClassVar = ("quantile", "decoder")

    ebn0_db: tuple[float, float] = (5.0, 6.0)
    loss: str = "quantile"
    keep: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("Eb/N0", self.ebn0_db)
        if not 0 < self.keep <= 1:
            raise InputError(f"keep must lie in 0..1 and above 0, not {self.keep}")


class TwoStageTrainer(TrainingLoop):
    """One training run of a network.

    Args:
        decoder: Its own weights are 1 (min-sum).
        weights: (iterations,) weights that the network begins with.
        plan: What to do.
        checkpoint: File for checkpoints, or None.
    """

    def __init__(
        self,
        decoder: UnfoldedDecoder,
        weights: np.ndarray,
        plan: TwoStagePlan,
        checkpoint: str | Path | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        super().__init__(WeightNetwork(decoder.graph.n_variables, weights), plan, checkpoint)
        self.decoder, self.weights = decoder, np.asarray(weights, dtype=np.float32)
        self._encoder = Encoder(decoder.graph)
        self._masks: list[Tensor] | None = None

    def identity(self) -> dict:
        """Return the code's hash, the decoder's options, the start."""
        edges = self.decoder.graph.edges_sha
        return {"edges_sha256": edges, **self.decoder.options(), "start": self.weights.tolist()}

    def prepare(self, step: int) -> None:
        """Prune once half of the steps are done."""
        if self.plan.keep < 1 and 2 * step >= self.plan.steps and self._masks is None:
            # A run that is resumed later finds the weights that are left to be the largest.
            self._masks = [_largest(p.detach(), self.plan.keep) for p in self.model.matrices()]
            self.project()

    def project(self) -> None:
        """Keep pruned weights at 0."""
        if self._masks is None:
            return
        with torch.no_grad():
            for parameter, mask in zip(self.model.matrices(), self._masks, strict=True):
                parameter *= mask

    def loss(self, step: int) -> Tensor:
        """Return the loss on the words of a step."""
        codewords, llr = self._words(step)
        found = self.model(features(self.decoder, llr))
        if self.plan.loss == "decoder":
            soft = self.decoder(llr.to(self.decoder.base_llr), found.t())
            return soft_frame_error(soft, codewords, self.plan.discount)
        return quantile_loss(found, self._best(codewords, llr))

    def _words(self, step: int) -> tuple[Tensor, Tensor]:
        """Words that the decoder's start weights leave unverified."""
        plan, decoder = self.plan, self.decoder
        rng = np.random.default_rng([plan.seed, step])
        factors = torch.from_numpy(self.weights)[:, None]

        def draw() -> tuple[Tensor, Tensor]:
            return training_frames(decoder.graph, self._encoder, plan.batch, plan.ebn0_db, rng)

        def unverified(_, llr: Tensor) -> Tensor:
            factor = factors.expand(-1, len(llr))
            return advance(decoder, start(decoder, llr), 0, decoder.iterations, factor).odd != 0

        low, high = plan.ebn0_db
        fault = f"words at {low}:{high} dB is left unverified; lower Eb/N0"
        return wanted_frames(draw, unverified, plan.batch, fault)

    def _best(self, codewords: Tensor, llr: Tensor) -> Tensor:
        """(batch, iterations) weights of each word that its own soft frame error descends to."""
        found = torch.from_numpy(self.weights)[:, None].repeat(1, len(llr)).requires_grad_()
        descent = torch.optim.Adam([found], lr=DESCENT_RATE)
        values = llr.to(self.decoder.base_llr)
        with torch.enable_grad():
            for _ in range(DESCENT_STEPS):
                # The mean over words times their number: no word's step depends on another's.
                soft = self.decoder(values, found.clamp(min=0))
                loss = len(llr) * soft_frame_error(soft, codewords, self.plan.discount)
                descent.zero_grad()
                loss.backward()
                descent.step()
        return found.detach().clamp(min=0).t()


class TwoStageDecoder:
    """A function from LLRs to decisions, as ``model.evaluate`` takes them."""

    def __init__(self, decoder: UnfoldedDecoder, network: WeightNetwork) -> None:
        self.decoder, self.graph, self.network = decoder, decoder.graph, network

    @torch.no_grad()
    def __call__(self, llr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return bits (frames, n_variables), (frames,) verified, (frames,) iterations."""
        values = torch.from_numpy(llr)
        weights = self.network(features(self.decoder, values)).t().contiguous()
        state = start(self.decoder, values)
        state = advance(self.decoder, state, 0, self.decoder.iterations, weights)
        bits = (state.app < 0).t().to(torch.uint8).numpy()
        return bits, (state.odd == 0).numpy(), state.used.numpy()

    @torch.no_grad()
    def mean_weights(self, llr: np.ndarray) -> np.ndarray:
        """Return the (iterations,) mean of the weights of (frames, n) LLRs."""
        return self.network(features(self.decoder, torch.from_numpy(llr))).mean(dim=0).numpy()


def _largest(values: Tensor, keep: float) -> Tensor:
    """A mask of the part ``keep`` of the values that is largest in size."""
    count = max(1, round(keep * values.numel()))
    mask = torch.zeros(values.numel(), dtype=values.dtype)
    mask[values.abs().flatten().topk(count).indices] = 1
    return mask.view_as(values)
