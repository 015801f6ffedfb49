"""Where the schedule is, as one place in the pipeline sees it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from hw.mimo_array.bundle import place_bits
from hw.mimo_array.geometry import ArrayGeometry
from hw.mimo_array.stage import Stage
from hw.mimo_array.timing import Interleaving


class WindowCounter(wiring.Component):
    """Counts cycles, windows and rounds; the parent names the time at which it is to show 0.

    Every place along the pipeline has its own, so that no control is delayed over many cycles.

    Parameters
    ----------
    stage : whose windows
    start_cycles : time within a round, in cycles from its start, at which ``cycle`` is 0

    Members
    -------
    cycle : 0 .. window-1
    slot : of the vector whose window it is
    round_ : of the vector
    """

    def __init__(
        self, geometry: ArrayGeometry, timing: Interleaving, stage: Stage, start_cycles: int
    ):
        self.geometry, self.timing, self.stage = geometry, timing, stage
        self.start_cycles = start_cycles
        super().__init__(
            {
                "cycle": Out(range(geometry.window)),
                "slot": Out(range(timing.slots)),
                "round_": Out(place_bits(geometry.rounds)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g, timing, stage = self.geometry, self.timing, self.stage
        window, cycle = divmod(-self.start_cycles, g.window)
        entered = window - stage.first * timing.loop_windows
        now = Signal(range(g.window), init=cycle)
        slot = Signal(range(timing.slots), init=entered % timing.slots)
        ends = Signal(init=cycle == g.window - 1)
        m.d.comb += [self.cycle.eq(now), self.slot.eq(slot)]
        m.d.sync += [now.eq(Mux(ends, 0, now + 1)), ends.eq(now == g.window - 2)]
        with m.If(ends):
            m.d.sync += slot.eq(Mux(slot == timing.slots - 1, 0, slot + 1))
        if stage.first == stage.last:
            m.d.comb += self.round_.eq(stage.first)
            return m
        step = timing.round_step
        round_ = Signal(range(g.rounds), init=window * step % g.rounds)
        m.d.comb += self.round_.eq(round_)
        with m.If(ends):
            wraps = round_ >= g.rounds - step
            m.d.sync += round_.eq(Mux(wraps, round_ - (g.rounds - step), round_ + step))
        return m
