"""What a design will cost, before it is built: what every engine's estimate says.

An engine may supply ``estimate(spec, options)``, which returns an :class:`Estimate`, or None for a
spec that it has none for.
"""

from dataclasses import dataclass

TYPICAL_MHZ = 130.0
_RAM_WIDTHS = (36, 18, 9, 4, 2, 1)  # of a block RAM of 512, 1024, ... words


@dataclass(frozen=True)
class Estimate:
    """COMB, block RAM, and clock cycles from frame to frame at full iterations."""

    comb: int
    ebr: int
    cycles_per_frame: float
    coded_bits_per_frame: int

    def coded_mbps(self, mhz: float = TYPICAL_MHZ) -> float:
        """Coded throughput at a clock of ``mhz``."""
        return self.coded_bits_per_frame / self.cycles_per_frame * mhz


def block_rams(width: int, depth: int) -> int:
    """Block RAMs of 18 kbit for ``depth`` words of ``width`` bits, one read and one write port."""
    counts = [
        -(-width // port) * -(-depth // (512 << number)) for number, port in enumerate(_RAM_WIDTHS)
    ]
    return min(counts)
