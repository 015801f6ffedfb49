"""How vectors take turns: which round of which vector has a window."""

from functools import cached_property

from hw.mimo_array.geometry import ArrayGeometry, ceil_log2


class Interleaving:
    """Vectors on their way through the windows of an array, or of one array a round.

    Parameters
    ----------
    loop_cycles : from a round's first cycle until its successor's could begin
    """

    def __init__(self, geometry: ArrayGeometry, loop_cycles: int):
        self.geometry, self.loop_cycles = geometry, loop_cycles

    @cached_property
    def loop_windows(self) -> int:
        """Windows from one round of a vector to its next.

        Folded, vectors enter every ``rounds`` windows and must never meet: the two numbers need to
        be coprime.
        """
        g = self.geometry
        least = -(-self.loop_cycles // g.window)
        while not g.unfolded and any(
            least % n == 0 == g.rounds % n for n in range(2, g.rounds + 1)
        ):
            least += 1
        return least

    @property
    def slots(self) -> int:
        """Vectors on their way at most; each has a slot for its symbols and status."""
        g = self.geometry
        return g.rounds * self.loop_windows if g.unfolded else self.loop_windows

    @property
    def round_step(self) -> int:
        """The round of window W is W times this, modulo ``rounds`` (folded)."""
        return pow(self.loop_windows, -1, self.geometry.rounds)


def regions(timing: Interleaving) -> int:
    """Vectors that an output memory holds, a power of two: those on their way and two more."""
    return 1 << ceil_log2(timing.slots + 2)
