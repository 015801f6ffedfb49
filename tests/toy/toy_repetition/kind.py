"""The engine: a component with AXI4-Stream ports, and what build.json says of it."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.frame_guard import FrameGuard
from toy_repetition.options import Options as OPTIONS
from toy_repetition.quant import RepetitionSpec

__all__ = ["OPTIONS", "component", "facts"]


class Repetition(wiring.Component):
    """One code a beat in, one beat with all bits out; ``m_axis_tuser`` counts dropped frames."""

    def __init__(self, spec: RepetitionSpec, options: OPTIONS):
        self.spec, self.options = spec, options
        super().__init__(
            {
                "s_axis_tdata": In(8), "s_axis_tvalid": In(1), "s_axis_tready": Out(1),
                "s_axis_tlast": In(1), "m_axis_tdata": Out(8), "m_axis_tvalid": Out(1),
                "m_axis_tready": In(1), "m_axis_tlast": Out(1), "m_axis_tuser": Out(12),
                "frame_dropped": Out(1),
            }
        )  # fmt: skip

    @property
    def latency_cycles(self) -> int:
        return self.options.result_delay + 2

    def elaborate(self, platform):
        m = Module()
        spec, delay = self.spec, self.options.result_delay
        m.submodules.guard = guard = FrameGuard(8, spec.n)
        votes, place, bit = (Signal(range(size + 1)) for size in (spec.repeats,) * 2 + (spec.bits,))
        bits, drops, wait = Signal(8), Signal(4), Signal(range(delay + 1))
        beat = guard.o.valid & guard.o.ready
        ones, last = votes + guard.o.payload.bits[7], place == spec.repeats - 1
        ends = beat & last & (bit == spec.bits - 1) & ~guard.o.payload.abort
        m.d.comb += [
            guard.i.valid.eq(self.s_axis_tvalid),
            guard.i.payload.bits.eq(self.s_axis_tdata),
            guard.i.payload.last.eq(self.s_axis_tlast),
            self.s_axis_tready.eq(guard.i.ready),
            self.frame_dropped.eq(guard.dropped),
            guard.o.ready.eq(~self.m_axis_tvalid & (wait == 0)),
            self.m_axis_tlast.eq(self.m_axis_tvalid),
        ]
        with m.If(beat):
            m.d.sync += [votes.eq(ones), place.eq(place + 1)]
            with m.If(last):
                m.d.sync += [votes.eq(0), place.eq(0), bit.eq(bit + 1)]
                m.d.sync += bits.eq(bits | ((ones > spec.repeats // 2) << bit))
            with m.If(ends | guard.o.payload.abort):
                m.d.sync += [votes.eq(0), place.eq(0), bit.eq(0)]
            with m.If(guard.o.payload.abort):
                m.d.sync += [bits.eq(0), drops.eq(drops + ~drops.all())]
            with m.If(ends):
                m.d.sync += wait.eq(delay)
        with m.If(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        with m.If(wait == 1):
            m.d.sync += [
                self.m_axis_tdata.eq(bits), self.m_axis_tuser.eq(drops << 8),
                self.m_axis_tvalid.eq(1), bits.eq(0), drops.eq(0),
            ]  # fmt: skip
        with m.If(self.m_axis_tvalid & self.m_axis_tready):
            m.d.sync += self.m_axis_tvalid.eq(0)
        return m


def component(spec: RepetitionSpec, options: OPTIONS) -> Repetition:
    """The top-level component."""
    return Repetition(spec, options)


def facts(component: Repetition) -> dict:
    """Rates and formats, as every engine says them."""
    spec = component.spec
    return {
        "iterations": 1,
        "frames_in_flight": 1,
        "input_beats_per_frame": spec.n,
        "output_beats_per_frame": 1,
        "cycles_per_frame_full": spec.n + component.latency_cycles,
        "latency_cycles": component.latency_cycles,
        "coded_bits_per_frame": spec.n,
        "info_bits_per_frame": spec.bits,
    }
