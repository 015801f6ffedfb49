# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Frames of any code of the set to words of the channel memory, each when its control word says."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib.wiring import In, Out

from hw.code_set.image import Image
from hw.code_set.options import Options
from hw.layered.loader import Loader
from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.microprogram import Microprogram


class SetLoader(Loader):
    """Beats of whole groups of lanes; a frame waits for its control word.

    A frame whose control word is not valid is taken to its ``tlast`` and becomes an abort, as its
    length is not known.

    Members, beside those of :class:`hw.layered.loader.Loader`
    -----------------------------------------------------------
    open : there is a control word, and room for what is said of its frame
    valid, first : it is valid; the first word of its code's table. They stay while ``open``
    ends : the frame has been taken, with ``aborted`` it was not whole; ``open`` is for the next one
        in the cycle after
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
        return Microprogram(self.image.chunks.layout, self.image.chunk_words)

    @property
    def cycles_per_frame(self) -> int:
        """Of the longest code."""
        longest = max(job.n for job in self.image.jobs) // self.options.llrs_per_beat
        return longest + Microprogram.restart_cycles + 2

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
        # Between frames a cycle passes, in which the next control word comes and regions are
        # counted.
        over, takes, accepted, whole = (
            Signal(name=name) for name in ("over", "takes", "accepted", "whole")
        )
        m.d.comb += [
            takes.eq(self.open & ~over & Mux(self.valid, walk.ready & free[0], 1)),
            self.due.eq(self.valid & at.due),
            self.i.ready.eq(takes),
            accepted.eq(self.i.valid & takes),
            whole.eq(accepted & self.valid & ~beat.abort),
            walk.step.eq(whole),
            walk.restart.eq(~self.open | over),
            walk.first.eq(self.first),
            self.aborted.eq(beat.abort),
            self.ends.eq(accepted & (beat.abort | self.due)),
        ]
        m.d.sync += over.eq(self.ends)
        ended = whole & at.ends_frame
        with m.If(self.released ^ ended):
            m.d.sync += free.eq(Mux(self.released, Cat(1, free), free[1:]))
        # The chunk is in its register a cycle later, where the region joins it.
        m.d.sync += region.eq(region + delayed(m, ended, 1, "ended", reset=True))
        codes = list(beat.lanes)
        chunk = [self.format.stored(code) if self._early else code for code in codes]
        self._assemble(m, chunk, whole, at, region)
        return m
