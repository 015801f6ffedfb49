"""When everything happens: the static schedule of a detector.

Times are in cycles from the start of a round's window, as seen at the array's control input; cell
i sees everything i + 1 cycles later. A vector's next round starts ``loop_windows`` windows later;
meanwhile other vectors have their turn. Item k of pass p is a part of a user in each unit; it is
there ``p * z.bits + k`` cycles after item 0.
"""

from hw.mimo_array.backward import BackwardProduct
from hw.mimo_array.forward import ForwardProduct
from hw.mimo_array.geometry import CELL_VALUES, ceil_log2
from hw.mimo_array.timing import Interleaving
from hw.mimo_detector.geometry import Geometry
from hw.mimo_detector.residual import Residual
from hw.mimo_detector.symbol_estimate import SymbolEstimate

ARRIVAL_CYCLES = 6
"""From the strobe that lets a vector enter to its first values at the chain."""


class Timing(Interleaving):
    """Event times of one round (cycles) and the interleaving of vectors."""

    def __init__(self, geometry: Geometry):
        g = geometry
        self.planes_out = g.window - g.backward_cycles
        # Memory, adder tree, accumulator: the first cycle's sum is there.
        shares = self.planes_out + BackwardProduct.share_cycles
        self.accumulated = shares + ceil_log2(g.user_groups) + 1
        self.values = self.accumulated + g.backward_cycles - 1
        # The residual, then the cell's eight values have come by.
        self.iterate_ready = self.values + Residual.latency_cycles + CELL_VALUES - 1
        self.forward = self.iterate_ready + 1
        self.sums_out = self.forward + g.cells + ForwardProduct.latency_cycles
        # The first pass' planes are summed up, and item 0 is at the units.
        self.items = self.sums_out + g.x_bits + 1
        self.last_item = (g.passes - 1) * g.x_bits + 2 * g.unit_users - 1
        self.words_out = self.items + SymbolEstimate.latency_cycles
        self.symbols_ready = self.words_out + self.last_item + 1
        # Two more, so that a vector has left its slot before the next one takes it.
        super().__init__(g, self.symbols_ready + 4 - self.planes_out)

    @property
    def load(self) -> int:
        """The plane registers take the symbols at this time."""
        return self.planes_out - 2

    @property
    def holds(self) -> int:
        """Registers in which complete symbols wait a window each until their next round."""
        waiting = self.loop_windows * self.geometry.window + self.load - self.symbols_ready
        return -(-waiting // self.geometry.window)

    @property
    def enters(self) -> int:
        """A vector may enter at this time of its first round: its values reach their cells."""
        arrives = self.values - self.geometry.beats - ARRIVAL_CYCLES - 1
        return min(arrives, self.load - 4)

    @property
    def latency_cycles(self) -> int:
        """From the entry of a vector to its last result."""
        g = self.geometry
        rounds = (g.rounds - 1) * self.loop_windows * g.window
        return rounds + self.symbols_ready - self.enters
