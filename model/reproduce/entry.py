"""One row of a table made ready: trained now, taken from a file of an earlier run, or untrained."""

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path

from model import catalog
from model.code import TannerGraph
from model.min_sum import train
from model.parameters import Parameters
from model.reproduce.table import Case, Variant
from model.snr_table import SnrTable
from model.train_run import checkpoint_of

RUN_OPTIONS = {
    "out", "device", "threads", "checkpoint_every", "resume", "keep_checkpoint", "json",
}  # fmt: skip
"""Options of ``model.train`` that decide no trained number."""


@dataclass(frozen=True, eq=False)
class Budget:
    """How training runs.

    Attributes:
        folder: Where trained parameters and checkpoints go.
        ready: Folders searched for parameters that the same options made.
        seed: Seed of the training.
        steps: Steps of every training, instead of the table's own; None: the table's own.
        device, threads: Where it runs.
    """

    folder: Path
    ready: tuple[Path, ...] = ()
    seed: int = 1
    steps: int | None = None
    device: str = "cpu"
    threads: int = 1


@dataclass(frozen=True, eq=False)
class Entry:
    """A decoder to measure.

    Attributes:
        variant: The row.
        trained: How many trained numbers the decoder holds.
        numbers: What the decoder is made of: parameters, or a table of them by Eb/N0.
        path: Their file.
    """

    variant: Variant
    trained: int
    numbers: Parameters | SnrTable
    path: Path

    def parameters(self, ebn0_db: float) -> Parameters:
        """Return the numbers for one Eb/N0."""
        numbers = self.numbers
        return numbers.at(ebn0_db) if isinstance(numbers, SnrTable) else numbers

    def gamma(self) -> float | None:
        """Return the relaxation factor; the first row's of a table."""
        numbers = self.numbers
        return (numbers.rows[0] if isinstance(numbers, SnrTable) else numbers).gamma


def training_argv(case: Case, variant: Variant, budget: Budget) -> list[str]:
    """Return the options of ``model.train`` that decide the trained numbers."""
    argv = ["--code", case.code, *shlex.split(case.options), *shlex.split(variant.options)]
    argv += ["--seed", str(budget.seed)]
    return argv if budget.steps is None else [*argv, "--steps", str(budget.steps)]


def prepare(case: Case, variant: Variant, budget: Budget) -> Entry:
    """Return the entry of a variant, training it unless its parameters are there already."""
    argv = training_argv(case, variant, budget)
    graph = catalog.get(case.code)
    out = budget.folder / f"{case.code}_{variant.name}.params.npz"
    args = train.parser().parse_args([*argv, "--out", str(out)])
    decoder = train.decoder_of(args, graph)
    if not variant.trained:
        made = {"command": "python -m model.reproduce", "options": argv}
        return Entry(variant, 0, decoder.export(made), decoder.export(made).save(out))
    count = sum(p.numel() for p in decoder.trained()) * (args.snr_rows or 1)
    for folder in (budget.folder, *budget.ready):
        path = folder / out.name
        if path.exists():
            found = load(path, graph, args.snr_rows)
            if decisive(found.metadata) == decisive_options(args):
                return Entry(variant, count, found, path)
    run = ["--out", str(out), "--device", budget.device, "--threads", str(budget.threads)]
    if checkpoint_of(out).exists():
        run.append("--resume")
    train.main([*argv, *run])
    return Entry(variant, count, load(out, graph, args.snr_rows), out)


def trained(code: str, name: str, options: str, budget: Budget) -> Parameters | SnrTable:
    """Return the numbers that ``model.train`` finds with these options, now or before."""
    return prepare(Case(code, options, (), 0.0, 0), Variant(name, name), budget).numbers


def load(path: Path, graph: TannerGraph, snr_rows: int | None) -> Parameters | SnrTable:
    """Read trained numbers; those of another graph are refused."""
    return Parameters.load(path, graph) if snr_rows is None else SnrTable.load(path, graph)


def decisive(metadata: dict) -> dict | None:
    """Return the options recorded in a parameters file that decide its numbers; None: unknown."""
    try:
        words = shlex.split(metadata["made"]["command"])
        if words[:3] != ["python", "-m", "model.train"]:
            return None
        return decisive_options(train.parser().parse_args(words[3:]))
    except (KeyError, TypeError, ValueError, AttributeError, SystemExit):
        return None


def decisive_options(args: argparse.Namespace) -> dict:
    """Return the parsed options of ``model.train`` that decide the trained numbers."""
    kept = {name: value for name, value in vars(args).items() if name not in RUN_OPTIONS}
    return kept | {"freeze": sorted(kept["freeze"])}
