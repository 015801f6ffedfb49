"""Which rounds an array serves: all of them (folded) or one (unfolded)."""

from dataclasses import dataclass

from hw.mimo_array.geometry import ArrayGeometry


@dataclass(frozen=True)
class Stage:
    """Rounds of an array; round 0 is the matched filter, the last one ends with the signs.

    first, last : rounds that the array serves, all from ``first`` to ``last``
    final : number of the precoder's last round
    """

    first: int
    last: int
    final: int

    @property
    def matches(self) -> bool:
        """Its first round's planes are those of symbols."""
        return self.first == 0

    @property
    def iterates(self) -> bool:
        """A round starts from an iterate and a residual, not only from symbols."""
        return self.last > 0

    @property
    def forwards(self) -> bool:
        """A round needs u = H v of its result."""
        return self.first < self.final

    @property
    def finishes(self) -> bool:
        """The last round is among them."""
        return self.last == self.final


def stages(geometry: ArrayGeometry) -> list[Stage]:
    """The arrays of a precoder, in the order in which a vector passes them."""
    final = geometry.rounds - 1
    if geometry.unfolded:
        return [Stage(r, r, final) for r in range(geometry.rounds)]
    return [Stage(0, final, final)]
