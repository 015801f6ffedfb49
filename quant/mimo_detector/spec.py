"""Spec of an unfolded MIMO detector: everything that decides a symbol or an LLR.

Float algorithm (learned projected gradient; after Khani, Alizadeh, Hoydis, Fleming, IEEE Trans.
Wireless Commun. 19 (8), 2020, and Imanishi, Takabe, Wadayama, "Deep learning-aided iterative
detector for massive overloaded MIMO channels", 2018), for y = H x + n with H (antennas, users),
E|h|^2 = 1 / antennas, and symbols of unit mean energy:

    start "lmmse": x = eta_0(W0 y), W0 the rows of the LMMSE estimator scaled to diag(W0 H) = 1
    start "zero":  x = 0
    rounds t = 1 .. T:  z = y - H x + b_t z_prev,   r = x + gamma_t W z,   x = eta_t(r)

z_prev is the z of the round before and 0 in the first one. H, W and W0 come from the host for each
channel (:mod:`quant.mimo_detector.host`): W is "matched", rows h_u^H / |h_u|^2, or "whitened",
H^H (H H^H + alpha I)^-1. Hard symbols and LLRs are made of the last r. Everything below is done
with real and imaginary parts alike.

Integer conventions (all of them decide bits)
---------------------------------------------
Words are those of :mod:`quant.words`. y, z, x and r are mid-rise, so that they are sums of bit
planes of +-1 and products need no multiplier; matrices (``h``; ``w`` for W and W0) may be either.
Value steps in real sizes:

    h_step, w_step, w0_step : free
    x : symbol_size / ``unit``, symbol_size half the distance of neighbouring symbols, so that the
        levels +-1, +-3, .. of an axis are the values +-``unit``, +-3 ``unit``, .. (it is odd)
    y : h_step * x_step * 2^``y_shift``
    z : h_step * x_step * 2^``z_shift``     (2^``start_shift`` in the start "lmmse")
    r : x_step * 2^-``r_frac_bits``

``quantise(v, s, word)`` is code v >> (s + 1), saturated, value 2 code + 1 (all are mid-rise).
Mb is ``momentum_frac_bits``, Gb is ``gain_frac_bits``; b_t and g_t are the round's ``momentum`` and
``gain`` times 2^Mb and 2^Gb, whole numbers. g_t is gamma_t (1 in the start) in units of

    w_step * z_step * 2^``u_shift`` / x_step.

start "lmmse" (one more product):
    z0 = quantise(y << y_shift, start_shift, z)
    u  = shift_round(W0 z0, u_shift)
    r  = quantise(g_0 u, Gb - r_frac_bits, r),   x = eta_0(r)
round 1 of "zero":
    z  = quantise(y << y_shift, z_shift, z)
    u  = shift_round(W z, u_shift)
    r  = quantise(g_1 u, Gb - r_frac_bits, r)
every other round:
    z  = quantise((((y << y_shift) - H x) << Mb) + ((b_t z_prev) << z_shift), z_shift + Mb, z)
    u  = shift_round(W z, u_shift)
    r  = quantise((x << Gb) + g_t u, Gb - r_frac_bits, r)

with b_1 = 0 for "lmmse" (z0 is not used again), and x = eta_t(r) after every round but the last.
shift_round(v, s) is (v + 2^(s-1)) >> s, and v for s = 0.

H x, W z and W0 z0 are sums over bit planes k of 2^k P_k. A part of P_k is the sum over groups of
table words; a group is four users (H) or four antennas (W, W0), counted from the first, and its
table word is the sum of the group's entries under the signs of the plane,

    sum over the group of  m_re a + m_im b,   a, b = (s_re, -s_im) for the real part of the product,
                                                     (s_im,  s_re) for the imaginary part,

s the +-1 of plane k, saturated to +-(2^(table_bits-1) - 1) table steps. A table step is 2 value
steps of a mid-rise matrix (sums of an even number of odd values are even) and 1 of a mid-tread one.
Where no table saturates these are the exact products; a group does not saturate if the sum of all
its |m_re| + |m_im| is within that range, whatever the signs.

``eta`` is 2^(x.bits-1) - 1 thresholds, rising (equal ones skip values): the magnitude of x is
1 + 2 * (number of thresholds <= |r|), its sign is that of r. r is odd, so there is no zero; a
threshold of 2^r.bits is never reached.

Hard symbols: with U = unit << r_frac_bits, an axis' level number is the count of j in
-(M/2-1) .. M/2-1 with r >= 2 j U (M levels an axis); r is odd and 2 j U even: no ties. The symbol's
axis is the odd integer 2 number - (M - 1).

LLRs (ln P(0) / P(1), positive means 0), max-log with constant noise: an axis' bit i (Gray, as in
``model.mimo.constellation``) has d1 - d0 = min over levels with bit 1, minus min over levels with
bit 0, of (r - level)^2, a multiple of 4 U, and

    llr = saturate(shift_round(((d1 - d0) / 4 U) * l, Lb)),

l the ``llr_gain`` times 2^Lb, Lb its own fraction bits, to -(2^(llr_bits-1)-1) .. 2^(llr_bits-1)-1.
Both are functions of r alone: :func:`quant.mimo_detector.tables` has them, and eta, as tables of r.

Saturation is never an error. Counted are, of a channel: parts of H, W and W0 beyond their words,
and groups whose tables saturate for some signs (``table_bits``; rows times groups of all matrices);
of a vector: parts of y beyond its word, and whether z, and whether r, left its word in any round or
the start. Hardware shows those of the channel as counts, those of y and r as flags with each
vector; that of z is counted by golden and the C model alone. Sums of table words are wide enough
for every input (``accumulator_bits``): they cannot saturate.
"""

