"""Finished frames, put back into the order in which they came, and sent."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.direct.loader import DROP_BITS

ITERATION_BITS = 7


def result_layout(n_variables: int) -> data.StructLayout:
    """Hard decisions and status of a frame."""
    return data.StructLayout({"bits": n_variables, "decoded": 1, "iterations": ITERATION_BITS})


class Results(wiring.Component):
    """Every frame gets a ticket when it is admitted; results leave in the order of the tickets.

    Parameters
    ----------
    n_variables : hard decisions of a frame
    bits_per_beat : of them in a beat
    depth : tickets, a power of two: frames between admission and their first output beat

    Members
    -------
    admit : a frame enters now and takes ``ticket``; only with ``room``
    drops : with ``admit``, frames dropped before it
    done, result, done_ticket : a frame has finished
    o : beats, the last one zero padded, with the status {dropped, iterations, decoded}
    """

    def __init__(self, n_variables: int, bits_per_beat: int, depth: int):
        self.n, self.per_beat, self.depth = n_variables, bits_per_beat, depth
        self.beats = -(-n_variables // bits_per_beat)
        user = 1 + ITERATION_BITS + DROP_BITS
        beat = data.StructLayout({"bits": bits_per_beat, "user": user, "last": 1})
        super().__init__(
            {
                "admit": In(1),
                "drops": In(DROP_BITS),
                "ticket": Out(range(depth)),
                "room": Out(1),
                "done": In(1),
                "done_ticket": In(range(depth)),
                "result": In(result_layout(n_variables)),
                "o": Out(stream.Signature(beat)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        layout = result_layout(self.n)
        m.submodules.words = words = memory.Memory(shape=layout, depth=self.depth, init=[])
        m.submodules.dropped = dropped = memory.Memory(
            shape=DROP_BITS, depth=self.depth, init=[]
        )
        head, newest = Signal(range(self.depth)), Signal(range(self.depth))
        used = Signal(range(self.depth + 1))
        finished = Signal(self.depth)
        send = Signal()

        m.d.comb += self.ticket.eq(newest)
        count = used + self.admit - send
        m.d.sync += [
            used.eq(count),
            self.room.eq(count != self.depth),
            newest.eq(newest + self.admit),
            head.eq(head + send),
        ]
        marks = [Signal(self.depth, name=name) for name in ("ending", "sending")]
        m.d.comb += [
            marks[0].eq(self.done << self.done_ticket),
            marks[1].eq(send << head),
        ]
        m.d.sync += finished.eq((finished | marks[0]) & ~marks[1])

        write, note = words.write_port(), dropped.write_port()
        read, noted = words.read_port(domain="comb"), dropped.read_port(domain="comb")
        m.d.comb += [
            write.en.eq(self.done),
            write.addr.eq(self.done_ticket),
            write.data.eq(self.result),
            note.en.eq(self.admit),
            note.addr.eq(newest),
            note.data.eq(self.drops),
            read.addr.eq(head),
            noted.addr.eq(head),
        ]
        left = Signal(range(self.beats + 1))
        bits = Signal(self.beats * self.per_beat, reset_less=True)
        user = Signal(self.o.payload.user.shape(), reset_less=True)
        taken = self.o.valid & self.o.ready
        m.d.comb += [
            self.o.valid.eq(left != 0),
            self.o.payload.bits.eq(bits),
            self.o.payload.user.eq(user),
            self.o.payload.last.eq(left == 1),
            send.eq(finished.bit_select(head, 1) & ((left == 0) | (taken & (left == 1)))),
        ]
        with m.If(send):
            m.d.sync += [
                bits.eq(read.data.bits),
                user.eq(Cat(read.data.decoded, read.data.iterations, noted.data)),
                left.eq(self.beats),
            ]
        with m.Elif(taken):
            m.d.sync += [bits.eq(bits >> self.per_beat), left.eq(left - 1)]
        return m
