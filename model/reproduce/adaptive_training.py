"""What the decoders of an adaptive table are made of, trained when first asked for."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property

import numpy as np
import torch
from tqdm import tqdm

from model import npz
from model.adaptive import weights
from model.adaptive.network import WeightNetwork
from model.adaptive.two_stage import TwoStagePlan, TwoStageTrainer
from model.channel import point_generator, random_frames
from model.code import TannerGraph
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.evaluate import measure
from model.locks import locked
from model.parameters import Parameters
from model.reproduce.adaptive_cases import Case
from model.reproduce.entry import Budget, trained
from model.train_run import checkpoint_of, db_range

NETWORK_SCHEMA = "unfoldhw.weight_network/1"
CONSTANTS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Weights that a decoder which runs longer is tried with, the same in all its iterations."""
CHOICE_ERRORS, CHOICE_FRAMES, CHOICE_SEED = 100, 40_000, 1_000_001


class Training:
    """Decoders and numbers of one code.

    Args:
        case: The code and its budget.
        graph: The code.
        budget: Where training runs and what it leaves.
    """

    def __init__(self, case: Case, graph: TannerGraph, budget: Budget) -> None:
        self.case, self.graph, self.budget = case, graph, budget

    def _trained(self, name: str, options: str) -> Parameters:
        """Normalised min-sum with a weight for each iteration, trained by the case's budget."""
        case = self.case
        shared = (
            f"--iterations {case.iterations} --ebn0 {case.train} --freeze beta --alpha 0.7 "
            f"--lr 0.02 --steps {case.steps} --batch {case.batch} --loss soft-frame-error "
            "--discount 0.5"
        )
        return trained(case.name, f"adaptive_{name}", f"{shared} {options}", self.budget)

    @cached_property
    def static(self) -> Parameters:
        """A weight an iteration."""
        return self._trained("static", "--schedule flooding --sharing one")

    @cached_property
    def layered(self) -> Parameters:
        """The same with layers."""
        return self._trained("layered", "--schedule layered --sharing one")

    @cached_property
    def by_edge(self) -> Parameters:
        """A weight an iteration and edge: the samples of the distribution."""
        return self._trained("edge", "--schedule flooding --sharing edge")

    @cached_property
    def active(self) -> Parameters:
        """A weight an iteration, trained near the boundary of decisions."""
        near = self.graph.n // 5
        return self._trained("active", f"--schedule flooding --sharing one --near {near}")

    @cached_property
    def points(self) -> np.ndarray:
        """(weights, iterations): the mean first; see model.adaptive.weights."""
        mean, deviation = weights.distribution(self.by_edge)
        return weights.points(mean, deviation, self.case.weights)

    def unweighted(self) -> UnfoldedDecoder:
        """Return min-sum with flooding: the weights come with the words."""
        return UnfoldedDecoder(
            self.graph, self.case.iterations, rule="min-sum", schedule="flooding"
        )

    def with_weights(
        self, values: Sequence[float], schedule: str = "flooding", layers=None
    ) -> UnfoldedDecoder:
        """Return a static decoder with a weight for each iteration."""
        decoder = UnfoldedDecoder(
            self.graph, len(values), schedule=schedule, layers=layers, sharing="one",
            frozen=("beta",),
        )  # fmt: skip
        with torch.no_grad():
            decoder.alpha.copy_(torch.as_tensor(np.asarray(values, dtype=np.float32))[:, None])
        return decoder

    def longer(self, iterations: int) -> tuple[UnfoldedDecoder, float]:
        """Return the best static decoder of so many iterations, and its one weight."""
        decoders = {f"{w:g}": self.with_weights([w] * iterations) for w in CONSTANTS}
        ebn0_db = max(self.case.ebn0_db) - 0.3
        found = measure(decoders, ebn0_db, CHOICE_FRAMES, CHOICE_SEED, errors=CHOICE_ERRORS)
        best = min(found, key=lambda name: found[name].fer)
        return decoders[best], float(best)

    def network(self, name: str, **options) -> WeightNetwork:
        """Return a network of the two-stage decoder, trained now or before."""
        case, budget = self.case, self.budget
        start = self.static.alpha.mean(axis=1)
        plan = TwoStagePlan(
            ebn0_db=db_range(case.train), steps=budget.steps or case.steps, batch=case.batch,
            lr=0.005, discount=0.5, seed=budget.seed, **options,
        )  # fmt: skip
        out = budget.folder / f"{case.name}_adaptive_{name}.npz"
        with locked(out):
            trainer = TwoStageTrainer(self.unweighted(), start, plan, checkpoint_of(out))
            # As they come back from the file: with lists in place of tuples.
            made = json.loads(json.dumps({"identity": trainer.identity(), "plan": asdict(plan)}))
            for folder in (budget.folder, *budget.ready):
                if (folder / out.name).exists():
                    state, header = npz.read(folder / out.name, NETWORK_SCHEMA, ())
                    if header.get("made") == made:
                        values = {k.replace("__", "."): torch.from_numpy(v)
                                  for k, v in state.items()}  # fmt: skip
                        trainer.model.load_state_dict(values)
                        return trainer.model
            if trainer.checkpoint.exists():
                trainer.resume()
            with tqdm(
                total=plan.steps, initial=trainer.step, desc=name, unit="step", file=sys.stderr
            ) as bar:
                trainer.run(on_step=lambda step, _: bar.update(step - bar.n))
            state = {k.replace(".", "__"): v.numpy() for k, v in trainer.model.state_dict().items()}
            npz.write(out, state, {"schema": NETWORK_SCHEMA, "made": made})
            trainer.checkpoint.unlink(missing_ok=True)
        return trainer.model

    def words(self) -> np.ndarray:
        """Return (frames, n) LLRs at the highest Eb/N0, to look at weights."""
        encoder = Encoder(self.graph)
        at = max(self.case.ebn0_db)
        rng = point_generator(CHOICE_SEED, at)
        return random_frames(self.graph, encoder, 2_000, at, rng)[1]
