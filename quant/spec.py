"""The spec: the one document between learning and hardware.

A :class:`Spec` holds everything that decides a bit of a min-sum decoder on a Tanner graph.
``golden``, the Amaranth generators and the C model take a spec and nothing else. On disk it is JSON
with a schema version and a content hash. Its kind is the schedule: *layered* (check rows in turn,
each on the values that the one before left) or *flooding* (all checks at once on the variables'
sums, then all variables).

Integer conventions (all of them decide bits):

* LLR = ln P(bit=0)/P(bit=1); a hard decision is 1 exactly when the APP value is negative.
* ``b``-bit APP values are symmetric: -(2^(b-1)-1) .. +(2^(b-1)-1). Layered additions saturate by
  name; with flooding ``app_bits`` hold every sum of channel value and largest levels, or the spec
  is refused (:func:`quant.validate.largest_sums`).
* A message is a sign and a magnitude index of ``message_bits - 1`` bits:
  index = number of thresholds T with abs(v) >= T.
* Levels and thresholds are integers in units of one APP LSB.
"""

from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np

from model.code import TannerGraph
from quant import document
from quant.code_section import CodeSection, information_positions, to_graph
from quant.fields import exactly, tuples
from quant.provenance import checked_provenance
from quant.retries import Retry, tries_of
from quant.validate import check_spec, largest_sums

LAYERED, FLOODING = "qc_ldpc_layered", "tanner_flooding"
SCHEDULES = {"layered": LAYERED, "flooding": FLOODING}
"""Schedule by name -> kind of the spec; the names are those of ``model.schedules``."""


_MANY_ERASED = 0.1
"""Share of punctured bits; the codes that the alphabets were searched on have 3 to 8 %."""
CHANNEL_TABLE = ("values", "cuts")
"""Fields of a channel that only one with a table has."""


@dataclass(frozen=True)
class Channel:
    """Channel quantiser: LLR to ``bits``-bit code, code to APP value.

    ``mid_rise``: code = floor(LLR / lsb_llr) clipped to -2^(b-1) .. 2^(b-1)-1,
    value = (2*code + 1) << app_shift. ``mid_tread``: code = floor(LLR / lsb_llr + 1/2) clipped to
    +-(2^(b-1)-1), value = code << app_shift.

    ``values`` and ``cuts``, if there are any, replace the uniform ones of a mid_rise channel: code
    c >= 0 begins at ``cuts[c - 1]`` times ``lsb_llr`` and has the value ``values[c]`` in APP LSB,
    and -1 - c is its mirror image. So the outermost codes can stand for large LLRs and say so.
    """

    bits: int
    lsb_llr: float
    rise: str
    app_shift: int
    values: tuple[int, ...] = field(default=(), metadata=document.OPTIONAL)
    cuts: tuple[float, ...] = field(default=(), metadata=document.OPTIONAL)

    def with_table(self) -> "Channel":
        """The same quantiser, its uniform values and cuts written out."""
        codes = range(self.maximum_code + 1)
        values = tuple(self.steps_of(code) for code in codes)
        return replace(self, values=values, cuts=tuple(map(float, codes[1:])))

    @property
    def minimum_code(self) -> int:
        """Smallest code after saturation."""
        return -(1 << (self.bits - 1)) + (0 if self.rise == "mid_rise" else 1)

    @property
    def maximum_code(self) -> int:
        """Largest code."""
        return (1 << (self.bits - 1)) - 1

    def steps_of(self, code):
        """Code (int or integer array) to value in units of ``1 << app_shift`` APP LSB."""
        if self.values:
            magnitudes = np.array(self.values)
            steps = np.concatenate([-magnitudes[::-1], magnitudes])[np.add(code, len(magnitudes))]
            return steps if np.ndim(code) else int(steps)
        return 2 * code + 1 if self.rise == "mid_rise" else code

    @property
    def largest(self) -> int:
        """Largest magnitude of a value in APP LSB."""
        codes = self.minimum_code, self.maximum_code
        return max(abs(self.steps_of(code)) for code in codes) << self.app_shift

    @property
    def only_odd(self) -> bool:
        """Whether every value is odd."""
        odd = self.rise == "mid_rise" and not self.app_shift
        return odd and all(value & 1 for value in self.values)

    @property
    def app_lsb_llr(self) -> float:
        """Size of one APP LSB in LLR."""
        return self.lsb_llr / (1 << self.app_shift) / (2 if self.rise == "mid_rise" else 1)


@dataclass(frozen=True)
class Relaxation:
    """m' += ((m - m') >> shift) with ``frac_bits`` extra fraction bits; gamma = 1 - 2^-shift.

    The state m' is an integer in APP LSB / 2^frac_bits; the shift floors; the value used is
    (m' + 2^(frac_bits-1)) >> frac_bits (m' itself for frac_bits = 0).
    """

    shift: int
    frac_bits: int


