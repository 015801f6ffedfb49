"""Blocks from the stream to vectors for the detector."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frame.ports import FrameFormat


class BlockInput(wiring.Component):
    """Counts a block's vectors.

    Of a block that is cut off some vectors may be on their way already: it is told all the same, as
    one that is not whole. One without a vector is not told.

    Members
    -------
    i : beats of a block, or an abort ; o : the same beats as vectors, with the block's mark
    vector_due : the beat that is taken next is a vector's last ; due : .. is the block's last
    told, vectors, whole : strobe, a block is over; vectors of it that came, and whether all did

    Parameters
    ----------
    form, vector : formats of a block and of a vector
    vectors : of a block
    """

    def __init__(self, form: FrameFormat, vector: FrameFormat, vectors: int):
        self.most = vectors
        super().__init__(
            {
                "i": In(stream.Signature(form.beat)),
                "o": Out(stream.Signature(vector.beat)),
                "vector_due": In(1),
                "due": Out(1),
                "told": Out(1),
                "vectors": Out(range(vectors + 1)),
                "whole": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        count = Signal(range(self.most))
        came, abort = Signal(), self.i.payload.abort
        m.d.comb += [
            self.o.payload.values.eq(self.i.payload.values),
            self.o.payload.abort.eq(abort),
            self.o.payload.mark.eq(self.i.payload.mark),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
            self.due.eq((count == self.most - 1) & self.vector_due),
            came.eq(self.i.valid & self.i.ready),
            self.told.eq(came & Mux(abort, count != 0, self.due)),
            self.vectors.eq(Mux(abort, count, self.most)),
            self.whole.eq(~abort),
        ]
        with m.If(came):
            with m.If(abort | self.due):
                m.d.sync += count.eq(0)
            with m.Elif(self.vector_due):
                m.d.sync += count.eq(count + 1)
        return m
