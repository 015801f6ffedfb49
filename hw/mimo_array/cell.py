"""A cell of the chain: four antennas with their tables, products, iterate and table builder."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delay_taps, delayed
from hw.mimo_array.backward import BackwardProduct
from hw.mimo_array.builder import TableBuilder
from hw.mimo_array.bundle import control_layout, operand_layout, place_bits
from hw.mimo_array.forward import ForwardProduct, sums_layout
from hw.mimo_array.geometry import CELL_VALUES, ArrayGeometry
from hw.mimo_array.iterate_delay import IterateDelay
from hw.mimo_array.received import Received, received_layout
from hw.mimo_array.stage import Stage
from hw.mimo_array.timing import Interleaving


class Cell(wiring.Component):
    """Members
    -------
    number : place in the chain, a constant (a port, so that all cells are one module)
    control, operand : from the cell before; ``control_o``, ``operand_o`` to the next, a cycle later
    received, received_o : values from outside along the chain, if the geometry has any
    sums, sums_o : sums of the forward product along the chain
    signs, signs_o : finished bits along the chain at half its speed, a byte (two bits an antenna)
        at a time, so that the cells' bytes follow each other
    x, x_o : codes of the iterate before the round, and after it (see ``x_delay_cycles``)

    Attributes
    ----------
    x_delay_cycles : of ``x_o`` behind the update
    """

    x_delay_cycles = CELL_VALUES - 1

    def __init__(self, geometry: ArrayGeometry, timing: Interleaving, stage: Stage):
        self.geometry, self.timing, self.stage = geometry, timing, stage
        g = geometry
        super().__init__(
            {
                "number": In(place_bits(g.cells)),
                "control": In(control_layout(g)),
                "control_o": Out(control_layout(g)),
                "operand": In(operand_layout(g)),
                "operand_o": Out(operand_layout(g)),
                **(
                    {"received": In(received_layout(g)), "received_o": Out(received_layout(g))}
                    if g.input_bits
                    else {}
                ),
                "sums": In(sums_layout(g)),
                "sums_o": Out(sums_layout(g)),
                "signs": In(CELL_VALUES),
                "signs_o": Out(CELL_VALUES),
                "x": In(g.x_bits),
                "x_o": Out(g.x_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g, stage = self.geometry, self.stage
        control = Signal(control_layout(g), reset_less=True)
        operand = Signal(operand_layout(g), reset_less=True)
        mine = Signal()
        m.d.sync += [control.eq(self.control), operand.eq(self.operand)]
        m.d.comb += [
            self.control_o.eq(control),
            self.operand_o.eq(operand),
            mine.eq(operand.valid & (operand.cell == self.number)),
        ]
        m.submodules.builder = builder = TableBuilder(g)
        m.submodules.backward = backward = BackwardProduct(g)
        m.submodules.update = update = g.element(stage.first)
        m.d.comb += [
            builder.mine.eq(mine),
            builder.operand.eq(operand),
            builder.build.eq(control.build),
            backward.control.eq(control),
            backward.word.eq(builder.word),
            update.value.eq(backward.value),
        ]
        m.d.comb += (getattr(update, name).eq(control[name]) for name in g.element_fields)
        if g.input_bits:
            received = Signal(received_layout(g), reset_less=True)
            m.submodules.received = kept = Received(g, self.timing)
            m.d.sync += received.eq(self.received)
            m.d.comb += [
                self.received_o.eq(received),
                kept.mine.eq(received.valid & (received.cell == self.number)),
                kept.i.eq(received),
                kept.first.eq(control.first),
                kept.shift.eq(control.x_shift),
                update.received.eq(kept.o),
            ]
        if stage.iterates:
            m.submodules.delay = delay = IterateDelay(g, self.timing, self.x_delay_cycles)
            m.d.comb += [
                delay.i.eq(self.x),
                delay.shift.eq(control.x_shift),
                update.old.eq(delay.o),
            ]
        taps = delay_taps(m, update.new, self.x_delay_cycles, "new")
        iterate = taps[::-1]  # the value that came first has gone furthest
        m.d.comb += self.x_o.eq(taps[-1])
        if stage.forwards:
            m.submodules.forward = forward = ForwardProduct(g)
            m.d.comb += [
                forward.load.eq(control.planes),
                *(place.eq(code) for place, code in zip(forward.iterate, iterate, strict=True)),
                forward.pass_.eq(control.forward_pass),
                forward.bank.eq(control.forward_bank),
                forward.write.eq(control.build.write_forward),
                forward.address.eq(control.forward_address),
                forward.word.eq(builder.word),
                forward.i.eq(self.sums),
                self.sums_o.eq(forward.o),
            ]
        if stage.finishes:
            # The top bit of an offset code says that the value is positive.
            own = Cat(*(~code[-1] for code in iterate))
            sent = Signal(CELL_VALUES, reset_less=True)
            m.d.sync += sent.eq(Mux(control.emit, own, self.signs))
            m.d.comb += self.signs_o.eq(delayed(m, sent, 1, "signs"))
        return m