@dataclass(frozen=True)
class Maps:
    """Magnitude maps: ``codebook[index[iteration][block_edge]][magnitude_index]`` in APP LSB.

    An entry has a run of levels, one for each magnitude index, or two or three. With several a row
    counts the edges that hold its smallest index, up to their number. An edge above it is answered
    from run count - 1; one that holds it itself from run count - 2 where others do, too, and from
    the first run where none does. (Two weak neighbours say less than one; the minimum
    alone does not tell.) All entries are of one length.

    Block edges are numbered row-major over the code's block rows, columns ascending.
    """

    codebook: tuple[tuple[int, ...], ...]
    index: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Spec(document.Document):
    """A min-sum decoder, complete to the bit. See the module text for the conventions.

    ``layer_order`` is a permutation of the block rows, and empty with flooding. ``retries`` are
    what a frame goes on to that has used up ``iterations`` and is not verified, one after the
    other; if all fail, its result is that of the first try.
    """

    name: str
    code: CodeSection
    channel: Channel
    app_bits: int
    message_bits: int
    thresholds: tuple[int, ...]
    maps: Maps
    iterations: int
    early_stop: bool
    layer_order: tuple[int, ...]
    relaxation: Relaxation | None = None
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = LAYERED
    retries: tuple[Retry, ...] = field(default=(), metadata=document.OPTIONAL)

    def __post_init__(self) -> None:
        check_spec(self)

    def with_iterations(self, iterations: int) -> "Spec":
        """The same decoder with so many iterations; its last maps go on."""
        rows = self.maps.index[:iterations]
        rows += rows[-1:] * (iterations - len(rows))
        maps = replace(self.maps, index=rows)
        return replace(self, iterations=iterations, maps=maps, provenance={})

    # --- numbers derived from the document -------------------------------------------------

    @property
    def flooding(self) -> bool:
        """All checks at once, then all variables."""
        return self.kind == FLOODING

    @property
    def app_max(self) -> int:
        """Largest APP magnitude."""
        return (1 << (self.app_bits - 1)) - 1

    @property
    def level_max(self) -> int:
        """Largest check-to-variable magnitude in APP LSB."""
        return max(max(levels) for levels in self.maps.codebook)

    @cached_property
    def tries(self) -> tuple["Spec", ...]:
        """The spec of each try, without retries of its own; the first is the spec's own."""
        return tries_of(self) if self.retries else (self,)

    @property
    def restarts(self) -> tuple[int, ...]:
        """Iterations after which a frame that is not verified begins anew."""
        return tuple(accumulate((self.iterations, *(one.iterations for one in self.retries))))[:-1]

    @property
    def most_iterations(self) -> int:
        """Of a frame, in all tries together."""
        return self.iterations + sum(retry.iterations for retry in self.retries)

    @cached_property
    def adds_exactly(self) -> bool:
        """No sum of a channel value and messages leaves the APP range: nothing saturates."""
        largest = (max(largest_sums(one.code, one.channel, one.maps)) for one in self.tries)
        return max(largest) <= self.app_max

    @property
    def tie_levels(self) -> bool:
        """The maps have levels for a smallest index that the row has twice."""
        return self.runs > 1

    @property
    def runs(self) -> int:
        """Runs of levels of a map, and how far a row counts the edges of its smallest index."""
        return len(self.maps.codebook[0]) // self.n_levels

    @property
    def n_levels(self) -> int:
        """Magnitudes of a message, without those for ties."""
        return 1 << (self.message_bits - 1)

    @property
    def n_block_edges(self) -> int:
        return sum(len(row) for row in self.code.rows)

    @property
    def n_variables(self) -> int:
        """Bits of the graph, transmitted or not."""
        return self.code.columns * self.code.lifting_size

    @property
    def n(self) -> int:
        """Transmitted bits per frame."""
        return sum(self.code.transmitted_lanes)

    @property
    def k(self) -> int:
        """Information bits per frame."""
        return self.code.information_bits

    @cached_property
    def transmitted(self) -> np.ndarray:
        """Graph variables that are transmitted, ascending: the order of the input stream."""
        z = self.code.lifting_size
        lanes = [c * z + np.arange(t) for c, t in enumerate(self.code.transmitted_lanes)]
        return np.concatenate(lanes)

    @cached_property
    def information_positions(self) -> np.ndarray:
        """Graph variables that carry the k information bits, ascending, as the encoder has them."""
        return np.array(information_positions(self.code), dtype=np.int64)

    def graph(self) -> TannerGraph:
        """The code section as a :class:`model.code.TannerGraph`."""
        return to_graph(self.code)

    @property
    def made_for(self) -> str:
        """What ``--code`` calls it: the code's name."""
        return self.code.name

    def describe(self) -> str:
        """One line for people."""
        z, stop = self.code.lifting_size, "early stop" if self.early_stop else "no early stop"
        shape = "flooding" if self.flooding else f"Z={z}"
        retries = " and ".join(str(retry.iterations) for retry in self.retries)
        return (
            f"{self.code.name} ({self.n}, {self.k}), {shape}, {self.message_bits}-bit messages, "
            f"{self.app_bits}-bit APP, {self.iterations} iterations, {stop}"
            + (f", retries of {retries}" if retries else "")
        )

    def remarks(self) -> list[str]:
        """What a user should know about the code before building it."""
        return [*self._rank_remarks(), *self._lane_remarks(), *self._alphabet_remarks()]

    def _alphabet_remarks(self) -> list[str]:
        """What the shipped alphabet is known to lose on codes that it was not made for."""
        erased = sum(
            self.code.lifting_size - lanes
            for lanes, fill in zip(self.code.transmitted_lanes, self.code.fill, strict=True)
            if fill == "erased"
        )
        share = erased / self.n_variables
        shipped = str(self.provenance.get("parameters", "")).startswith("untrained")
        if not shipped or self.message_bits > 3 or share < _MANY_ERASED:
            return []
        return [
            f"note: {100 * share:.0f} % of the bits of {self.code.name} are punctured, more than "
            f"the shipped {self.message_bits}-bit alphabet was made for: expect to lose 0.3 to 0.5 "
            "dB to float, 0.16 with 4-bit messages, 0.05 with 5 (python -m quant.fit --code CODE "
            "--message-bits 5 --out SPEC.json); python -m quant.loss measures it"
        ]

    def _lane_remarks(self) -> list[str]:
        """What a decoder of one lane costs."""
        edges = self.n_block_edges
        if self.flooding or self.code.lifting_size > 1:
            return []
        return [
            f"note: {self.code.name} has no circulants, or several in a block: one lane decodes "
            f"it, an edge a cycle, about {edges * self.iterations} cycles a frame for {edges} edges"
            f" and {self.iterations} iterations"
        ]

    def _rank_remarks(self) -> list[str]:
        code = self.code
        checks = len(code.rows) * code.lifting_size
        known = sum(
            code.lifting_size - lanes
            for lanes, fill in zip(code.transmitted_lanes, code.fill, strict=True)
            if fill == "zero"
        )
        redundant = checks - (self.n_variables - known - self.k)
        if redundant == 0:
            return []
        return [
            f"note: {code.name} is rank-deficient, {redundant} of {checks} checks follow from the "
            f"others; k = {self.k} is from the true rank"
        ]

    # --- the file --------------------------------------------------------------------------

    @classmethod
    def arguments(cls, record: dict) -> dict:
        """The constructor's arguments from the record; it checks their values."""
        return _arguments(record)


