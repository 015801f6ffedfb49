"""The spec of a set of codes: a min-sum decoder for each, all with one alphabet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from model.code_set.names import made_for
from model.errors import InputError
from model.names import checked_identifier
from quant import kinds
from quant.code_set.control import MAX_ITERATIONS, MAX_MEMBERS
from quant.document import Document
from quant.fields import shown, whole
from quant.provenance import checked_provenance
from quant.spec import Maps, Spec

_SHARED: dict[str, Callable[[Spec], object]] = {
    "app_bits": lambda spec: spec.app_bits,
    "message_bits": lambda spec: spec.message_bits,
    "thresholds": lambda spec: spec.thresholds,
    "maps.codebook": lambda spec: spec.maps.codebook,
    "channel, but for lsb_llr,": lambda spec: replace(spec.channel, lsb_llr=1.0),
    "relaxation": lambda spec: spec.relaxation,
}
"""What all members have in common: the arithmetic of the one decoder."""


@dataclass(frozen=True)
class CodeSetSpec(Document):
    """``members`` side by side; the control word of a frame says which one decodes it.

    A frame of member c is decoded as that member does it, but for what its control word says
    (:class:`quant.code_set.control.Control`): the largest number of iterations, 1 to 63 whatever
    the member's own ``iterations``, and when it ends. The maps of iterations beyond the member's
    own are those of its last one. The step of the channel quantiser in LLR may differ from member
    to member: the decoder sees codes only.
    """

    name: str
    members: tuple[Spec, ...]
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = "code_set"

    def __post_init__(self) -> None:
        checked_identifier("name", self.name)
        whole("members: entries", len(self.members), 1, MAX_MEMBERS)
        for number, member in enumerate(self.members):
            _check_member(f"members[{number}]", member)
        _check_names(self.members)
        check_shared(self.members)

    @classmethod
    def arguments(cls, record: dict) -> dict:
        return {
            "name": record["name"],
            "members": kinds.from_records(record["members"], "members"),
            "provenance": checked_provenance(record.get("provenance", {})),
        }

    def member(self, number: int) -> Spec:
        """The member of that number; ``InputError`` if there is none."""
        if not 0 <= number < len(self.members):
            raise InputError(f"code is {number}, {self.name} has 0 to {len(self.members) - 1}")
        return self.members[number]

    @property
    def codes(self) -> tuple[str, ...]:
        """Names of the members' codes."""
        return tuple(member.code.name for member in self.members)

    @cached_property
    def longest(self) -> tuple[Spec, ...]:
        """The members with as many iterations as a control word can ask for, 63."""
        return tuple(map(_longest, self.members))

    @property
    def made_for(self) -> str:
        return made_for(self.codes)

    def describe(self) -> str:
        first, ns = self.members[0], sorted({member.n for member in self.members})
        sizes = sorted({member.code.lifting_size for member in self.members})
        return (
            f"{self.made_for}: {len(self.members)} codes of {_listed(ns)} bits, "
            f"Z={_listed(sizes)}, {first.message_bits}-bit messages, {first.app_bits}-bit APP, "
            f"code and iterations by frame"
        )

    def remarks(self) -> list[str]:
        found = (remark for member in self.members for remark in member.remarks())
        return list(dict.fromkeys(found))


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _check_member(place: str, member: object) -> None:
    """``InputError`` unless it is a layered decoder without retries that stops early."""
    if not isinstance(member, Spec):
        found = getattr(member, "kind", member)
        raise InputError(f"{place} is of kind {shown(found)}, must be a layered min-sum decoder")
    place = f"{place} ({member.code.name})"
    if member.flooding:
        raise InputError(
            f"{place} has flooding, must be layered: flooding needs two passes over the sums, and "
            "lock-step and direct decoders have no program that a frame could change"
        )
    if member.retries:
        raise InputError(f"{place} has {len(member.retries)} retries, a set has none")
    if not member.early_stop:
        raise InputError(f"{place}: early_stop is false; in a set each frame says when it stops")
    whole(f"{place}: iterations", member.iterations, 1, MAX_ITERATIONS)


def _check_names(members: Sequence[Spec]) -> None:
    seen: dict[str, int] = {}
    for number, member in enumerate(members):
        name = member.code.name
        if name in seen:
            raise InputError(f"members[{number}] ({name}) is the code of members[{seen[name]}] too")
        seen[name] = number


def check_shared(members: Sequence[Spec]) -> None:
    """``InputError`` unless all have what members of a set have in common."""
    first = members[0]
    for number, member in enumerate(members[1:], 1):
        for name, value_of in _SHARED.items():
            if value_of(member) != value_of(first):
                raise InputError(
                    f"members[{number}] ({member.code.name}): {name} must be as of members[0] "
                    f"({first.code.name}): {shown(value_of(member))} is not "
                    f"{shown(value_of(first))}; all members share one alphabet"
                )


def _longest(member: Spec) -> Spec:
    index = member.maps.index
    index += (index[-1],) * (MAX_ITERATIONS - len(index))
    maps = Maps(member.maps.codebook, index)
    return replace(member, iterations=MAX_ITERATIONS, maps=maps)
