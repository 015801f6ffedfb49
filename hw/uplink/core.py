# amaranth: UnusedElaboratable=no
# Rates are asked of cores that nobody elaborates.
"""Detector and decoder as one core: blocks of received vectors in, codewords of the users out."""

from collections.abc import Mapping
from dataclasses import replace

from amaranth.hdl import Module, Value
from amaranth.lib import wiring

from hw.frame.collect import IN_ORDER
from hw.frame.cores import all_of
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import SKID
from hw.layered.core import LayeredCore
from hw.lib.pass_through import pass_through
from hw.mimo_detector.detector import Detector
from hw.mimo_detector.geometry import Geometry
from hw.min_sum.arithmetic import MinSum
from hw.uplink.answers import Answers
from hw.uplink.block_input import BlockInput
from hw.uplink.deinterleaver import Deinterleaver
from hw.uplink.options import Options
from quant.uplink.spec import UplinkSpec

_MOST_VALUES, _MOST_CORES = 16, 16


class Uplink(wiring.Component):
    """An uplink for one spec and its build options.

    Members: those of every core (:mod:`hw.frame.ports`), and the detector's ``side_ports``. A frame
    is a block: its received vectors one after the other, as :class:`hw.mimo_detector.Detector` has
    them, each in whole beats. The answer has for each user the bits of its codeword, then a beat
    with ``decoded`` in bit 0 and ``iterations`` in bits 1 to 7. All vectors of a block meet the
    same channel: one that is ready comes into service between two blocks. The status is
    ``channel``, its number, and ``saturated`` of any of the vectors.
    """

    input_stage = SKID

    def __init__(
        self, spec: UplinkSpec, options: Options, mark: Mapping[str, int] | None = None
    ):
        self.spec = spec
        self.detector = Detector(
            Geometry(spec.detector, options.detector), mark, block_vectors=spec.vectors
        )
        vector = self.detector.format
        self.block_cycles = spec.vectors * self.detector.geometry.period
        self.decoder, cores = self._decoder(options, vector.user)
        self.options = replace(options, cores=cores)
        codeword = self.decoder.format
        self.deinterleaver = Deinterleaver(spec, vector, codeword, self.detector.vectors_inside)
        beats = codeword.output_beats + 1
        self.format = FrameFormat(
            values=spec.vectors * vector.input_beats * vector.values_per_beat,
            values_per_beat=vector.values_per_beat,
            value_bits=vector.value_bits,
            bits=spec.users * beats * codeword.bits_per_beat,
            bits_per_beat=codeword.bits_per_beat,
            status=vector.status,
            mark=vector.mark,
        )
        self.side_ports = self.detector.side_ports
        super().__init__(core_ports(self.format) | self.side_ports)

    def _decoder(self, options: Options, mark: Mapping[str, int]):
        """As many decoders as keep up with the detector, if that many may be: all, and how many."""
        spec = self.spec
        arithmetic = MinSum(spec.decoder, options.target)
        values = 1
        while (
            values < _MOST_VALUES and spec.vectors % (2 * values) == 0
            and spec.decoder.n // values * spec.users > self.block_cycles
        ):  # fmt: skip
            values *= 2
        for cores in range(options.cores or 1, (options.cores or _MOST_CORES) + 1):
            chosen = options.decoder(values, cores).resolved(arithmetic.job)
            decoder = all_of(
                [LayeredCore(arithmetic, chosen, mark) for _ in range(cores)], IN_ORDER
            )
            needs = decoder.cycles_per_frame(spec.decoder.most_iterations)
            if spec.users * needs <= self.block_cycles:
                break
        return decoder, cores

    def value_of(self, m: Module, byte: Value) -> Value:
        """A byte as the stream has it."""
        return byte

    def codeword_cycles(self, iterations: float) -> float:
        """From codeword to codeword while the detector has vectors."""
        codeword = self.decoder.cycles_per_frame(iterations)
        return max(codeword, self.deinterleaver.cycles_per_codeword)

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from block to block at full speed."""
        return max(self.block_cycles, self.spec.users * self.codeword_cycles(iterations) + 4)

    @property
    def latency_cycles(self) -> int:
        codewords = self.spec.users * self.codeword_cycles(self.spec.decoder.most_iterations)
        own = self.deinterleaver.cycles_per_codeword + self.spec.users + 32
        return int(self.detector.latency_cycles + codewords + self.decoder.latency_cycles + own)

    def elaborate(self, platform):
        m = Module()
        spec, detector, decoder = self.spec, self.detector, self.decoder
        m.submodules.detector, m.submodules.decoder = detector, decoder
        m.submodules.blocks = blocks = BlockInput(self.format, detector.format, spec.vectors)
        m.submodules.deinterleaver = deinterleaver = self.deinterleaver
        m.submodules.answers = answers = Answers(spec.users, decoder.format, self.format)
        wiring.connect(m, wiring.flipped(self.i), blocks.i)
        wiring.connect(m, blocks.o, detector.i)
        wiring.connect(m, detector.o, deinterleaver.i)
        wiring.connect(m, deinterleaver.o, decoder.i)
        wiring.connect(m, decoder.o, answers.i)
        wiring.connect(m, answers.o, wiring.flipped(self.o))
        m.d.comb += [
            blocks.vector_due.eq(detector.due),
            self.due.eq(blocks.due),
            self.room.eq(self.i.ready),
            detector.told.eq(blocks.told),
            detector.vectors.eq(blocks.vectors),
            deinterleaver.told.eq(blocks.told),
            deinterleaver.block.vectors.eq(blocks.vectors),
            deinterleaver.block.whole.eq(blocks.whole),
        ]
        pass_through(m, self, detector, self.side_ports)
        return m
