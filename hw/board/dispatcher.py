"""What the packets say, done: frames into the design, requests to what answers."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.board.packets import CRC_BYTES, Kind

REQUEST = data.StructLayout({"kind": 8, "sequence": 8})
RESET_CYCLES = 16


class Dispatcher(wiring.Component):
    """Packets in their order, each done before the next.

    Members
    -------
    i : bytes of packets (:class:`hw.board.receiver.PacketReceiver`)
    frame, context : beats of the input streams, ``last`` with the last of a frame
    write, values : strobe, and what the other input ports have in that cycle
    ask : requests to be answered: all but frames, whose results are their answers
    noted, number, sequence : a frame begins: its number since the last reset modulo 256, and its
        packet's sequence
    reset : of the design, ``RESET_CYCLES`` long

    Parameters
    ----------
    lengths : by kind, bytes of a body
    frame_bytes, context_bytes : of a beat; ``context_bytes`` 0 without such a stream
    value_bits : of the other input ports together
    """

    def __init__(
        self, lengths: dict[int, int], frame_bytes: int, context_bytes: int = 0, value_bits: int = 0
    ):
        self.lengths = lengths
        self.frame_bytes, self.context_bytes = frame_bytes, context_bytes
        self.value_bits = value_bits
        super().__init__({
            "i": In(stream.Signature(8)),
            "frame": Out(stream.Signature(_beat(frame_bytes))),
            "context": Out(stream.Signature(_beat(max(context_bytes, 1)))),
            "write": Out(1),
            "values": Out(max(value_bits, 1)),
            "ask": Out(stream.Signature(REQUEST)),
            "noted": Out(1),
            "number": Out(8),
            "sequence": Out(8),
            "reset": Out(1),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        longest = max(self.lengths.values())
        widest = max(self.frame_bytes, self.context_bytes, -(-self.value_bits // 8))
        kind, left = Signal(8), Signal(range(longest + 1))
        lane, skip = Signal(range(widest + 1)), Signal(range(max(CRC_BYTES, RESET_CYCLES) + 1))
        word = Signal(8 * widest)  # bytes come in at the top, so that the first ends up lowest
        bytes_due, body_bytes = Signal.like(lane), Signal.like(left)
        with m.Switch(kind):
            for each, length in self.lengths.items():
                with m.Case(each):
                    m.d.comb += body_bytes.eq(length)
        widths = {Kind.FRAME: self.frame_bytes, Kind.CONTEXT: self.context_bytes}
        with m.Switch(kind):
            for each, width in widths.items():
                with m.Case(each):
                    m.d.comb += bytes_due.eq(width)
            with m.Default():
                m.d.comb += bytes_due.eq(widest)
        last = left == 0
        for port, width in ((self.frame, self.frame_bytes), (self.context, self.context_bytes)):
            m.d.comb += [
                port.payload.data.eq(word[8 * (widest - max(width, 1)) :]),
                port.payload.last.eq(last),
            ]
        written = max(self.lengths.get(Kind.WRITE, 0), 1)
        m.d.comb += [
            self.values.eq(word[8 * (widest - written) :]),
            self.ask.payload.kind.eq(kind),
            self.ask.payload.sequence.eq(self.sequence),
        ]
        with m.FSM():
            with m.State("kind"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid):
                    m.d.sync += kind.eq(self.i.payload)
                    m.next = "sequence"
            with m.State("sequence"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += [left.eq(body_bytes), lane.eq(0), skip.eq(CRC_BYTES)]
                with m.If(self.i.valid):
                    m.d.sync += self.sequence.eq(self.i.payload)
                    m.next = "begin"
            with m.State("begin"):
                m.d.comb += self.noted.eq(kind == Kind.FRAME)
                with m.If(last):
                    m.next = "crc"
                with m.Else():
                    m.next = "body"
            with m.State("body"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid):
                    m.d.sync += [
                        word.eq(Cat(word[8:], self.i.payload)),
                        left.eq(left - 1),
                        lane.eq(lane + 1),
                    ]
                    with m.If(lane + 1 == bytes_due):
                        m.d.sync += lane.eq(0)
                        with m.If((kind == Kind.FRAME) | (kind == Kind.CONTEXT)):
                            m.next = "beat"
                    with m.If((kind == Kind.WRITE) & (left == 1)):
                        m.next = "crc"
            with m.State("beat"):
                is_frame = kind == Kind.FRAME
                m.d.comb += [
                    self.frame.valid.eq(is_frame),
                    self.context.valid.eq(~is_frame),
                ]
                with m.If(Mux(is_frame, self.frame.ready, self.context.ready)):
                    with m.If(last):
                        m.d.sync += self.number.eq(self.number + is_frame)
                        m.next = "crc"
                    with m.Else():
                        m.next = "body"
            with m.State("crc"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid):
                    m.d.sync += skip.eq(skip - 1)
                    with m.If(skip == 1):
                        m.d.comb += self.write.eq(kind == Kind.WRITE)
                        with m.If(kind == Kind.FRAME):
                            m.next = "kind"
                        with m.Elif(kind == Kind.RESET):
                            m.d.sync += skip.eq(RESET_CYCLES)
                            m.next = "reset"
                        with m.Else():
                            m.next = "ask"
            with m.State("reset"):
                m.d.comb += self.reset.eq(1)
                m.d.sync += [self.number.eq(0), skip.eq(skip - 1)]
                with m.If(skip == 1):
                    m.next = "ask"
            with m.State("ask"):
                m.d.comb += self.ask.valid.eq(1)
                with m.If(self.ask.ready):
                    m.next = "kind"
        return m


def _beat(byte_lanes: int) -> data.StructLayout:
    return data.StructLayout({"data": 8 * byte_lanes, "last": 1})