from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

from model.errors import InputError
from model.names import checked_identifier
from quant import document, signed_powers, words
from quant.fields import choice, exactly, number, shown, tuples, whole
from quant.mimo_detector.host import Recipe
from quant.provenance import checked_provenance
from quant.signed_powers import Coefficient, coefficient
from quant.words import Word

KIND = "gradient_detector"
BITS_PER_AXIS = {"qpsk": 1, "16qam": 2, "64qam": 3}
WEIGHTS = ("matched", "whitened")
MOST_ROUNDS = 64
STEP_RANGE = 1e-9, 1e9
GROUP = 4
"""Users (H) or antennas (W, W0) whose entries a table sums up."""


@dataclass(frozen=True)
class Start:
    """The LMMSE product before the rounds.

    w0_step : size of a value step of W0's parts
    shift : of y to the word of z
    gain : 1 in units of w0_step * h_step * 2^shift * 2^u_shift
    eta : thresholds, see the module
    """

    w0_step: float
    shift: int
    gain: Coefficient
    eta: tuple[int, ...]


@dataclass(frozen=True)
class Round:
    """A round: ``momentum`` b_t (no terms: 0), ``gain`` g_t, and ``eta`` (empty in the last)."""

    momentum: Coefficient
    gain: Coefficient
    eta: tuple[int, ...]


