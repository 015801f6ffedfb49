"""What a family supplies to error-rate simulation: frames, counts by kind, and their bounds.

The engine in ``sim`` (units of work, tallies, results files) is the same for every family. A family
supplies ``monte_carlo()``, which returns a class derived from :class:`MonteCarlo`. One that only
supplies the functions ``traffic``, ``golden`` and ``score`` has
:class:`quant.simple_monte_carlo.SimpleMonteCarlo`, made of them.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from model import families
from model.errors import InputError
from model.options import Options
from model.rates import clustered, wilson
from quant.fields import exactly

LARGEST_DB = 100.0


@dataclass(frozen=True)
class Axis:
    """What the points of an error-rate curve are, in dB.

    name : for people; ``option`` : of a command line, without dashes
    """

    name: str
    option: str

    @property
    def field(self) -> str:
        """The name in files and JSON."""
        return f"{self.option}_db"

    def checked(self, point_db: float) -> float:
        """The point, or ``InputError`` if it is out of range."""
        if not -LARGEST_DB <= point_db <= LARGEST_DB:
            raise InputError(
                f"{self.name} is {point_db} dB, must be {-LARGEST_DB:g}..{LARGEST_DB:g}"
            )
        return point_db


EBN0, SNR = Axis("Eb/N0", "ebn0"), Axis("SNR", "snr")
AXES = (EBN0, SNR)


def point_number(point_db: float) -> int:
    """What tells the frames of one point from those of another: thousandths of a dB, offset."""
    return round(1000 * (SNR.checked(point_db) + LARGEST_DB))


@dataclass(frozen=True)
class Kind:
    """Something that is counted of every frame; :meth:`MonteCarlo.most` says how large it may be.

    name : in files and JSON
    least : of one frame
    wrong_only : counted of wrong frames alone
    mean : shown as the mean over all frames, not as a sum
    """

    name: str
    least: int = 0
    wrong_only: bool = False
    mean: bool = False


FRAME_ERRORS = "frame_errors"
"""Name of what is counted of all frames: those that are wrong."""
BIT_ERRORS = Kind("bit_errors", 1, wrong_only=True)
SQUARES = Kind("squared_bit_errors", 1, wrong_only=True)


def kinds_of_group(group: str) -> tuple[Kind, Kind]:
    """What is counted of a group: frames, and wrong ones."""
    return Kind(f"frames_of_{group}"), Kind(f"frame_errors_of_{group}", wrong_only=True)


@dataclass(frozen=True)
class FrameCounts:
    """Counts of single frames: an array (frames,) of integers for each kind by name.

    seconds : processor time of decoding alone, or None where :meth:`MonteCarlo.rate` says it
    group : (frames,) of each frame the number of its group, where there are groups
    """

    counts: Mapping[str, np.ndarray]
    seconds: float | None = None
    group: np.ndarray | None = None


class MonteCarlo:
    """Error rates of one spec. A frame is wrong if any of its bits is.

    Attributes
    ----------
    axis : what points are
    models : who may compute, the default first
    link : class of what lies between sender and receiver: its fields are command-line options and
        stand in results files
    unit_frames : frames of a unit of work
    frame : what a frame is called
    kinds : what is counted beside bit errors
    frames_decide : whether a point ends with enough wrong frames, and wrong frames are remembered;
        otherwise with enough wrong bits, and the interval of the bit error rate allows for bits of
        a frame that are wrong together
    groups : name to bits of a frame that may be wrong, of groups of frames that are counted apart
        as well; where they depend on the spec, :meth:`of_spec` makes a class that has them
    """

    axis: Axis = SNR
    models: tuple[str, ...] = ("golden",)
    link: type[Options] = Options
    unit_frames: int = 512
    frame: str = "frame"
    kinds: tuple[Kind, ...] = ()
    frames_decide: bool = True
    groups: Mapping[str, int] = {}

    def __init__(self, spec):
        self.spec = spec

    @classmethod
    def of_spec(cls, spec) -> Self:
        """The Monte Carlo of a spec."""
        return cls(spec)

    @classmethod
    def all_kinds(cls) -> tuple[Kind, ...]:
        """Everything that is counted of frames, bit errors first and groups last."""
        squares = () if cls.frames_decide else (SQUARES,)
        by_group = itertools.chain.from_iterable(kinds_of_group(group) for group in cls.groups)
        return (BIT_ERRORS, *squares, *cls.kinds, *by_group)

    @classmethod
    def names(cls) -> list[str]:
        """Names of what is counted, wrong frames first."""
        return [FRAME_ERRORS, *(kind.name for kind in cls.all_kinds())]

    @classmethod
    def rate_name(cls) -> str:
        """The rate that decides."""
        return "frame error rate" if cls.frames_decide else "bit error rate"

    @classmethod
    def error_rate(
        cls, counts: Mapping[str, int], frames: int, bits: int
    ) -> tuple[float, float, float]:
        """The rate that decides and its 95 % interval, of frames with ``bits`` bits each."""
        if cls.frames_decide:
            wrong = counts[FRAME_ERRORS]
            return wrong / frames, *wilson(wrong, frames)
        wrong, trials = counts[BIT_ERRORS.name], frames * bits
        return wrong / trials, *clustered(wrong, counts[SQUARES.name], trials, frames)

    @classmethod
    def all_bits(cls, counts: Mapping[str, int], frames: int, bits: int) -> int:
        """Bits that may be wrong of all frames counted, with ``bits`` bits each without groups."""
        if not cls.groups:
            return frames * bits
        return sum(counts[kinds_of_group(name)[0].name] * of for name, of in cls.groups.items())

    @classmethod
    def checked_model(cls, model: str, family: str) -> str:
        """``model``, or ``InputError`` if the family has none of that name."""
        if model not in cls.models:
            raise InputError(
                f"--model {model}: family {family!r} has {', '.join(cls.models)} to compute with"
            )
        return model

    def frame_bits(self, link: Options) -> int:
        """Bits of a frame that may be wrong; of the longest one."""
        raise NotImplementedError

    def most(self, link: Options) -> dict[str, int]:
        """The largest count of one frame, by kind; a new dictionary."""
        bits = self.frame_bits(link)
        of_groups = (kind for group in self.groups for kind in kinds_of_group(group))
        return {BIT_ERRORS.name: bits, SQUARES.name: bits**2} | {k.name: 1 for k in of_groups}

    def prepare(self, model: str) -> None:
        """Load or compile what ``model`` needs, so that it is in no time that is measured."""

    def count(
        self, model: str, link: Options, point_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        """Send the frames ``first``, ``first`` + 1, ...; ``first`` and ``frames`` are whole units.

        A frame depends on spec, link, point, seed and its number only, whatever the model.
        """
        raise NotImplementedError

    def rate(self, model: str, link: Options, point_db: float, seed: int) -> float:
        """Frames that ``model`` alone decodes in a second, where ``count`` does not measure it."""
        raise NotImplementedError

    def title(self, model: str) -> str:
        """A curve's name."""
        return f"{self.spec.describe()}, {model}"

    def link_title(self, link: Options) -> str:
        """What lies between sender and receiver, for a picture."""
        return described(link)

    def remarks(self) -> list[str]:
        """What is to be known of the points, a line each."""
        return []

    def code_size(self, link: Options) -> tuple[int, int] | None:
        """(n, k) of a code that is sent as BPSK over AWGN: bounds can be drawn beside its curve."""
        return None


