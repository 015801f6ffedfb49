# amaranth: UnusedElaboratable=no
# Rates are asked of cores that nobody elaborates.
"""The shell: the one place where a core meets AXI4-Stream, for every family."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring

from hw.frame import status
from hw.frame.guard import FrameGuard
from hw.frame.options import counts
from hw.frame.pins import PinQueue
from hw.frame.ports import VALUE_BITS, stream_ports
from hw.lib.arithmetic import clip, saturate
from hw.lib.pass_through import pass_through
from hw.lib.skid import SkidBuffer
from hw.lib.stage import StreamRegister, StreamStage

REGISTER, HALF, SKID, QUEUE = "register", "half", "skid", "queue"
INPUT_STAGES = {
    REGISTER: StreamRegister,
    HALF: StreamStage,
    SKID: SkidBuffer,
    QUEUE: PinQueue,
}
"""What may stand between the pins and the frame guard."""


class Shell(wiring.Component):
    """A core with the Verilog ports of every design, beside ``clk`` and synchronous ``rst``.

    Members
    -------
    s_axis_* : ``values_per_beat`` values a beat, a byte each; what a byte says is the core's
        ``value_of``. ``tlast`` on a frame's last beat and nowhere else, unless
        ``options.frame_end`` is ``count``. With ``options.tkeep`` and ``options.input_error``
        also ``tkeep``, and one bit of ``tuser``
    m_axis_* : ``bits_per_beat`` bits of the answer a beat, zero padded; ``tuser`` on every beat
        (:mod:`hw.frame.status`). From a core with soft values these instead, a byte each, as
        :mod:`quant.min_sum.soft_output` has it, or full beats of bits where answers are mixed
    frame_dropped : strobe for each input frame of the wrong length, or wrong otherwise

    Parameters
    ----------
    core : has ``core_ports`` of its ``format`` (:mod:`hw.frame.ports`), and

        * ``options`` : build choices
        * ``input_stage`` : of ``INPUT_STAGES``, or None
        * ``value_of(m, byte)`` : the value of a byte of the stream, combinational
        * ``latency_cycles`` : upper bound from a frame's last beat at this shell's input to its
          last beat at the output, when the core is idle and the output is never stalled
        * ``cycles_per_frame(iterations)`` : at full speed, when each frame takes ``iterations``
        * ``side_ports`` : members of its own that become ports, if it has any

    Attributes
    ----------
    path : names of the instances from the top module to this one, none where it is the top
    """

    path: tuple[str, ...] = ()

    def __init__(self, core):
        self.core, self.format = core, core.format
        self.options = core.options
        form = core.format
        self._side_ports = getattr(core, "side_ports", {})
        streams = stream_ports(
            form.values_per_beat, form.output_width, status.width(form.user),
            keep=self._has("tkeep"), error=self._has("input_error"),
        )  # fmt: skip
        super().__init__(streams | self._side_ports)

    @property
    def latency_cycles(self) -> int:
        """That of the core."""
        return self.core.latency_cycles

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from frame to frame at full speed when each takes ``iterations``."""
        return self.core.cycles_per_frame(iterations)

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = self.core
        form = self.format
        values = Signal(data.ArrayLayout(form.value_bits, form.values_per_beat))
        for number in range(form.values_per_beat):
            byte = self.s_axis_tdata.word_select(number, 8)
            m.d.comb += values[number].eq(core.value_of(m, byte))
        spoils = self._has("tkeep") or self._has("input_error")
        m.submodules.guard = guard = FrameGuard(
            len(values.as_value()), counts(self.options), spoils
        )
        arriving = guard.i
        if core.input_stage:
            stage = INPUT_STAGES[core.input_stage](guard.i.payload.shape())
            m.submodules.arriving = stage
            wiring.connect(m, stage.o, guard.i)
            arriving = stage.i
        if spoils:
            self._spoil(m, arriving.payload)
        if self._has("tkeep"):
            ends = core.o.payload.last
            last = (1 << form.last_output_bytes) - 1
            m.d.comb += self.m_axis_tkeep.eq(Mux(ends, last, -1))
        m.d.comb += [
            arriving.payload.bits.eq(values),
            arriving.payload.last.eq(self.s_axis_tlast),
            arriving.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(arriving.ready),
            self.frame_dropped.eq(guard.dropped),
            guard.due.eq(core.due),
            core.i.payload.values.eq(guard.o.payload.bits),
            core.i.payload.abort.eq(guard.o.payload.abort),
            core.i.valid.eq(guard.o.valid),
            guard.o.ready.eq(core.i.ready),
            self.m_axis_tdata.eq(self._leaving(core.o.payload)),
            self.m_axis_tlast.eq(core.o.payload.last),
            self.m_axis_tuser.eq(Cat(core.o.payload.status, core.o.payload.mark)),
            self.m_axis_tvalid.eq(core.o.valid),
            core.o.ready.eq(self.m_axis_tready),
        ]
        pass_through(m, self, core, self._side_ports)
        self._mark(m, core)
        return m

    def _has(self, name: str) -> bool:
        """Whether an option is chosen that an engine may lack."""
        return getattr(self.options, name, False)

    def _spoil(self, m: Module, arriving: data.View) -> None:
        """What makes a beat's frame wrong but its length."""
        missing, missing_last, error = Const(0), Const(0), Const(0)
        if self._has("tkeep"):
            keep = self.s_axis_tkeep
            # A source may also send its padding.
            missing = ~keep.all()
            missing_last = ~keep[: self.format.last_input_bytes].all()
        if self._has("input_error"):
            error = self.s_axis_tuser
        m.d.comb += [
            arriving.spoils.eq(missing | error),
            arriving.spoils_as_last.eq(missing_last | error),
        ]

    def _leaving(self, answer: data.View) -> Value:
        """``m_axis_tdata`` of a beat of the core."""
        bits, odd = self.format.soft_bits, self.format.soft_odd
        if not bits:
            return answer.bits
        leaving = []
        for value in answer.soft:
            # The last bit of odd values says nothing, and complements are their negatives.
            word = value[1:].as_signed() if odd else value
            if bits - odd > VALUE_BITS:
                word = (clip if odd else saturate)(word, VALUE_BITS)
            leaving.append(Cat(word, word[-1].replicate(VALUE_BITS - len(word))))
        if self.format.mixed:
            return Mux(answer.hard, answer.bits, Cat(*leaving))
        return Cat(*leaving)

    def _mark(self, m: Module, core) -> None:
        """What the next whole frame is marked with."""
        taken, aborts, mark = Signal(), Signal(), core.i.payload.mark
        m.d.comb += [
            aborts.eq(core.i.valid & core.i.ready & core.i.payload.abort),
            taken.eq(core.i.valid & core.i.ready & ~core.i.payload.abort & core.due),
        ]
        dropped = Signal(status.DROPPED["dropped"])
        m.d.comb += mark.dropped.eq(dropped)
        with m.If(taken):
            m.d.sync += dropped.eq(0)
        with m.Elif(aborts & ~dropped.all()):
            m.d.sync += dropped.eq(dropped + 1)
        if "tag" in self.format.mark:
            tag = Signal(self.format.mark["tag"])
            m.d.comb += mark.tag.eq(tag)
            m.d.sync += tag.eq(tag + taken)