@dataclass(frozen=True)
class DetectorSpec(document.Document):
    """An unfolded detector, complete to the bit; the module says what the fields do.

    Parameters
    ----------
    name : top-level name
    antennas, users : N and U; more users than antennas need weights "whitened"
    constellation : "qpsk", "16qam" or "64qam"
    weights, alpha : what the host makes of H; alpha is 0 for "matched"
    h, w, y, z, x, r : words of H, of W and W0, of what is received, residual, symbols, estimate
    table_bits : of a word of the tables of sums of H, W and W0
    h_step, w_step : sizes of a value step of H and W
    unit : odd, value steps of x in half the distance of neighbouring symbols
    y_shift, z_shift, u_shift, r_frac_bits : scales, see the module
    start : for start "lmmse", else null
    rounds : T of them
    llr_bits, llr_gain, llr_step : width, scale and real size (nats) of an LLR's step
    """

    name: str
    antennas: int
    users: int
    constellation: str
    weights: str
    alpha: float
    h: Word
    w: Word
    y: Word
    z: Word
    x: Word
    r: Word
    table_bits: int
    h_step: float
    w_step: float
    unit: int
    y_shift: int
    z_shift: int
    u_shift: int
    r_frac_bits: int
    start: Start | None
    rounds: tuple[Round, ...]
    llr_bits: int
    llr_gain: Coefficient
    llr_step: float
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = KIND

    def __post_init__(self) -> None:
        _check(self)

    # --- constellation and real sizes -----------------------------------------------------------

    @property
    def bits_per_axis(self) -> int:
        """Bits of the real part of a symbol, and of its imaginary part."""
        return BITS_PER_AXIS[self.constellation]

    @property
    def bits_per_symbol(self) -> int:
        return 2 * self.bits_per_axis

    @property
    def largest_symbol(self) -> int:
        """Largest real or imaginary part of a symbol, an odd integer."""
        return (1 << self.bits_per_axis) - 1

    @property
    def symbol_size(self) -> float:
        """Half the distance of neighbouring symbols at unit mean energy."""
        count = 1 << self.bits_per_axis
        return (2 * (count**2 - 1) / 3) ** -0.5

    @property
    def x_step(self) -> float:
        return self.symbol_size / self.unit

    @property
    def y_step(self) -> float:
        return self.h_step * self.x_step * 2.0**self.y_shift

    @property
    def z_step(self) -> float:
        return self.h_step * self.x_step * 2.0**self.z_shift

    @property
    def r_step(self) -> float:
        return self.x_step * 2.0**-self.r_frac_bits

    @property
    def r_unit(self) -> int:
        """U: value steps of r in half the distance of neighbouring symbols."""
        return self.unit << self.r_frac_bits

    @property
    def recipe(self) -> Recipe:
        """What the host makes of a channel."""
        lmmse = self.start is not None
        return Recipe(self.antennas, self.users, self.weights, self.alpha, lmmse)

    # --- coefficients ---------------------------------------------------------------------------

    @cached_property
    def coefficients(self) -> dict[str, Coefficient]:
        """All coefficients by their place in the file."""
        found = {"llr_gain": self.llr_gain}
        if self.start is not None:
            found["start.gain"] = self.start.gain
        for t, each in enumerate(self.rounds):
            found |= {f"rounds[{t}].momentum": each.momentum, f"rounds[{t}].gain": each.gain}
        return found

    @cached_property
    def momentum_frac_bits(self) -> int:
        """Mb: fraction bits that hold all momenta exactly."""
        return max(each.momentum.frac_bits for each in self.rounds)

    @cached_property
    def gain_frac_bits(self) -> int:
        """Gb: fraction bits that hold all gains exactly, at least ``r_frac_bits``."""
        return max(self.r_frac_bits, *(gain.frac_bits for gain in self.gains))

    @property
    def gains(self) -> list[Coefficient]:
        """Gains in the order in which products use them, the start's first if there is one."""
        first = [] if self.start is None else [self.start.gain]
        return first + [each.gain for each in self.rounds]

    @property
    def etas(self) -> list[tuple[int, ...]]:
        """Thresholds in the same order; the last are empty."""
        first = [] if self.start is None else [self.start.eta]
        return first + [each.eta for each in self.rounds]

    @property
    def matrices(self) -> tuple[str, ...]:
        """What a channel consists of, in the order in which it is loaded."""
        return ("h", "w") if self.start is None else ("h", "w", "w0")

    @property
    def table_maximum(self) -> int:
        """Largest table word, in table steps."""
        return (1 << (self.table_bits - 1)) - 1

    @cached_property
    def accumulator_bits(self) -> dict[str, int]:
        """Two's complement widths that provably hold every sum, from the words' ranges."""
        backward = 2 * self.users * self.h.maximum * self.x.maximum
        forward = 2 * self.antennas * self.w.maximum * self.z.maximum
        u_maximum = (forward + (1 << self.u_shift >> 1)) >> self.u_shift
        y_maximum = self.y.maximum << self.y_shift
        momentum = max(abs(e.momentum.scaled(self.momentum_frac_bits)) for e in self.rounds)
        gain = max(abs(g.scaled(self.gain_frac_bits)) for g in self.gains)
        metric = self.largest_symbol * (self.r.maximum + 2 * self.largest_symbol * self.r_unit)
        llr_gain = self.llr_gain.scaled(self.llr_gain.frac_bits)
        largest = {
            "g": backward,
            "z": ((y_maximum + backward) << self.momentum_frac_bits)
            + ((momentum * self.z.maximum) << self.z_shift),
            "forward": forward + (1 << self.u_shift >> 1),
            "u": u_maximum,
            "momentum": momentum,
            "gain": gain,
            "r": (self.x.maximum << self.gain_frac_bits) + gain * u_maximum,
            "llr": metric * abs(llr_gain) + (1 << self.llr_gain.frac_bits >> 1),
        }
        return {name: value.bit_length() + 1 for name, value in largest.items()}

    # --- what every spec says of itself ---------------------------------------------------------

    @property
    def made_for(self) -> str:
        """What ``--code`` calls it: the family, whatever its size."""
        return "mimo_detector"

    def describe(self) -> str:
        """One line for people."""
        widths = "/".join(str(getattr(self, name).bits) for name in ("h", "w", "y", "z", "x", "r"))
        start = "" if self.start is None else "LMMSE and "
        return (
            f"MIMO detector {self.antennas}x{self.users}, {self.constellation}, {start}"
            f"{len(self.rounds)} {self.weights} rounds, h/w/y/z/x/r of {widths} bits"
        )

    def remarks(self) -> list[str]:
        """What a user should know before building it."""
        return []

    @classmethod
    def arguments(cls, record: dict) -> dict:
        """The constructor's arguments from the record; it checks their values."""
        content = {f.name: record[f.name] for f in fields(cls) if f.name != "provenance"}
        content["provenance"] = checked_provenance(record.get("provenance", {}))
        for name in ("h", "w", "y", "z", "x", "r"):
            content[name] = words.word(name, record[name])
        content["llr_gain"] = coefficient("llr_gain", record["llr_gain"])
        if record["start"] is not None:
            content["start"] = _start(record["start"])
        content["rounds"] = tuple(
            _round(f"rounds[{t}]", each)
            for t, each in enumerate(tuples("rounds", record["rounds"]))
        )
        return content


