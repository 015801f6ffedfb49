"""What goes back to the host: results as they come, answers as they are asked for."""

from amaranth.hdl import Array, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hw.board.dispatcher import REQUEST
from hw.board.framing import BYTE
from hw.board.packets import ANSWER, HEADER_BYTES, Kind


def result_beat(bits: int, user_bits: int) -> data.StructLayout:
    """A beat of a design's output stream."""
    return data.StructLayout({"data": bits, "user": max(user_bits, 1), "last": 1})


class Answers(wiring.Component):
    """One packet behind the other, requests before results.

    A result's body is the status word (``tuser``), lowest byte first, then the beats, each in whole
    bytes, as they come from the design, which waits meanwhile: so a result needs no memory.

    Members
    -------
    ask : requests
    result : beats of the design's output
    sequence : of the packet whose result is there
    counters : words for an answer to COUNTERS, 32 bits each
    o : bytes of packets
    result_begins : strobe; ``sequence`` is read in the cycle after

    Parameters
    ----------
    identity : body of an answer to IDENTIFY
    counters : how many there are
    bits, user_bits : of a beat, and of its ``tuser``
    """

    def __init__(self, identity: bytes, counters: int, bits: int, user_bits: int):
        self.identity, self.words = identity, counters
        self.bits, self.user_bits = bits, user_bits
        super().__init__({
            "ask": In(stream.Signature(REQUEST)),
            "result": In(stream.Signature(result_beat(bits, user_bits))),
            "sequence": In(8),
            "counters": In(data.ArrayLayout(32, counters)),
            "o": Out(stream.Signature(BYTE)),
            "result_begins": Out(1),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        m.submodules.identity = rom = Memory(shape=8, depth=len(self.identity), init=self.identity)
        said = rom.read_port()
        sizes = {
            "identity": len(self.identity),
            "counters": 4 * self.words,
            "status": -(-self.user_bits // 8),
            "beat": -(-self.bits // 8),
        }
        index = Signal(range(max(*sizes.values(), HEADER_BYTES) + 1))
        kind, sequence, word = Signal(8), Signal(8), Signal(32)
        moves = Signal()
        m.d.comb += [said.addr.eq(index), moves.eq(self.o.valid & self.o.ready)]
        counters = [self.counters[number] for number in range(self.words)]
        # A word is read whole when its first byte is due, so that it does not change meanwhile.
        chosen = Array(counters)[index[2:]]

        def bytes_of(state: str, byte: Value, after: str, last: Value | int) -> None:
            """The bytes of a body's part, one a move."""
            m.d.comb += [self.o.payload.byte.eq(byte), self.o.payload.last.eq(0)]
            with m.If(index == sizes[state] - 1):
                m.d.comb += self.o.payload.last.eq(last)
            with m.If(moves):
                m.d.sync += index.eq(index + 1)
                with m.If(index == sizes[state] - 1):
                    m.d.sync += index.eq(0)
                    m.next = after

        with m.FSM():
            with m.State("idle"):
                m.d.sync += index.eq(0)
                with m.If(self.ask.valid):
                    m.d.comb += self.ask.ready.eq(1)
                    m.d.sync += [
                        kind.eq(self.ask.payload.kind),
                        sequence.eq(self.ask.payload.sequence),
                    ]
                    m.next = "kind"
                with m.Elif(self.result.valid):
                    m.d.comb += self.result_begins.eq(1)
                    m.d.sync += kind.eq(Kind.FRAME)
                    m.next = "fetch"
            with m.State("fetch"):
                m.d.sync += sequence.eq(self.sequence)
                m.next = "kind"
            with m.State("kind"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.byte.eq(kind | ANSWER)]
                with m.If(moves):
                    m.next = "sequence"
            with m.State("sequence"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.byte.eq(sequence)]
                with m.Switch(kind):
                    for each, state in (
                        (Kind.IDENTIFY, "read"),
                        (Kind.COUNTERS, "latch"),
                        (Kind.FRAME, "status" if self.user_bits else "beat"),
                    ):
                        with m.Case(each):
                            with m.If(moves):
                                m.next = state
                    with m.Default():
                        m.d.comb += self.o.payload.last.eq(1)
                        with m.If(moves):
                            m.next = "idle"
            with m.State("read"):  # of the memory, which takes a cycle
                m.next = "identity"
            with m.State("identity"):
                m.d.comb += self.o.valid.eq(1)
                bytes_of("identity", said.data, "idle", 1)
                with m.If(moves & (index != sizes["identity"] - 1)):
                    m.next = "read"
            with m.State("latch"):
                m.d.sync += word.eq(chosen)
                m.next = "counters"
            with m.State("counters"):
                m.d.comb += self.o.valid.eq(1)
                bytes_of("counters", word.word_select(index[:2], 8), "idle", 1)
                with m.If(moves & (index[:2] == 3) & (index != sizes["counters"] - 1)):
                    m.next = "latch"
            if self.user_bits:
                with m.State("status"):
                    m.d.comb += self.o.valid.eq(self.result.valid)
                    user = self.result.payload.user
                    bytes_of("status", user.word_select(index, 8), "beat", 0)
            with m.State("beat"):
                beat, last = self.result.payload, self.result.payload.last
                m.d.comb += self.o.valid.eq(self.result.valid)
                bytes_of("beat", beat.data.word_select(index, 8), "beat", last)
                with m.If(moves & (index == sizes["beat"] - 1)):
                    m.d.comb += self.result.ready.eq(1)
                    with m.If(last):
                        m.next = "idle"
        return m
