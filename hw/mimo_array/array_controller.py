"""Control of an array: what its cells and its plane registers do in each cycle."""

from amaranth.hdl import Array, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.mimo_array.bundle import control_layout
from hw.mimo_array.counter import WindowCounter
from hw.mimo_array.geometry import CELL_VALUES, ArrayGeometry
from hw.mimo_array.planes import indices_layout
from hw.mimo_array.stage import Stage
from hw.mimo_array.timing import Interleaving
from hw.mimo_array.writer import writing_layout


class ArrayController(wiring.Component):
    """Members
    -------
    load, turn, imaginary, matched : for :class:`~hw.mimo_array.planes.Planes`; ``matched``: the
        window is a vector's first
    slot : of the window that ``load`` begins
    admitted_bank, banks : buffer of the vector that enters now, and of each slot's vector
    indices : from the plane registers
    writing : from the table writer
    control : to the array, registered
    ``more_members`` : of whoever derives from this class

    Parameters
    ----------
    geometry : has ``coefficients``, name of an element field to its value in every round
    timing : has the times ``load``, ``planes_out``, ``accumulated``, ``values``,
        ``iterate_ready`` and ``forward`` (:mod:`hw.precoder.timing`)
    """

    def __init__(
        self,
        geometry: ArrayGeometry,
        timing: Interleaving,
        stage: Stage,
        more_members: dict | None = None,
    ):
        self.geometry, self.timing, self.stage = geometry, timing, stage
        g = geometry
        super().__init__(
            {
                "load": Out(1),
                "turn": Out(1),
                "imaginary": Out(1),
                "matched": Out(1),
                "slot": Out(range(timing.slots)),
                "admitted_bank": In(1),
                "banks": In(timing.slots),
                "indices": In(indices_layout(g)),
                "writing": In(writing_layout(g)),
                **(more_members or {}),
                "control": Out(control_layout(g)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        control = Signal(control_layout(self.geometry), reset_less=True)
        m.d.comb += self.control.eq(control)
        self._backward(m, control)
        self._update(m, control)
        self._forward(m, control)
        m.d.sync += control.build.eq(self.writing.build)
        return m

    def _counter(self, m: Module, name: str, start_cycles: int) -> WindowCounter:
        counter = WindowCounter(self.geometry, self.timing, self.stage, start_cycles)
        m.submodules[name] = counter
        return counter

    def _backward(self, m: Module, control) -> None:
        g, timing, writing = self.geometry, self.timing, self.writing
        soon = self._counter(m, "soon", timing.load - 1)
        bank, of_slot = Signal(), Signal()
        # The register turns while its plane's second index goes out. All of these go far, so they
        # are registers of their own and no part of the counter.
        m.d.sync += [
            self.load.eq(soon.cycle == 0),
            self.turn.eq(~soon.cycle[0]),
            self.imaginary.eq(~soon.cycle[0]),
            self.matched.eq(soon.round_ == 0),
            self.slot.eq(soon.slot),
            of_slot.eq(Array(self.banks)[soon.slot]),
        ]
        with m.If(self.load):
            m.d.sync += bank.eq(Mux(self.matched, self.admitted_bank, of_slot))
        writes = writing.writes_backward
        m.d.sync += [
            *(
                place.eq(Mux(writes, writing.address, index))
                for place, index in zip(control.indices, self.indices, strict=True)
            ),
            control.bank.eq(bank),
            control.table_bank.eq(Mux(writes, writing.bank, bank)),
            control.table_group.eq(Mux(writes, writing.half[0], 0)),
        ]
        # The accumulator's register is empty when the first plane's two sums are added.
        sums = self._counter(m, "sums", timing.accumulated - 3)
        # Of symbols and residual those of fewer planes come later: what is before them is empty.
        starts, matched = [sums.cycle[1:] == 0], sums.round_ == 0
        symbols_late, residual_late = g.plane_count - g.symbol_bits, g.plane_count - g.w_bits
        if self.stage.matches and symbols_late:
            starts.append(matched & (sums.cycle[1:] == symbols_late))
        if self.stage.iterates and residual_late:
            starts.append(~matched & (sums.cycle[1:] == residual_late))
        m.d.sync += control.clear.eq(starts[0] | starts[-1])

    def _update(self, m: Module, control) -> None:
        g, timing, stage = self.geometry, self.timing, self.stage
        values = self._counter(m, "values", timing.values - 1)
        place = values.round_ - stage.first
        complete = self._counter(m, "complete", timing.iterate_ready - 1)
        # What an array has no use for is driven all the same: its cells do not look.
        last = complete.round_ == stage.final if stage.finishes else 1
        for number, name in enumerate(g.element_fields):
            shape = control_layout(g)[name].shape
            of_rounds = g.coefficients[name][stage.first : stage.last + 1]
            choice = self.values_of(m, name, number, [Const(c, shape) for c in of_rounds])
            m.d.sync += control[name].eq(Array(choice)[place])
        m.d.sync += [
            control.x_shift.eq(values.cycle < CELL_VALUES),
            control.planes.eq(complete.cycle == 0),
            control.emit.eq((complete.cycle == 0) & last),
        ]
        # The accumulators hold the values from one cycle before on.
        take = self._counter(m, "take", timing.values - 2)
        m.d.sync += control.take.eq(take.cycle[1:] == 0)

    def values_of(self, m: Module, name: str, number: int, constants: list) -> list:
        """Values of the element's field ``name``, the ``number``th, in the rounds of the stage."""
        return constants

    def _forward(self, m: Module, control) -> None:
        g, timing, writing = self.geometry, self.timing, self.writing
        forward = self._counter(m, "forward", timing.forward - 1)
        passes = [min(c // g.x_bits, g.passes - 1) for c in range(g.window)]
        writes = writing.writes_forward
        of_slot = Array(self.banks)[forward.slot]
        pass_ = Array(passes)[forward.cycle]
        if g.forward_matrices > 1:
            pass_ = pass_ + Mux(forward.round_ == 0, g.passes_depth, 0)
        m.d.sync += [
            control.forward_pass.eq(Mux(writes, writing.half, pass_)),
            control.forward_bank.eq(Mux(writes, writing.bank, of_slot)),
            control.forward_address.eq(writing.address),
        ]
