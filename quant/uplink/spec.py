"""Spec of an uplink: a detector and a decoder, and how the bits of a frame lie in the vectors.

A block is V = n / m symbol vectors over one channel, n the transmitted bits of the code, m the bits
of a symbol. Each user sends a codeword of its own in it: its transmitted bit i is bit i // V of the
symbol (the bits of the real part first) in vector i mod V, so that neighbouring bits of a codeword
meet different noise.

Integer convention (it decides bits): the channel code of a bit with LLR L >= 0 is the number of
``thresholds`` <= L, and that with L < 0 is -1 - the number of thresholds <= -L. Thresholds are in
steps of the detector's LLRs; there are 2^(b-1) - 1 of them for codes of b bits, as the decoder's
mid-rise channel quantises: they are where its codes begin.
"""

from dataclasses import dataclass, field

from model.errors import InputError
from model.names import checked_identifier
from quant import kinds
from quant.document import Document
from quant.fields import tuples, whole
from quant.mimo_detector.spec import DetectorSpec
from quant.provenance import checked_provenance
from quant.spec import Spec

KIND = "uplink"
CODE = "uplink"


@dataclass(frozen=True)
class UplinkSpec(Document):
    """A detector whose LLRs a layered decoder takes; the module says how.

    Parameters
    ----------
    detector : of all users
    decoder : of each user
    thresholds : rising, from 1 to the largest LLR
    """

    name: str
    detector: DetectorSpec
    decoder: Spec
    thresholds: tuple[int, ...]
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = KIND

    def __post_init__(self) -> None:
        checked_identifier("name", self.name)
        check_kinds(self.detector, self.decoder)
        _check_thresholds(self)

    @classmethod
    def arguments(cls, record: dict) -> dict:
        return {
            "name": record["name"],
            "detector": kinds.from_record(record["detector"], "detector"),
            "decoder": kinds.from_record(record["decoder"], "decoder"),
            "thresholds": tuples("thresholds", record["thresholds"]),
            "provenance": checked_provenance(record.get("provenance", {})),
        }

    @property
    def vectors(self) -> int:
        """Symbol vectors of a block."""
        return self.decoder.n // self.detector.bits_per_symbol

    @property
    def users(self) -> int:
        """Codewords of a block."""
        return self.detector.users

    @property
    def made_for(self) -> str:
        return CODE

    def describe(self) -> str:
        return f"{self.detector.describe()}; then for each user {self.decoder.describe()}"

    def remarks(self) -> list[str]:
        return list(dict.fromkeys([*self.detector.remarks(), *self.decoder.remarks()]))


def check_kinds(detector: object, decoder: object) -> None:
    """``InputError`` unless a detector and a layered decoder go together."""
    if not isinstance(detector, DetectorSpec):
        raise InputError(f"detector is of kind {getattr(detector, 'kind', detector)!r}, must be a "
                         "MIMO detector")  # fmt: skip
    if not isinstance(decoder, Spec) or decoder.flooding:
        raise InputError(f"decoder is of kind {getattr(decoder, 'kind', decoder)!r}, must be a "
                         "layered min-sum decoder")  # fmt: skip
    code, channel, bits = decoder.code, decoder.channel, detector.bits_per_symbol
    if decoder.n % bits:
        raise InputError(
            f"decoder: {code.name} sends {decoder.n} bits, no whole number of symbols of {bits}"
        )
    if channel.rise != "mid_rise":
        raise InputError(f"decoder: its channel is {channel.rise}, must be mid_rise")


def _check_thresholds(spec: UplinkSpec) -> None:
    """``InputError`` unless there are as many as codes of one sign but one, rising."""
    due = spec.decoder.channel.maximum_code
    whole("thresholds: entries", len(spec.thresholds), due, due)
    most = (1 << (spec.detector.llr_bits - 1)) - 1
    for number, value in enumerate(spec.thresholds):
        whole(f"thresholds[{number}]", value, 1, most)
        if number and value <= spec.thresholds[number - 1]:
            raise InputError(f"thresholds[{number}] is {value}, not more than the one before")
