"""Spec of an unfolded 1-bit precoder (C2PO): everything that decides an antenna's bits.

Float algorithm (Balatsoukas-Stimming et al. 2019, after C2PO, Castaneda et al. 2017), with
residual w instead of the matrix A = (I - s s^H / |s|^2) H:

    v_0 = clip(alpha H^H s),  u = H v,  w = u - s (s^H u) / |s|^2,
    v' = clip(rho (v - tau H^H w)),  bits = sign of the last v'.

Integer conventions (all of them decide bits):

* Words are those of :mod:`quant.words`, mid-rise or mid-tread.
* Quantising an integer y with ``shift``: mid-rise code = y >> (shift + 1), mid-tread code =
  (y + 2^(shift-1)) >> shift, both saturated. The result's value step is 2^shift steps of y.
* Symbols are odd integers (QPSK +-1; 16-QAM +-1, +-3; 64-QAM up to +-7), real and imaginary.
* A :class:`Coefficient` is a sum of signed powers of two and is applied exactly: all of them are
  whole numbers in units of 2^-``frac_bits``, one number of fraction bits for all rounds.
"""

from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

from model.errors import InputError
from model.names import checked_identifier
from model.precoder.system import System
from quant import document, signed_powers, words
from quant.fields import exactly, number, shown, tuples, whole
from quant.provenance import checked_provenance
from quant.signed_powers import Coefficient, coefficient
from quant.words import Word

KIND = "c2po_precoder"
LARGEST_SYMBOL = {"qpsk": 1, "16qam": 3, "64qam": 7}
MAX_ROUNDS = 64
STEP_RANGE = 1e-9, 1e9


@dataclass(frozen=True)
class Round:
    """v' = quantise(keep * v + step * H^H w); ``step`` is negative in a descent."""

    keep: Coefficient
    step: Coefficient

    @property
    def frac_bits(self) -> int:
        """Fraction bits that hold both exactly."""
        return max(self.keep.frac_bits, self.step.frac_bits)


