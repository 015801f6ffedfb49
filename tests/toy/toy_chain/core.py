# amaranth: UnusedElaboratable=no
# Rates are asked of cores that nobody elaborates.
"""Two cores as one: the soft values of the first are the values of the second."""

from collections.abc import Mapping
from dataclasses import replace

from amaranth.hdl import Module
from amaranth.lib import wiring

from hw.direct.decoder import DirectDecoder
from hw.direct.options import BEATS
from hw.direct.options import Options as DirectOptions
from hw.frame.options import SOFT
from hw.frame.ports import core_ports
from hw.layered.core import LayeredCore
from hw.layered.options import Options as LayeredOptions
from hw.min_sum.arithmetic import MinSum
from hw.min_sum.channel_word import ChannelWord
from toy_chain.options import Options
from toy_chain.spec import ChainSpec

SPENT = {"before": 7}
"""Iterations of the first decoder, which the second one's core returns with the frame."""


class Chain(wiring.Component):
    """Members: those of every core (:mod:`hw.frame.ports`), as the first decoder takes values.

    A frame goes from core to core in one beat, which is what picks the transmitted bits.
    """

    def __init__(self, spec: ChainSpec, options: Options, mark: Mapping[str, int] | None = None):
        self.spec, self.options = spec, options
        mark = dict(mark or {})
        whole = min(bits for bits in BEATS if bits >= spec.n_variables)
        streams = {"llrs_per_beat": options.llrs_per_beat, "bits_per_beat": whole}
        first = DirectOptions(**streams, decisions=SOFT)
        self.first = DirectDecoder(spec.first, first, mark)
        self.second = self._decoder(spec, options.bits_per_beat, mark | SPENT)
        self.format = replace(
            self.first.format, bits=spec.n_variables, bits_per_beat=options.bits_per_beat,
            soft_bits=0,
        )  # fmt: skip
        self.input_stage, self.value_of = self.first.input_stage, self.first.value_of
        super().__init__(core_ports(self.format))

    @staticmethod
    def _decoder(spec: ChainSpec, bits_per_beat: int, mark: Mapping[str, int]):
        streams = {"llrs_per_beat": spec.n, "bits_per_beat": bits_per_beat}
        if spec.second.flooding:
            return DirectDecoder(spec.second, DirectOptions(**streams), mark)
        arithmetic = MinSum(spec.second)
        options = LayeredOptions(**streams).resolved(arithmetic.job)
        return LayeredCore(arithmetic, options, mark)

    @property
    def latency_cycles(self) -> int:
        return self.first.latency_cycles + self.second.latency_cycles

    def cycles_per_frame(self, iterations: float) -> float:
        """``iterations`` of the chain, taken as those of each."""
        return max(core.cycles_per_frame(min(iterations, core_spec.iterations)) for core, core_spec
                   in ((self.first, self.spec.first), (self.second, self.spec.second)))  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        m.submodules.first, m.submodules.second = first, second = self.first, self.second
        wiring.connect(m, wiring.flipped(self.i), first.i)
        word, soft = ChannelWord(self.spec.second), first.o.payload.soft
        beat, answer = second.i.payload, second.o.payload
        for value, variable in zip(beat.values, self.spec.second.transmitted, strict=True):
            m.d.comb += value.eq(word.saturated(soft[int(variable)]))
        m.d.comb += [
            self.due.eq(first.due),
            self.room.eq(first.room),
            beat.mark.eq(first.o.payload.mark),
            beat.mark.before.eq(first.o.payload.status.iterations),
            second.i.valid.eq(first.o.valid),
            first.o.ready.eq(second.i.ready),
            self.o.payload.bits.eq(answer.bits),
            self.o.payload.last.eq(answer.last),
            self.o.payload.mark.eq(answer.mark),
            self.o.payload.status.decoded.eq(answer.status.decoded),
            self.o.payload.status.iterations.eq(answer.status.iterations + answer.mark.before),
            self.o.valid.eq(second.o.valid),
            second.o.ready.eq(self.o.ready),
        ]
        return m
