"""When everything happens: the static schedule of a precoder.

Times are in cycles from the start of a round's window, as seen at the array's control input; cell
i sees everything i + 1 cycles later, and its sums and bits leave with that delay. A round of the
next iteration starts ``loop_windows`` windows later. Meanwhile other vectors have their turn.
"""

from hw.mimo_array.backward import BackwardProduct
from hw.mimo_array.forward import ForwardProduct
from hw.mimo_array.geometry import CELL_VALUES, ceil_log2
from hw.mimo_array.timing import Interleaving
from hw.precoder.geometry import Geometry
from hw.precoder.update import Update


class Timing(Interleaving):
    """Event times of one round (cycles) and the interleaving of vectors."""

    def __init__(self, geometry: Geometry):
        g = geometry
        self.tree_levels = ceil_log2(g.user_groups)
        self.sum_levels = ceil_log2(2 * g.lanes)
        # Backward product: the window's last cycles, so that symbols of few planes end alike.
        self.planes_out = g.window - g.backward_cycles
        # Memory, adder tree, accumulator: the first cycle's sum is there.
        shares = self.planes_out + BackwardProduct.share_cycles
        self.accumulated = shares + self.tree_levels + 1
        self.values = self.accumulated + g.backward_cycles - 1
        # The update, then the cell's eight values have come by.
        self.iterate_ready = self.values + Update.latency_cycles + CELL_VALUES - 1
        self.forward = self.iterate_ready + 1
        self.sums_out = self.forward + g.cells + ForwardProduct.latency_cycles
        self.u_ready = self.sums_out + g.x_bits - 1 + 3
        last = (g.passes - 1) * g.x_bits
        self.inner_ready = self.u_ready + last + self.sum_levels + 2
        self.projection_ready = self.inner_ready + 3
        self.residual_ready = self.projection_ready + 4
        self.residual_complete = self.residual_ready + last + 1
        self.bits_out = self.iterate_ready + g.cells + 2
        super().__init__(g, self.residual_complete + 2 - self.planes_out)

    @property
    def load(self) -> int:
        """The plane registers take the residual (or the symbols) at this time."""
        return self.planes_out - 2

    @property
    def holds(self) -> int:
        """Registers in which a complete residual waits a window each until its next round."""
        g = self.geometry
        waiting = self.loop_windows * g.window + self.load - self.residual_complete
        return -(-waiting // g.window)

    @property
    def latency_cycles(self) -> int:
        """From the load of a vector's symbols to its last bits at the end of the chain."""
        g = self.geometry
        rounds = (g.rounds - 1) * self.loop_windows * g.window
        return rounds + self.bits_out + g.cells - self.load
