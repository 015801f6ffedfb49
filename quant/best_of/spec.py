"""The spec of decoders side by side: min-sum decoders of one code that take the same codes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from model.errors import InputError
from model.names import checked_identifier
from quant import kinds
from quant.document import Document
from quant.fields import shown, whole
from quant.provenance import checked_provenance
from quant.spec import Channel, Spec

MAX_MEMBERS = 8
_SHARED: dict[str, Callable[[Spec], object]] = {
    "schedule": lambda spec: spec.kind,
    "code": lambda spec: replace(spec.code, name=""),
    "channel quantiser": lambda spec: _quantiser(spec.channel),
}
"""What all members have in common: they see the same frame, and count odd checks alike."""


def _quantiser(channel: Channel) -> Channel:
    """Without what its codes stand for; uniform cuts written out."""
    uniform = tuple(map(float, range(1, channel.maximum_code + 1)))
    return replace(channel, values=(), app_shift=0, cuts=channel.cuts or uniform)


@dataclass(frozen=True)
class BestOfSpec(Document):
    """``members`` decode every frame, each as it does alone; one of their results is that of all.

    It is that of a member that has verified the frame; of those the first one. If none has, it is
    that with the fewest unsatisfied checks, as the members count them
    (:class:`quant.golden.Decoded`); of equal ones the first. Bits, verified flag and iterations are
    all of that member.

    members : 2 to 8 different ones, of one schedule, one code and one channel quantiser (what a
        code stands for may differ), without retries
    """

    name: str
    members: tuple[Spec, ...]
    provenance: dict = field(default_factory=dict, compare=False)
    kind: str = "best_of"

    def __post_init__(self) -> None:
        checked_identifier("name", self.name)
        whole("members: entries", len(self.members), 2, MAX_MEMBERS)
        for number, member in enumerate(self.members):
            self._check_member(f"members[{number}]", member)
            same = [before for before in self.members[:number] if before.sha == member.sha]
            if same:
                first = self.members.index(same[0])
                raise InputError(f"members[{number}] is the same decoder as members[{first}]")

    def _check_member(self, place: str, member: object) -> None:
        if not isinstance(member, Spec):
            found = getattr(member, "kind", member)
            raise InputError(f"{place} is of kind {shown(found)}, must be a min-sum decoder")
        if member.retries:
            raise InputError(f"{place} has {len(member.retries)} retries, must have none")
        for words, shared in _SHARED.items():
            if shared(member) != shared(self.members[0]):
                raise InputError(f"{place} has another {words} than members[0], must have the same")

    @classmethod
    def arguments(cls, record: dict) -> dict:
        return {
            "name": record["name"],
            "members": kinds.from_records(record["members"], "members"),
            "provenance": checked_provenance(record.get("provenance", {})),
        }

    @property
    def first(self) -> Spec:
        """The member that wins a tie with all others."""
        return self.members[0]

    @property
    def n(self) -> int:
        """Codes of a frame."""
        return self.first.n

    @property
    def n_variables(self) -> int:
        """Bits of a result."""
        return self.first.n_variables

    @property
    def k(self) -> int:
        """Information bits of a frame."""
        return self.first.k

    @property
    def iterations(self) -> int:
        """Most iterations of a frame."""
        return max(member.iterations for member in self.members)

    @property
    def most_iterations(self) -> int:
        """The same, as decoders have it."""
        return self.iterations

    @property
    def made_for(self) -> str:
        return self.first.made_for

    def describe(self) -> str:
        return f"{self.first.describe()}; the best of {len(self.members)} side by side"

    def remarks(self) -> list[str]:
        found = (remark for member in self.members for remark in member.remarks())
        return list(dict.fromkeys(found))
