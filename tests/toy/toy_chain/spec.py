"""The spec of a chain: two min-sum decoders of one code, and nothing that they do not say."""

from dataclasses import dataclass, field

import numpy as np

from model.errors import InputError
from model.names import checked_identifier
from quant import kinds
from quant.document import Document
from quant.provenance import checked_provenance
from quant.spec import Spec

CHILDREN = ("first", "second")
MOST_ITERATIONS = 127
"""What the status of a result holds."""


@dataclass(frozen=True)
class ChainSpec(Document):
    """``second`` decodes what ``first`` leaves: its APP values at the transmitted bits, as codes.

    An APP value in APP LSB of ``first`` is saturated to the channel's range of ``second`` and is
    its channel code. ``second`` has a uniform channel without ``app_shift``. Result and verified
    flag are those of ``second``, iterations those of both.
    """

    name: str
    first: Spec
    second: Spec
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = "toy_chain"

    def __post_init__(self) -> None:
        checked_identifier("name", self.name)
        for child in CHILDREN:
            spec = getattr(self, child)
            if not isinstance(spec, Spec):
                raise InputError(f"{child} is of kind {spec.kind!r}, must be a min-sum decoder")
        first, second = self.first, self.second
        if (first.n, first.n_variables) != (second.n, second.n_variables):
            raise InputError(
                f"first has {first.n} of {first.n_variables} bits transmitted, second "
                f"{second.n} of {second.n_variables}"
            )
        if not np.array_equal(first.transmitted, second.transmitted):
            raise InputError("first and second have other bits transmitted")
        if second.channel.values or second.channel.app_shift:
            raise InputError("second.channel must be uniform, without values and with app_shift 0")
        if first.iterations + second.iterations > MOST_ITERATIONS:
            raise InputError(
                f"iterations of first and second are {first.iterations} and "
                f"{second.iterations}, together at most {MOST_ITERATIONS}"
            )

    @classmethod
    def arguments(cls, record: dict) -> dict:
        children = {name: kinds.from_record(record[name], name) for name in CHILDREN}
        provenance = checked_provenance(record.get("provenance", {}))
        return {"name": record["name"], **children, "provenance": provenance}

    @property
    def n(self) -> int:
        """Codes of a frame."""
        return self.second.n

    @property
    def n_variables(self) -> int:
        """Bits of a result."""
        return self.second.n_variables

    @property
    def iterations(self) -> int:
        """Most iterations of a frame."""
        return self.first.iterations + self.second.iterations

    @property
    def made_for(self) -> str:
        return "chain"

    def describe(self) -> str:
        return f"{self.first.describe()}; then {self.second.describe()}"

    def remarks(self) -> list[str]:
        return self.second.remarks()
