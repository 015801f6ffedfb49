"""The bridge: from the pins of a serial line to the ports of a design and back."""

from amaranth.hdl import Cat, Const, Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hw.board.answers import Answers, result_beat
from hw.board.dispatcher import Dispatcher
from hw.board.framing import BYTE, Framer
from hw.board.packets import COUNTERS
from hw.board.ports import CONTEXTS_IN, DROPPED, FRAMES_IN, RESULTS_OUT, DesignPorts
from hw.board.receiver import PacketReceiver
from hw.board.uart import LEAST_CYCLES, UartReceiver, UartTransmitter
from hw.lib.skid import SkidBuffer
from hw.lib.stage import StreamStage

_TAG_BITS = 8


class Bridge(wiring.Component):
    """A serial line, and the ports of a design seen from outside.

    Flow control is by credits: the host has at most ``ports.credits`` frames on their way, so many
    have room in the memory, and nothing is ever lost for want of it. A serial line need not have
    lines for that, and those of the boards here have none.

    Members
    -------
    rx, tx : the line
    the design's ports, each in the other direction, without clock and reset
    design_reset : the design's reset
    activity : levels that change with each packet taken, each result, each packet lost

    Parameters
    ----------
    ports : of the design
    clock_hz, bit_cycles : clock, and its cycles in a bit of the line
    """

    def __init__(self, ports: DesignPorts, clock_hz: int, bit_cycles: int):
        assert bit_cycles >= LEAST_CYCLES
        self.ports, self.clock_hz, self.bit_cycles = ports, clock_hz, bit_cycles
        self.identity = ports.identity(clock_hz, round(clock_hz / bit_cycles))
        members = {"rx": In(1), "tx": Out(1), "design_reset": Out(1), "activity": Out(3)}
        super().__init__(members | design_members(ports))

    def elaborate(self, platform):
        m = Module()
        ports = self.ports
        m.submodules.uart_rx = uart_rx = UartReceiver(self.bit_cycles)
        m.submodules.uart_tx = uart_tx = UartTransmitter(self.bit_cycles)
        m.submodules.receiver = receiver = PacketReceiver(ports.lengths, ports.depth)
        value_bits = sum(ports.inputs.values())
        m.submodules.dispatcher = dispatcher = Dispatcher(
            ports.lengths, ports.frame_bytes, ports.context_bytes, value_bits
        )
        counters = len(COUNTERS) + len(ports.counted)
        answers = Answers(self.identity.to_bytes(), counters, ports.result_bits, ports.user_bits)
        reset = Signal()
        m.submodules.answers = ResetInserter(reset)(answers)
        m.submodules.framer = framer = Framer()
        m.d.comb += [
            reset.eq(dispatcher.reset),
            self.design_reset.eq(reset),
            uart_rx.line.eq(self.rx),
            self.tx.eq(uart_tx.line),
            receiver.data.eq(uart_rx.data),
            receiver.valid.eq(uart_rx.valid),
            framer.abort.eq(reset),
        ]
        wiring.connect(m, receiver.o, dispatcher.i)
        wiring.connect(m, dispatcher.ask, answers.ask)
        m.submodules.between = between = ResetInserter(reset)(StreamStage(BYTE))
        wiring.connect(m, answers.o, between.i)
        wiring.connect(m, between.o, framer.i)
        wiring.connect(m, framer.o, uart_tx.i)
        self._streams(m, reset, dispatcher, answers)
        results = self._sequences(m, dispatcher, answers)
        self._counters(m, uart_rx, receiver, dispatcher, answers, results)
        values = dispatcher.values
        for name, width in ports.inputs.items():
            m.d.comb += getattr(self, name).eq(Mux(dispatcher.write, values[:width], 0))
            values = values[width:]
        return m

    def _streams(self, m: Module, reset, dispatcher: Dispatcher, answers: Answers) -> None:
        """Registers on both sides of the design: its pins and the bridge lie far apart."""
        inputs = {FRAMES_IN: dispatcher.frame}
        if self.ports.context_bytes:
            inputs[CONTEXTS_IN] = dispatcher.context
        for name, given in inputs.items():
            stage = ResetInserter(reset)(SkidBuffer(given.payload.shape()))
            m.submodules[f"to_{name}"] = stage
            wiring.connect(m, given, stage.i)
            beats = stage.o
            tdata, tvalid, tready, tlast = (
                getattr(self, f"{name}_{each}") for each in ("tdata", "tvalid", "tready", "tlast")
            )
            m.d.comb += [
                tdata.eq(beats.payload.data),
                tlast.eq(beats.payload.last),
                tvalid.eq(beats.valid),
                beats.ready.eq(tready),
            ]
        beat = result_beat(self.ports.result_bits, self.ports.user_bits)
        m.submodules.from_m_axis = stage = ResetInserter(reset)(SkidBuffer(beat))
        wiring.connect(m, stage.o, answers.result)
        m.d.comb += [
            stage.i.payload.data.eq(self.m_axis_tdata),
            stage.i.payload.last.eq(self.m_axis_tlast),
            stage.i.valid.eq(self.m_axis_tvalid),
            self.m_axis_tready.eq(stage.i.ready),
        ]
        if self.ports.user_bits:
            m.d.comb += stage.i.payload.user.eq(self.m_axis_tuser)

    def _sequences(self, m: Module, dispatcher: Dispatcher, answers: Answers) -> Signal:
        """Which packet a result belongs to, by its number; returns the strobe of its last beat.

        The design has had a frame when its packet's last beat has left the dispatcher.
        """
        m.submodules.sequences = memory = Memory(shape=8, depth=1 << _TAG_BITS, init=[])
        write, read = memory.write_port(), memory.read_port()
        ended, number = Signal(), Signal(_TAG_BITS)
        tag, user = self.ports.tag, answers.result.payload.user
        m.d.comb += [
            ended.eq(answers.result.valid & answers.result.ready & answers.result.payload.last),
            write.addr.eq(dispatcher.number),
            write.data.eq(dispatcher.sequence),
            write.en.eq(dispatcher.noted),
            read.addr.eq(number if tag is None else user[tag : tag + _TAG_BITS]),
            read.en.eq(answers.result_begins),
            answers.sequence.eq(read.data),
        ]
        m.d.sync += number.eq(number + ended)
        with m.If(dispatcher.reset):
            m.d.sync += number.eq(0)
        return ended

    def _counters(self, m: Module, uart_rx, receiver, dispatcher, answers, results) -> None:
        frames, inside = Signal(), Signal(range(1 << _TAG_BITS))
        beats = dispatcher.frame
        m.d.comb += frames.eq(beats.valid & beats.ready & beats.payload.last)
        m.d.sync += inside.eq(inside + frames - results)
        outputs = [getattr(self, name) for name in self.ports.counted]
        counted = {
            "packets": receiver.taken, "bad_packets": receiver.bad,
            "overflows": receiver.overflow, "refused": receiver.refused,
            "line_errors": uart_rx.error, "frames": frames, "results": results,
            "dropped_frames": getattr(self, DROPPED, Const(0)),
            "cycles": Const(1), "busy_cycles": inside != 0,
        }  # fmt: skip
        words = []
        for name, strobe in [
            *((name, counted[name]) for name in COUNTERS),
            *zip(self.ports.counted, outputs, strict=True),
        ]:
            if len(strobe) > 1:
                words.append(strobe[:32])
                continue
            count = Signal(32, name=f"count_{name}")
            now = Signal(name=f"now_{name}")
            m.d.sync += [now.eq(strobe), count.eq(count + now)]
            with m.If(dispatcher.reset):
                m.d.sync += count.eq(0)
            words.append(count)
        with m.If(dispatcher.reset):
            m.d.sync += inside.eq(0)
        for number, word in enumerate(words):
            m.d.comb += answers.counters[number].eq(word)
        lost = receiver.bad | receiver.overflow | receiver.refused
        m.d.sync += self.activity.eq(self.activity ^ Cat(receiver.taken, results, lost))


def design_members(ports: DesignPorts) -> dict:
    """Members that meet the design's ports: its inputs are outputs here."""
    members = {
        f"{FRAMES_IN}_tdata": Out(8 * ports.frame_bytes),
        f"{FRAMES_IN}_tvalid": Out(1),
        f"{FRAMES_IN}_tready": In(1),
        f"{FRAMES_IN}_tlast": Out(1),
        f"{RESULTS_OUT}_tdata": In(ports.result_bits),
        f"{RESULTS_OUT}_tvalid": In(1),
        f"{RESULTS_OUT}_tready": Out(1),
        f"{RESULTS_OUT}_tlast": In(1),
    }
    if ports.user_bits:
        members[f"{RESULTS_OUT}_tuser"] = In(ports.user_bits)
    if ports.context_bytes:
        members |= {
            f"{CONTEXTS_IN}_tdata": Out(8 * ports.context_bytes),
            f"{CONTEXTS_IN}_tvalid": Out(1),
            f"{CONTEXTS_IN}_tready": In(1),
            f"{CONTEXTS_IN}_tlast": Out(1),
        }
    members |= {name: Out(width) for name, width in ports.inputs.items()}
    members |= {name: In(width) for name, width in ports.outputs.items()}
    return members
