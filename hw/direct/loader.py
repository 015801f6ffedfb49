"""Beats of channel codes to whole frames, side by side."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frame.ports import FrameFormat


class FrameLoader(wiring.Component):
    """Collects the beats of a frame; a whole frame waits in a register of its own.

    Parameters
    ----------
    form : of the frames; ``value_bits`` are those of a value as it is stored

    Members
    -------
    i, due : as of a core (:mod:`hw.frame.ports`); what exceeds the frame in its last beat is left
        out
    o : a frame, and its mark
    """

    def __init__(self, form: FrameFormat):
        self.format, beat = form, form.beat
        values = data.ArrayLayout(form.value_bits, form.values)
        frame = data.StructLayout({"values": values, "mark": beat["mark"].shape})
        super().__init__(
            {
                "i": In(stream.Signature(beat)),
                "due": Out(1),
                "o": Out(stream.Signature(frame)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        form = self.format
        beats, width = form.input_beats, form.value_bits * form.values_per_beat
        held = [Signal(width, name=f"beat{b}", reset_less=True) for b in range(beats - 1)]
        place = Signal(beats, init=1)  # one-hot: which beat is due
        frame = Signal(self.o.payload.shape(), reset_less=True)
        last, accepted = place[-1], Signal()
        # A frame of one beat follows another at once; with more of them there is time until the
        # last one, and the consumer need not reach the registers of all beats in the same cycle.
        follows = self.o.ready if beats == 1 else 0
        m.d.comb += [
            self.i.ready.eq(~last | ~self.o.valid | follows | self.i.payload.abort),
            accepted.eq(self.i.valid & self.i.ready),
            self.o.payload.eq(frame),
            self.due.eq(last),
        ]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(accepted & self.i.payload.abort):
            m.d.sync += place.eq(1)
        with m.Elif(accepted):
            m.d.sync += place.eq(Cat(place[-1], place[:-1]))
            for b, beat in enumerate(held):
                with m.If(place[b]):
                    m.d.sync += beat.eq(self.i.payload.values)
            with m.If(last):
                values = Cat(*held, self.i.payload.values)[: form.values * form.value_bits]
                m.d.sync += [
                    frame.values.as_value().eq(values),
                    frame.mark.eq(self.i.payload.mark),
                    self.o.valid.eq(1),
                ]
        return m
