"""Decoded codewords of a block to its answer: behind each user's bits what became of them."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frame import status
from hw.frame.ports import FrameFormat


class Answers(wiring.Component):
    """Members
    -------
    i : answers of the decoder ; o : those of blocks
    """

    def __init__(self, users: int, codeword: FrameFormat, block: FrameFormat):
        self.users = users
        super().__init__(
            {
                "i": In(stream.Signature(codeword.answer)),
                "o": Out(stream.Signature(block.answer)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        answer, out = self.i.payload, self.o.payload
        user, tells = Signal(range(self.users)), Signal()
        became, mark = Signal(status.layout(status.DECODER)), Signal.like(answer.mark)
        taken = self.i.valid & self.i.ready
        # The decoder may have gone on to its next codeword.
        with m.If(taken & answer.last):
            m.d.sync += [
                became.decoded.eq(answer.status.decoded),
                became.iterations.eq(answer.status.iterations),
                mark.eq(answer.mark),
                tells.eq(1),
            ]
        last = user == self.users - 1
        with m.If(tells & self.o.ready):
            m.d.sync += [tells.eq(0), user.eq(Mux(last, 0, user + 1))]
        m.d.comb += [
            self.i.ready.eq(self.o.ready & ~tells),
            self.o.valid.eq(self.i.valid | tells),
            out.bits.eq(Mux(tells, became.as_value(), answer.bits)),
            out.last.eq(tells & last),
            Cat(out.status, out.mark).eq(Mux(tells, mark.as_value(), answer.mark.as_value())),
        ]
        return m