def find(family: families.Family) -> type[MonteCarlo] | None:
    """The family's class, or None if there is neither one nor what one is made of."""
    own = families.find(family, "monte_carlo")
    if own is not None:
        return own()
    from quant import simple_monte_carlo

    return simple_monte_carlo.of(family)


def of(family: families.Family) -> type[MonteCarlo]:
    """The family's class; ``InputError`` says which families have one."""
    return _need(family, families.PARTS["monte_carlo"].words, lambda found: True)


def of_frames(family: families.Family) -> type[MonteCarlo]:
    """The same for a family whose points end with wrong frames: it has a frame error rate."""
    return _need(family, "frame error rate", lambda found: found.frames_decide)


def _need(family: families.Family, words: str, right: Callable) -> type[MonteCarlo]:
    def has(each: families.Family) -> bool:
        found = find(each)
        return found is not None and right(found)

    if not has(family):
        others = [each.name for each in families.families().values() if has(each)]
        raise families.lacking(family, words, others)
    return find(family)


def described(link: Options) -> str:
    """The link in a line for people."""
    values = {field.name: getattr(link, field.name) for field in fields(link)}
    return ", ".join(f"{name} {value}" for name, value in values.items())


def link_of(record: object, kind: type[Options]) -> Options:
    """The link of a record that has its fields and nothing else; ``InputError`` otherwise.

    Options of ``later`` may be missing.
    """
    later = {field.name for field in fields(kind) if field.metadata["later"]}
    exactly("link", record, [f.name for f in fields(kind) if f.name not in later], later)
    try:
        return kind(**record)
    except InputError as error:
        raise InputError(f"link: {error}") from None
