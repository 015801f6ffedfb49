# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Decisions of a finished frame of any code to beats: all bits, or those of the information."""

from amaranth.hdl import Array, Const
from amaranth.lib.wiring import In

from hw.code_set.image import Image
from hw.code_set.options import Options
from hw.layered.unloader import FrameUnloader
from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.elastic import ElasticQueue
from hw.lib.microprogram import Microprogram


class SetUnloader(FrameUnloader):
    """As of one code alone; ``first`` is the first of the frame's windows, while ``start``."""

    def __init__(self, options: Options, image: Image, lane_bits: int):
        windows = image.windows
        more = {"first": In(bits_for(len(windows.words)))}
        super().__init__(options, image.addressing, lane_bits, windows, more)

    def _table(self) -> Microprogram:
        writable = self.addressing.room.places > 0
        return Microprogram(self.order.layout, self.order.words, writable)

    def _restart(self):
        return ~self.start | self.done

    @property
    def cycles_per_frame(self) -> int:
        """Of the code whose answer has most windows."""
        around = self.order.most_words + self._way + ElasticQueue.latency_cycles + 3
        return around + Microprogram.restart_cycles + 2

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.walk.first.eq(self.first)
        return m

    def _padded(self, m, at, bits, last):
        width, rests = len(bits), [rest * self.lane_bits for rest in self.order.rests]
        if rests == [width]:
            return bits
        masks = Array(Const((1 << rest) - 1, width) for rest in rests)
        mask = masks[delayed(m, at.rest, self._way, "rest")]
        return bits & (mask | (~last).replicate(width))
