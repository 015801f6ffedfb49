"""The engine: a core in a shell, and what build.json says of it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring

from hw.frame import cores, status
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import Shell
from toy_repetition.options import Options as OPTIONS
from toy_repetition.quant import RepetitionSpec

__all__ = ["OPTIONS", "component", "facts"]


class Repetition(wiring.Component):
    """One code a beat in, one beat with all bits out."""

    input_stage = None

    def __init__(self, spec: RepetitionSpec, options: OPTIONS):
        self.spec, self.options = spec, options
        self.format = FrameFormat(
            values=spec.n, values_per_beat=1, value_bits=8, bits=spec.bits, bits_per_beat=8,
            status={}, mark=status.marks(tagged=False),
        )  # fmt: skip
        super().__init__(core_ports(self.format))

    @property
    def latency_cycles(self) -> int:
        return self.options.result_delay + 2

    def cycles_per_frame(self, iterations: float) -> float:
        return self.spec.n + self.latency_cycles

    def value_of(self, m: Module, byte):
        return byte

    def elaborate(self, platform):
        m = Module()
        spec, delay = self.spec, self.options.result_delay
        votes, place, bit = (Signal(range(size + 1)) for size in (spec.repeats,) * 2 + (spec.bits,))
        bits, wait, answer = Signal(8), Signal(range(delay + 1)), Signal(self.o.payload.shape())
        beat, abort = self.i.valid & self.i.ready, self.i.payload.abort
        ones, last = votes + self.i.payload.values[0][7], place == spec.repeats - 1
        m.d.comb += [
            self.due.eq(last & (bit == spec.bits - 1)),
            self.room.eq((place == 0) & (bit == 0)),
            self.i.ready.eq(~self.o.valid & (wait == 0)),
            self.o.payload.eq(answer),
        ]
        with m.If(beat):
            m.d.sync += [votes.eq(ones), place.eq(place + 1)]
            with m.If(last):
                m.d.sync += [votes.eq(0), place.eq(0), bit.eq(bit + 1)]
                m.d.sync += bits.eq(bits | ((ones > spec.repeats // 2) << bit))
            with m.If(self.due | abort):
                m.d.sync += [votes.eq(0), place.eq(0), bit.eq(0), wait.eq(Mux(abort, 0, delay))]
                m.d.sync += answer.mark.eq(self.i.payload.mark)
            with m.If(abort):
                m.d.sync += bits.eq(0)
        with m.If(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        with m.If(wait == 1):
            m.d.sync += [answer.bits.eq(bits), answer.last.eq(1), self.o.valid.eq(1), bits.eq(0)]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        return m


def component(spec: RepetitionSpec, options: OPTIONS) -> Shell:
    """The top-level component."""
    return Shell(Repetition(spec, options))


def facts(component: Shell) -> dict:
    """Rates and formats, as every engine says them."""
    core = cores.one_of(component)
    return cores.facts(component, core.spec.name) | {
        "iterations": 1,
        "frames_in_flight": 1,
        "cycles_per_frame_full": component.cycles_per_frame(1),
        "coded_bits_per_frame": core.spec.n,
        "info_bits_per_frame": core.spec.bits,
    }