@dataclass(frozen=True)
class PrecoderSpec(document.Document):
    """An unfolded 1-bit precoder, complete to the bit.

    Parameters
    ----------
    name : top-level name
    antennas, users : B and U
    constellation : "qpsk", "16qam" or "64qam"
    h, x, w : words of channel entries, iterate and residual (re and im each)
    h_step : size of one value step of ``h`` for channel entries of unit variance
    u_bits, u_shift : H v is rounded by ``u_shift`` bits (mid-tread) and saturated to ``u_bits``
    projection_bits : s^H u is multiplied by round(2^projection_bits / |s|^2)
    projection_frac_bits : fraction bits that this product keeps
    w_shift : the residual, with those fraction bits, is quantised to ``w`` by this shift
    start : coefficient of H^H s in v_0
    rounds : one per iteration
    """

    name: str
    antennas: int
    users: int
    constellation: str
    h: Word
    x: Word
    w: Word
    h_step: float
    u_bits: int
    u_shift: int
    projection_bits: int
    projection_frac_bits: int
    w_shift: int
    start: Coefficient
    rounds: tuple[Round, ...]
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = KIND

    def __post_init__(self) -> None:
        _check(self)

    @property
    def system(self) -> System:
        """Antennas, users and modulation."""
        return System(self.antennas, self.users, self.constellation)

    @property
    def frac_bits(self) -> int:
        """Fraction bits that hold all coefficients exactly."""
        return max(self.start.frac_bits, *(step.frac_bits for step in self.rounds))

    @cached_property
    def coefficients(self) -> dict[str, Coefficient]:
        """All coefficients by their place in the file."""
        found = {"start": self.start}
        for t, step in enumerate(self.rounds):
            found |= {f"rounds[{t}].keep": step.keep, f"rounds[{t}].step": step.step}
        return found

    @property
    def largest_symbol(self) -> int:
        """Largest real or imaginary part of a symbol."""
        return LARGEST_SYMBOL[self.constellation]

    @property
    def largest_energy(self) -> int:
        """Largest |s|^2 over the users, in symbol units."""
        return 2 * self.users * self.largest_symbol**2

    def reciprocal(self, energy: int) -> int:
        """round(2^projection_bits / energy), ties upwards: one word of the reciprocal table."""
        return ((2 << self.projection_bits) + energy) // (2 * energy)

    @cached_property
    def accumulator_bits(self) -> dict[str, int]:
        """Two's complement widths that provably hold every sum, from the words' ranges."""
        forward = 2 * self.antennas * self.h.maximum * self.x.maximum
        backward = 2 * self.users * self.h.maximum * max(self.w.maximum, self.largest_symbol)
        u_maximum = (1 << (self.u_bits - 1)) - 1
        inner = 2 * self.users * self.largest_symbol * u_maximum
        product = inner * self.reciprocal(2 * self.users)
        projected = (product >> (self.projection_bits - self.projection_frac_bits)) + 1
        scaled = {name: c.scaled(self.frac_bits) for name, c in self.coefficients.items()}
        update = max(
            abs(scaled[f"rounds[{t}].keep"]) * self.x.maximum
            + abs(scaled[f"rounds[{t}].step"]) * backward
            for t in range(len(self.rounds))
        )
        largest = {
            "u": forward,
            "inner": inner,
            "product": product,
            "residual": (u_maximum << self.projection_frac_bits)
            + 2 * self.largest_symbol * projected,
            "g": backward,
            "coefficient": max(map(abs, scaled.values())),
            "y": max(update, abs(scaled["start"]) * backward),
        }
        return {name: value.bit_length() + 1 for name, value in largest.items()}

    @property
    def made_for(self) -> str:
        """What ``--code`` calls it: the family, whatever its size."""
        return "mimo_precoder"

    def describe(self) -> str:
        """One line for people."""
        words = "/".join(str(word.bits) for word in (self.h, self.x, self.w))
        return (
            f"1-bit precoder {self.antennas}x{self.users}, {self.constellation}, "
            f"{len(self.rounds)} iterations, h/x/w of {words} bits"
        )

    def remarks(self) -> list[str]:
        """What a user should know before building it."""
        return []

    @classmethod
    def arguments(cls, record: dict) -> dict:
        """The constructor's arguments from the record; it checks their values."""
        content = {f.name: record[f.name] for f in fields(cls) if f.name != "provenance"}
        content["provenance"] = checked_provenance(record.get("provenance", {}))
        for name in ("h", "x", "w"):
            content[name] = words.word(name, record[name])
        content["start"] = coefficient("start", record["start"])
        content["rounds"] = tuple(
            _round(f"rounds[{t}]", r) for t, r in enumerate(tuples("rounds", record["rounds"]))
        )
        return content


SPEC = PrecoderSpec


def load(path: str | Path) -> PrecoderSpec:
    """Read a spec file; every fault is an ``InputError`` naming the file."""
    return PrecoderSpec.load(path)


def _round(place: str, record: object) -> Round:
    parts = exactly(place, record, ("keep", "step"))
    return Round(**{name: coefficient(f"{place}.{name}", parts[name]) for name in parts})


def _check(spec: PrecoderSpec) -> None:
    if spec.kind != KIND:
        raise InputError(f"kind is {shown(spec.kind)}, expected {KIND!r}")
    checked_identifier("name", spec.name)
    if not isinstance(spec.constellation, str) or spec.constellation not in LARGEST_SYMBOL:
        known = ", ".join(LARGEST_SYMBOL)
        raise InputError(f"constellation is {shown(spec.constellation)}, known: {known}")
    whole("antennas", spec.antennas, 2, 1024)
    whole("users", spec.users, 1, 256)
    if spec.users > spec.antennas:
        raise InputError(f"users is {spec.users}, more than the {spec.antennas} antennas")
    for name in ("h", "x", "w"):
        words.check(name, getattr(spec, name))
    number("h_step", spec.h_step, *STEP_RANGE)
    whole("u_bits", spec.u_bits, 2, 24)
    whole("u_shift", spec.u_shift, 0, 16)
    whole("projection_bits", spec.projection_bits, 1, 24)
    whole("projection_frac_bits", spec.projection_frac_bits, 0, spec.projection_bits)
    whole("w_shift", spec.w_shift, 0, 24)
    if len(spec.rounds) > MAX_ROUNDS:
        raise InputError(f"rounds: {len(spec.rounds)} given, at most {MAX_ROUNDS}")
    if not spec.rounds:
        raise InputError("rounds: none given, at least 1 is needed")
    for name, given in spec.coefficients.items():
        signed_powers.check(name, given)
    words.check_accumulators(spec.accumulator_bits)
