"""What a table of detectors consists of, and its rows made ready: trained, or taken from a file."""

import argparse
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from model.errors import InputError
from model.mimo_detector import linear, maximum_likelihood, message_passing, networks, train
from model.mimo_detector.link import Detector
from model.mimo_detector.oamp import OampNet
from model.mimo_detector.parameters import DetectorParameters
from model.mimo_detector.system import System
from model.mimo_detector.unfolded import UnfoldedDetector
from model.reproduce.entry import RUN_OPTIONS
from model.train_run import checkpoint_of

ROUNDS = 10
PLAIN = {"zf": "zero forcing", "lmmse": "MMSE, exact variances", "ml": "maximum likelihood"}
PLAIN |= {name: f"{name.upper()}, {ROUNDS} rounds" for name in ("amp", "oamp", "ep")}
"""Detectors without trained numbers."""
ML_NOISE = 0.3
"""Maximum likelihood makes no soft values; those of its decisions are not looked at."""


@dataclass(frozen=True)
class Point:
    """Where error rates are measured.

    Attributes:
        snr_db: See model.mimo_detector.system.
        channel: See model.mimo_detector.channels.
        pilots: Of an estimated channel; 0: known.
    """

    snr_db: float
    channel: str
    pilots: int = 0

    def __str__(self) -> str:
        estimated = f", {self.pilots} pilots" if self.pilots else ""
        return f"{self.snr_db:g} dB {self.channel}{estimated}"


@dataclass(frozen=True)
class Row:
    """One detector.

    Attributes:
        name: What ``--only`` calls it; of a detector without training, which one.
        label: What the row is called.
        options: Of ``model.train``, after those of the case; empty: nothing is trained.
        file: Name of its numbers, without ``.params.npz``.
        bars: The highest error rates that the project accepts.
        published: What a paper says of the same detector.
    """

    name: str
    label: str
    options: str = ""
    file: str = ""
    bars: Mapping[Point, float] = field(default_factory=lambda: MappingProxyType({}))
    published: Mapping[Point, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Case:
    """Detectors of one system.

    Attributes:
        name: What ``--cases`` calls it, antennas x users.
        options: Of ``model.train``, which say the system.
        metric: "ser" or "ber".
        points: Where they are measured.
        rows: The detectors.
        elsewhere: Published rates of detectors by label, or of rows by name.
    """

    name: str
    options: str
    metric: str
    points: tuple[Point, ...]
    rows: tuple[Row, ...]
    elsewhere: Mapping[str, Mapping[Point, float]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def system(self) -> System:
        """The system that the options name."""
        args = train.parser().parse_args([*self.argv(), "--out", "x"])
        return System(args.antennas, args.users, args.modulation)

    def argv(self, row: Row | None = None, seed: int = 1) -> list[str]:
        """The options of ``model.train`` that decide a row's numbers."""
        more = [] if row is None else shlex.split(row.options)
        return ["--code", "mimo_detector", *shlex.split(self.options), *more, "--seed", str(seed)]


def ready(
    case: Case, row: Row, folder: Path, trained: tuple[Path, ...], steps: int | None, threads: int
) -> tuple[Detector, int, Path | None]:
    """Return a row's detector, how many numbers training moved, and their file.

    Numbers are taken from ``folder`` or ``trained`` where the same options made them; else they are
    trained now.
    """
    if not row.options:
        return _plain(row.name, case.system()), 0, None
    argv = case.argv(row) + ([] if steps is None else ["--steps", str(steps)])
    wanted = _decisive(train.parser().parse_args([*argv, "--out", "x"]))
    name = f"{row.file}.params.npz"
    for place in (folder, *trained):
        if (place / name).exists():
            detector, count, metadata = _load(place / name)
            if _options_of(metadata) == wanted:
                return detector, count, place / name
    out = folder / name
    run = ["--out", str(out), "--threads", str(threads)]
    if checkpoint_of(out).exists():
        run.append("--resume")
    train.main([*argv, *run])
    return *_load(out)[:2], out


def _plain(name: str, system: System) -> Detector:
    """A detector without trained numbers."""
    if name in linear.KINDS:

        def detect(blocks):
            found, variance = linear.detect(
                name, blocks.channel, blocks.noise_power, blocks.received
            )
            return found, np.sqrt(variance / 2)[..., None]

        return detect
    if name == "oamp":
        oamp = OampNet(system, ROUNDS, 0)
        return oamp.estimate
    if name == "ml":
        return lambda blocks: (maximum_likelihood.sphere(system, blocks), ML_NOISE)
    passing = {"amp": message_passing.amp, "ep": message_passing.ep}[name]
    return lambda blocks: passing(system, blocks, ROUNDS)


def _load(path: Path) -> tuple[Detector, int, dict]:
    """A trained detector, the count of its trained numbers, and how it was made."""
    try:
        found = DetectorParameters.load(path)
        detector, metadata = UnfoldedDetector.from_parameters(found), found.metadata
    except InputError:
        detector = networks.load(path)
        metadata = networks.metadata(path)
    count = sum(p.numel() for p in detector.parameters() if p.requires_grad)
    return lambda blocks: (detector.detect(blocks), detector.llr_noise), count, metadata


def _options_of(metadata: dict) -> dict | None:
    """The options recorded in a file that decide its numbers; None: unknown."""
    try:
        words = shlex.split(metadata["made"]["command"])
        if words[:3] != ["python", "-m", "model.train"]:
            return None
        return _decisive(train.parser().parse_args(words[3:]))
    except (KeyError, TypeError, ValueError, AttributeError, SystemExit, InputError):
        return None


def _decisive(args: argparse.Namespace) -> dict:
    return {name: value for name, value in vars(args).items() if name not in RUN_OPTIONS}
