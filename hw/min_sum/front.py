"""Lanes of the front half: v2c = APP - c2v, its magnitude index, its sign."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.rotator import moved as moved_lane
from hw.min_sum.relax import RoundLanes


def negative_of(lane) -> Value:
    """Sign of what a check is told, of a lane of the FIFO."""
    return lane.told if hasattr(lane, "told") else lane.value < 0


class FrontLanes(wiring.Component):
    """One block edge a cycle: subtract, and compare with the thresholds in two cycles.

    The rotator's last stage is done here: lane i of a word is that of ``app``, or the next one of
    ``far`` in its ring; one of the two words is 0.
    With flooding it has two sums, and at a column's ``first_visit`` in an iteration the new one
    has become the old one.

    Parameters
    ----------
    arithmetic : of :class:`hw.min_sum.arithmetic.MinSum`
    ring : lanes in which a word turns

    Members
    -------
    app, far : at most one of them other than 0 in each lane
    stored : the message, ``arithmetic.times.stored`` cycles before them
    o : what the row's search and the FIFO take (``arithmetic.edge_lane``)

    Attributes
    ----------
    latency_cycles : 3, from ``app``, ``far`` to ``o``
    """

    latency_cycles = 3

    def __init__(self, arithmetic, ring: int):
        self.arithmetic, self.ring = arithmetic, ring
        super().__init__(
            {
                "app": In(arithmetic.app_word),
                "far": In(arithmetic.app_word),
                "stored": In(arithmetic.stored_word),
                "o": Out(data.ArrayLayout(arithmetic.edge_lane, arithmetic.lanes)),
            }
            | ({"first_visit": In(1)} if arithmetic.spec.flooding else {})
        )

    def elaborate(self, platform):
        m = Module()
        arithmetic, lanes = self.arithmetic, self.arithmetic.lanes
        flooding, relaxed = arithmetic.spec.flooding, arithmetic.spec.relaxation
        value_shape = signed(arithmetic.v2c_bits)
        compare, index = arithmetic.code().two_steps(arithmetic.v2c_bits, arithmetic.grid.halved)
        result = Signal(self.o.shape(), reset_less=True)
        m.d.comb += self.o.eq(result)
        messages = self.stored
        if relaxed:
            m.submodules.round = rounder = RoundLanes(arithmetic.spec, lanes)
            m.d.comb += rounder.i.eq(self.stored)
            messages = rounder.o
            state = delayed(m, self.stored, rounder.latency_cycles + 2, "state")
        for lane in range(lanes):
            out, stay = result[lane], self.app[lane]
            moved = self.far[moved_lane(lane, 1, self.ring)]
            c2v = messages[lane]
            if flooding:
                told = self._told(m, stay, moved, c2v, out, lane)
                stay, moved = stay.new, moved.new
            v2c = arithmetic.target.subtract_from_either(
                m, stay, moved, *arithmetic.addend(c2v), value_shape
            )
            value = self._register(m, v2c, value_shape, f"value{lane}")
            if not flooding:
                told, bit = value, stay[-1] | moved[-1]
                before = self._register(m, bit, 1, f"before{lane}")
            found = compare(told)
            found = self._register(m, found, len(found), f"found{lane}")
            statements = [
                out.value.eq(delayed(m, value, 1, f"value{lane}")),
                out.index.eq(index(found)),
            ]
            if not flooding:
                statements.append(out.bit.eq(delayed(m, before, 1, f"before{lane}")))
            m.d.sync += statements
            if relaxed:
                m.d.sync += out.state.eq(state[lane])
        return m

    def _told(self, m: Module, stay, moved, c2v, out, lane: int) -> Signal:
        """Flooding: what the check is told, registered; drives ``old`` and ``told`` of ``out``."""
        sums = [Mux(self.first_visit, word.new, word.old) for word in (stay, moved)]
        shape = signed(self.arithmetic.v2c_bits)
        told = self.arithmetic.target.subtract_from_either(
            m, *sums, *self.arithmetic.addend(c2v), shape
        )
        told = self._register(m, told, shape, f"told{lane}")
        old = self._register(m, (sums[0] | sums[1]).as_signed(), out.old.shape(), f"old{lane}")
        m.d.sync += [
            out.old.eq(delayed(m, old, 1, f"old{lane}")),
            out.told.eq(delayed(m, told[-1], 1, f"told{lane}")),
        ]
        return told

    @staticmethod
    def _register(m: Module, value, shape, name: str) -> Signal:
        register = Signal(shape, name=name, reset_less=True)
        m.d.sync += register.eq(value)
        return register