SPEC = DetectorSpec


def load(path: str | Path) -> DetectorSpec:
    """Read a spec file; every fault is an ``InputError`` naming the file."""
    return DetectorSpec.load(path)


def _start(record: object) -> Start:
    parts = exactly("start", record, ("w0_step", "shift", "gain", "eta"))
    gain, eta = coefficient("start.gain", parts["gain"]), tuples("start.eta", parts["eta"])
    return Start(parts["w0_step"], parts["shift"], gain, eta)


def _round(place: str, record: object) -> Round:
    parts = exactly(place, record, ("momentum", "gain", "eta"))
    momentum, gain = (coefficient(f"{place}.{n}", parts[n]) for n in ("momentum", "gain"))
    return Round(momentum, gain, tuples(f"{place}.eta", parts["eta"]))


def _check(spec: DetectorSpec) -> None:
    if spec.kind != KIND:
        raise InputError(f"kind is {shown(spec.kind)}, expected {KIND!r}")
    checked_identifier("name", spec.name)
    if not isinstance(spec.constellation, str) or spec.constellation not in BITS_PER_AXIS:
        known = ", ".join(BITS_PER_AXIS)
        raise InputError(f"constellation is {shown(spec.constellation)}, known: {known}")
    whole("antennas", spec.antennas, 1, 1024)
    whole("users", spec.users, 1, 256)
    choice("weights", spec.weights, WEIGHTS)
    _check_weights(spec)
    for name in ("h", "w"):
        words.check(name, getattr(spec, name))
    for name in ("y", "z", "x", "r"):
        words.check(name, getattr(spec, name), ("mid_rise",))
    whole("table_bits", spec.table_bits, 2, 20)
    for name, most in (("y", 12), ("z", 12), ("x", 8), ("r", 12)):
        whole(f"{name}.bits", getattr(spec, name).bits, 2, most)
    number("h_step", spec.h_step, *STEP_RANGE)
    number("w_step", spec.w_step, *STEP_RANGE)
    whole("unit", spec.unit, 1, spec.x.maximum // spec.largest_symbol)
    if spec.unit % 2 == 0:
        raise InputError(f"unit is {spec.unit}, must be odd")
    for name in ("y_shift", "z_shift", "u_shift"):
        whole(name, getattr(spec, name), 0, 24)
    whole("r_frac_bits", spec.r_frac_bits, 0, 10)
    if spec.start is not None:
        number("start.w0_step", spec.start.w0_step, *STEP_RANGE)
        whole("start.shift", spec.start.shift, 0, 24)
        _check_eta("start.eta", spec.start.eta, spec)
    if not 1 <= len(spec.rounds) <= MOST_ROUNDS:
        raise InputError(f"rounds: {len(spec.rounds)} given, 1 to {MOST_ROUNDS} are possible")
    if spec.rounds[0].momentum.terms:
        raise InputError("rounds[0].momentum must have no terms: there is no z before it")
    for name, given in spec.coefficients.items():
        signed_powers.check(name, given, least=0 if name.endswith("momentum") else 1)
    for t, each in enumerate(spec.rounds[:-1]):
        _check_eta(f"rounds[{t}].eta", each.eta, spec)
    if spec.rounds[-1].eta:
        raise InputError(f"rounds[{len(spec.rounds) - 1}].eta must be empty: no x follows")
    whole("llr_bits", spec.llr_bits, 4, 8)
    number("llr_step", spec.llr_step, *STEP_RANGE)
    words.check_accumulators(spec.accumulator_bits)


def _check_weights(spec: DetectorSpec) -> None:
    number("alpha", spec.alpha, 0, 1e9)
    if (spec.alpha > 0) != (spec.weights == "whitened"):
        raise InputError(f"alpha is {spec.alpha:g}; it is > 0 for weights 'whitened', 0 otherwise")
    if spec.users > spec.antennas and spec.weights != "whitened":
        raise InputError(
            f"users is {spec.users}, more than the {spec.antennas} antennas: that needs weights "
            "'whitened'"
        )


def _check_eta(place: str, eta: tuple[int, ...], spec: DetectorSpec) -> None:
    due = (1 << (spec.x.bits - 1)) - 1
    if len(eta) != due:
        raise InputError(f"{place} has {len(eta)} thresholds, {due} are due for {spec.x.bits} bits")
    for i, threshold in enumerate(eta):
        whole(f"{place}[{i}]", threshold, 0 if i == 0 else eta[i - 1], 1 << spec.r.bits)
