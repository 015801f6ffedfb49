"""The direct decoder with restarts as a core."""

from collections.abc import Mapping
from dataclasses import replace

from amaranth.hdl import Cat, Const, Value
from amaranth.lib import data, wiring

from hw.direct.decoder import DirectDecoder
from hw.direct.iterated import IteratedCore
from hw.direct.options import Options
from hw.frame.ports import FrameFormat
from hw.lib.arithmetic import signed_bits
from hw.restarts.rotation import Rotation
from quant.restarts.spec import RestartSpec
from quant.spec import Channel, Spec

MOST_WAITING = 128
"""Tickets: a frame that fails takes as long as many others."""


def whole_values(spec: Spec) -> Spec:
    """The decoder whose channel codes are values in APP LSB: between blocks they are not odd."""
    lsb_llr = spec.channel.app_lsb_llr
    bits = signed_bits(spec.channel.largest)
    return replace(spec, channel=Channel(bits, lsb_llr, "mid_tread", 0))


class RestartDecoder(DirectDecoder):
    """Codes are those of the spec's decoder; the answer are hard decisions, as of one without.

    A block of T iterations takes T + 1 passes, and a frame's next block begins where its last one
    ended, so that frames in flight are as many as the arrays have stages.

    Parameters
    ----------
    mark : field to bits, what comes back with a frame
    """

    def __init__(
        self, spec: RestartSpec, options: Options, mark: Mapping[str, int] | None = None
    ):
        self.whole = spec
        super().__init__(spec.decoder, options, mark)

    def _tickets(self, in_flight: int) -> int:
        """Also for those that overtake a frame which takes all its blocks."""
        return max(MOST_WAITING, super()._tickets(in_flight))

    def _arrays(self, depth: int, form: FrameFormat) -> wiring.Component:
        inner, options = whole_values(self.spec), self.options
        return IteratedCore(
            inner, self.graph, options.cuts, depth, form, Rotation(self.whole)
        )

    def _entering(self, words: data.View) -> Value:
        """Stored words of the loader to values, in the order of the start."""
        present = Const(1, 1)
        values = [self.word.app(words[place], present) for place in self.whole.starts[0]]
        return Cat(values)

    def cycles_per_frame(self, iterations: float) -> float:
        """Passes of a frame; a block of T iterations has T + 1, one that verifies earlier fewer."""
        per_block = self.spec.iterations
        passes = iterations * (per_block + 1) / per_block
        return max(passes, self.stream_cycles_per_frame)
