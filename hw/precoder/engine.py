"""An array with its control and the residual that feeds it: all rounds, or one of them."""

from amaranth.hdl import Array as Choice
from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.mimo_array.array import Array
from hw.mimo_array.bundle import operand_layout, place_bits
from hw.mimo_array.counter import WindowCounter
from hw.mimo_array.forward import sums_layout
from hw.mimo_array.geometry import CELL_VALUES
from hw.mimo_array.planes import Planes
from hw.mimo_array.stage import Stage
from hw.mimo_array.writer import writing_layout
from hw.precoder.array_controller import PrecoderController
from hw.precoder.coefficients import write_layout
from hw.precoder.geometry import Geometry
from hw.precoder.residual import Residual
from hw.precoder.symbols import SymbolStore, symbol_word
from hw.precoder.timing import Timing


class Engine(wiring.Component):
    """Members
    -------
    symbols : [user][part] codes of the vector that enters when ``load`` meets ``matched``
    load, matched, slot : a window of this slot begins
    admitted_bank, banks : buffer of the vector that enters now, and of each slot's vector
    read_slot, read_pass, stored : read port of the symbol store
    sums, sums_o : u of the round before, of this one
    x, x_o : iterates of all cells before and after
    signs : bits of finished vectors
    writing, operand : from the table writer
    write : a coefficient is written (with the option ``writable``)
    """

    def __init__(self, geometry: Geometry, timing: Timing, stage: Stage, before: Stage):
        self.geometry, self.timing, self.stage, self.before = geometry, timing, stage, before
        g = geometry
        self.planes = Planes(g, stage)
        self.array = Array(g, timing, stage)
        super().__init__(
            {
                "symbols": In(self.planes.symbols.shape()),
                "load": Out(1),
                "matched": Out(1),
                "slot": Out(range(timing.slots)),
                "admitted_bank": In(1),
                "banks": In(timing.slots),
                "read_slot": Out(place_bits(timing.slots)),
                "read_pass": Out(place_bits(g.passes)),
                "stored": In(symbol_word(g)),
                "sums": In(sums_layout(g)),
                "sums_o": Out(sums_layout(g)),
                "x": In(self.array.x.shape()),
                "x_o": Out(self.array.x.shape()),
                "signs": Out(CELL_VALUES),
                "writing": In(writing_layout(g)),
                "operand": In(operand_layout(g)),
                "write": In(write_layout(g)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        m.submodules.planes = planes = self.planes
        m.submodules.array = array = self.array
        m.submodules.conductor = conductor = PrecoderController(g, self.timing, self.stage)
        m.d.comb += [
            planes.load.eq(conductor.load),
            planes.turn.eq(conductor.turn),
            planes.matched.eq(conductor.matched),
            planes.imaginary.eq(conductor.imaginary),
            planes.symbols.eq(self.symbols),
            conductor.indices.eq(planes.indices),
            conductor.banks.eq(self.banks),
            conductor.admitted_bank.eq(self.admitted_bank),
            conductor.writing.eq(self.writing),
            conductor.write.eq(self.write),
            self.load.eq(conductor.load),
            self.matched.eq(conductor.matched),
            self.slot.eq(conductor.slot),
            array.control.eq(conductor.control),
            array.operand.eq(self.operand),
            array.x.eq(self.x),
            self.x_o.eq(array.x_o),
            self.sums_o.eq(array.sums),
            self.signs.eq(array.signs),
        ]
        if self.stage.iterates:
            m.d.comb += planes.residual.eq(self._residual(m))
        return m

    def _residual(self, m: Module):
        """The residual of the round before, complete and held until its next window."""
        g, timing = self.geometry, self.timing
        m.submodules.residual = residual = Residual(g, timing)

        def counter(name: str, start_cycles: int) -> WindowCounter:
            made = WindowCounter(g, timing, self.before, start_cycles)
            m.submodules[name] = made
            return made

        # Every signal here is a register, so its counter is a cycle ahead. So are the symbols: from
        # the memory straight into multipliers is too far.
        sums = counter("sums", timing.sums_out - 1)
        symbols = counter("symbols", timing.u_ready - SymbolStore.latency_cycles - 2)
        inner = counter("inner", timing.u_ready + timing.sum_levels)
        project = counter("project", timing.projection_ready - 2)
        store = counter("store", timing.residual_ready - 1)
        complete = counter("complete", timing.residual_complete - 1)
        in_pass = range(g.forward_cycles)
        pass_begins = [c % g.x_bits == 0 for c in in_pass] + [False]
        number = [c // g.x_bits for c in in_pass]
        stores, moves = Signal(g.passes), Signal()
        stored = Signal(symbol_word(g), reset_less=True)
        m.d.sync += stored.eq(self.stored)
        m.d.comb += [residual.sums.eq(self.sums), residual.symbols.eq(stored)]
        m.d.sync += [
            residual.first_plane.eq(_choice(pass_begins, sums.cycle)),
            self.read_slot.eq(symbols.slot),
            self.read_pass.eq(_choice(number, symbols.cycle)),
            residual.add_inner.eq(_choice(pass_begins, inner.cycle)),
            residual.first_pass.eq(inner.cycle == 0),
            residual.hold_projection.eq(project.cycle == 0),
            *(place.eq(store.cycle == n * g.x_bits) for n, place in enumerate(stores)),
            moves.eq(complete.cycle == 0),
        ]
        part = data.ArrayLayout(g.w_bits, 2)
        held = [Signal(part, name=f"held{user}", reset_less=True) for user in range(g.spec.users)]
        for user, register in enumerate(held):
            with m.If(stores[user // g.lanes]):
                m.d.sync += register.eq(residual.codes[user % g.lanes])
        for number in range(timing.holds):
            later = [Signal(part, name=f"hold{number}_{user}", reset_less=True)
                     for user in range(g.spec.users)]  # fmt: skip
            with m.If(moves):
                m.d.sync += [new.eq(old) for new, old in zip(later, held, strict=True)]
            held = later
        whole = Signal(self.planes.residual.shape(), name="whole_residual")
        m.d.comb += [place.eq(register) for place, register in zip(whole, held, strict=True)]
        return whole


def _choice(values: list, place):
    """``values[place]``, the last one beyond them."""
    return Choice(int(value) for value in values)[place]
