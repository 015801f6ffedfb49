# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Frames of any code of the set to words of the channel memory, each when its control word says."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib.wiring import In, Out

from hw.code_set.image import Image
from hw.code_set.options import Options
from hw.layered.loader import Loader
from hw.lib.arithmetic import bits_for
from hw.lib.microprogram import Microprogram


class SetLoader(Loader):
    """Beats of whole groups of lanes; a frame waits for its control word.

    A frame whose control word is not valid is taken to its ``tlast`` and becomes an abort, as its
    length is not known.

    Members, beside those of :class:`hw.layered.loader.Loader`
    -----------------------------------------------------------
    open : there is a control word, and room for what is said of its frame
    valid, first : it is valid; the first word of its code's table. They stay while ``open``
    ends : a frame was taken a cycle ago, with ``aborted`` it was not whole; ``open`` is for the
        next one in the cycle after
    """

    def __init__(self, options: Options, image: Image, channel):
        self.image = image
        members = {
            "open": In(1),
            "valid": In(1),
            "first": In(bits_for(len(image.chunk_words))),
            "ends": Out(1),
            "aborted": Out(1),
        }
        super().__init__(options, image.addressing, channel, members)

    def _table(self) -> Microprogram:
        image = self.image
        return Microprogram(image.chunks.layout, image.chunk_words, image.room.places > 0)

    @property
    def cycles_per_frame(self) -> int:
        """Of the longest code."""
        return self.image.most_chunks + Microprogram.restart_cycles + 2

    def latency_cycles(self, buffered: int) -> int:
        """At most, from a frame's last beat at the input until a slot can take the frame."""
        return 6 + buffered

    def elaborate(self, platform):
        m = Module()
        options = self.options
        m.submodules.walk = walk = self.walk
        at, beat = walk.word, self.i.payload
        region = Signal(bits_for(options.input_regions))
        free = Signal(options.input_regions, init=-1)  # bit i: more than i regions are free
        # Whether a beat is taken is known a cycle before; the last one of a frame, and all of one
        # that is not valid, may come in every other cycle only, so that the stream does not matter.
        may, takes, accepted, whole, ended = (
            Signal(name=name) for name in ("may", "takes", "accepted", "whole", "ended")
        )
        released = Signal()
        any_left = released | Mux(ended, free[1], free[0])
        ends_soon = may & Mux(self.valid, at.due, 1)
        m.d.sync += [
            released.eq(self.released),
            ended.eq(whole & at.ends_frame),
            may.eq(self.open & ~self.ends & ~ends_soon & Mux(self.valid, walk.ready & any_left, 1)),
        ]
        m.d.comb += [
            takes.eq(may & ~self.ends),
            self.due.eq(at.due),  # never of a frame that is not valid: its table does not begin
            self.i.ready.eq(takes),
            accepted.eq(self.i.valid & takes),
            whole.eq(accepted & ~beat.abort),
            walk.step.eq(whole),
            walk.restart.eq(~(self.open & self.valid) | self.ends),
            walk.first.eq(self.first),
        ]
        m.d.sync += [
            self.aborted.eq(beat.abort),
            self.ends.eq(accepted & (beat.abort | self.due)),
        ]
        with m.If(released ^ ended):
            m.d.sync += free.eq(Mux(released, Cat(1, free), free[1:]))
        with m.If(ended):
            m.d.sync += region.eq(region + 1)
        codes = list(beat.lanes)
        chunk = [self.format.stored(code) if self._early else code for code in codes]
        self._assemble(m, chunk, whole, at, region)
        return m