SPEC = Spec


def load(path: str | Path) -> Spec:
    """Read a spec file; every fault is an ``InputError`` naming the file."""
    return Spec.load(path)


def _arguments(record: dict) -> dict:
    apart = "provenance", "retries"
    content = {name: record[name] for name in _names(Spec) if name not in apart}
    content["provenance"] = checked_provenance(record.get("provenance", {}))
    content["code"] = _code_section(record["code"])
    due = [name for name in _names(Channel) if name not in CHANNEL_TABLE]
    channel = dict(exactly("channel", record["channel"], due, optional=CHANNEL_TABLE))
    for name in CHANNEL_TABLE:
        channel[name] = tuples(f"channel.{name}", channel.get(name, []))
    content["channel"] = Channel(**channel)
    for field_name in ("thresholds", "layer_order"):
        content[field_name] = tuples(field_name, record[field_name])
    maps = exactly("maps", record["maps"], _names(Maps))
    content["maps"] = Maps(**{name: tuples(f"maps.{name}", maps[name], 2) for name in maps})
    if record["relaxation"] is not None:
        relaxation = exactly("relaxation", record["relaxation"], _names(Relaxation))
        content["relaxation"] = Relaxation(**relaxation)
    content["retries"] = tuple(map(_retry, record.get("retries", [])))
    return content


def _retry(record: dict) -> Retry:
    """Its record has been checked against the schema."""
    depths = {"layer_order": 1, "channel_values": 1, "map_index": 2}
    lists = {name: tuples(name, record[name], depths[name]) for name in depths if name in record}
    return Retry(**{**record, **lists})


def _code_section(record: object) -> CodeSection:
    content = dict(exactly("code", record, _names(CodeSection)))
    content["rows"] = tuples("code.rows", content["rows"], 3)
    for name in ("transmitted_lanes", "fill"):
        content[name] = tuples(f"code.{name}", content[name])
    return CodeSection(**content)


def _names(kind: type) -> list[str]:
    return [f.name for f in dataclass_fields(kind)]
