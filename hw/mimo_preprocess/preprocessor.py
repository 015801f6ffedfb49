"""Channels as they come, H and the noise power, to channels as the detector takes them."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import clip
from hw.lib.delay import delayed
from hw.lib.elastic import ElasticQueue
from hw.mimo_array.channel import channel_beat
from hw.mimo_array.channel_control import NUMBER_BITS
from hw.mimo_array.geometry import ArrayGeometry
from hw.mimo_preprocess.matrices import COMPLEX, Matrices
from hw.mimo_preprocess.products import Products
from hw.mimo_preprocess.scaling import Scaling, Wanted
from hw.mimo_preprocess.sequencer import Sequencer
from hw.mimo_preprocess.step import Result, Sizes
from quant.mimo_detector.preprocess import Formats
from quant.mimo_detector.spec import DetectorSpec

_MOST_BEGUN = 13
"""Codes that are begun and not taken yet; the queue has a place for each, and for two more."""


class Preprocessor(wiring.Component):
    """W and W0 of H and n0, as :mod:`quant.mimo_detector.preprocess` says; for one detector.

    A channel is computed while the detector serves the ones before. The next one is taken when all
    codes of this one are computed.

    Members
    -------
    i : H user by user, antenna by antenna, as :class:`hw.mimo_array.channel.ChannelMemory` takes
        it; then n0, mantissa in the place of the real part, exponent in that of the imaginary one
    o : H as it came, W, W0
    number : of channels in service
    saturated : of the channel in service: see the law

    Attributes
    ----------
    entries : beats of a channel at ``i``
    most_cycles : of a channel, from its first beat to its last at ``o``, if nothing waits
    """

    def __init__(self, spec: DetectorSpec, geometry: ArrayGeometry):
        self.sizes = sizes = Sizes(Formats(spec))
        self.entries = sizes.users * sizes.antennas + 1
        self.sequencer, self.scaling = Sequencer(sizes), Scaling(sizes)
        noise = (1 << sizes.formats.half_bits) + 4
        work = self.sequencer.most_cycles(self.scaling.most_cycles)
        self.most_cycles = self.entries + min(noise, sizes.formats.noise_bits + 4) + work
        beat = channel_beat(geometry)
        super().__init__(
            {
                "i": In(stream.Signature(beat)),
                "o": Out(stream.Signature(beat)),
                "number": In(NUMBER_BITS),
                "saturated": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        sizes = self.sizes
        m.submodules.matrices = matrices = Matrices(sizes)
        m.submodules.products = products = Products(sizes)
        m.submodules.scaling = scaling = self.scaling
        m.submodules.sequencer = sequencer = self.sequencer
        noise = self._load(m, matrices, sequencer)
        of_user = Signal(sizes.sum_bits - 1, reset_less=True)
        with m.If(sequencer.load_noise):
            m.d.sync += of_user.eq(noise)
        with m.Elif(sequencer.shift_noise):
            m.d.sync += of_user.eq(of_user << 2)
        real = Signal.like(scaling.found, reset_less=True)
        with m.If(sequencer.keep):
            m.d.sync += real.eq(scaling.found)
        pivot = sequencer.pivot
        number = products.done & (products.result == Result.NUMBER)
        m.d.comb += [
            matrices.step.eq(sequencer.step),
            products.valid.eq(sequencer.valid),
            products.step.eq(sequencer.step),
            *(getattr(products, name).eq(getattr(matrices, name))
              for name in ("left_h", "right_h", "first_a", "left_a", "left_x")),
            products.noise.eq(of_user),
            products.real.eq(real),
            matrices.k_write.eq(sequencer.power),
            matrices.k_user.eq(sequencer.user),
            matrices.k.eq(scaling.found),
            sequencer.k_of.eq(matrices.k_of),
            scaling.start.eq(pivot | number),
            scaling.number.eq(
                Mux(sequencer.wanted == Wanted.PIVOT, products.held, products.exact)
            ),
            scaling.wanted.eq(sequencer.wanted),
            scaling.noise.eq(noise),
            scaling.scale.eq(matrices.k_of),
            sequencer.scaled.eq(scaling.done),
        ]  # fmt: skip
        self._keep(m, matrices, products)
        self._send(m, matrices, products, sequencer)
        self._report(m, products, scaling, sequencer)
        return m

    def _load(self, m: Module, matrices: Matrices, sequencer: Sequencer) -> Signal:
        """H and n0 from their stream; n0."""
        sizes = self.sizes
        half, bits = sizes.formats.half_bits, sizes.formats.noise_bits
        user, antenna = Signal(sizes.user_bits), Signal(sizes.antenna_bits)
        noise, exponent = Signal(bits, reset_less=True), Signal(half, reset_less=True)
        open_, h_complete = Signal(), Signal()
        beat = self.i.payload
        taken = self.i.valid & open_
        ends = antenna == sizes.antennas - 1
        m.d.comb += [
            self.i.ready.eq(open_),
            matrices.h_write.eq(taken & ~beat.abort & ~h_complete),
            matrices.h_user.eq(user),
            matrices.h_antenna.eq(antenna),
            matrices.h_bits.eq(beat.bits),
        ]
        with m.FSM(name="load"):
            with m.State("take"):
                m.d.sync += open_.eq(1)
                with m.If(taken):
                    m.d.sync += antenna.eq(Mux(ends, 0, antenna + 1))
                    with m.If(ends):
                        m.d.sync += [
                            user.eq(Mux(user == sizes.users - 1, 0, user + 1)),
                            h_complete.eq(user == sizes.users - 1),
                        ]
                    with m.If(beat.abort):
                        m.d.sync += [antenna.eq(0), user.eq(0), h_complete.eq(0)]
                    with m.Elif(h_complete):
                        m.d.sync += [
                            noise.eq(beat.bits[:half]), exponent.eq(beat.bits[half:]),
                            antenna.eq(0), user.eq(0), h_complete.eq(0), open_.eq(0),
                        ]  # fmt: skip
                        m.next = "noise"
            with m.State("noise"):
                m.d.sync += [exponent.eq(exponent - 1), noise.eq(noise << 1)]
                with m.If((exponent == 0) | (noise == 0)):
                    m.d.sync += noise.eq(noise)
                    m.next = "begin"
                with m.Elif(noise[-1]):
                    m.d.sync += noise.eq(-1)
                    m.next = "begin"
            with m.State("begin"):
                m.d.comb += sequencer.start.eq(1)
                m.next = "compute"
            with m.State("compute"):
                with m.If(sequencer.finished):
                    m.next = "take"
        return noise

    def _keep(self, m: Module, matrices: Matrices, products: Products) -> None:
        """Results to their memories; across the diagonal a cycle later."""
        gram = products.result == Result.GRAM
        across = Signal()
        conjugated = Signal(COMPLEX, reset_less=True)
        row, column = Signal.like(products.row), Signal.like(products.column)
        m.d.sync += [
            across.eq(products.done & gram),
            conjugated.real.eq(products.value.real),
            conjugated.imaginary.eq(-products.value.imaginary),
            row.eq(products.column),
            column.eq(products.row),
        ]
        direct = products.done & (gram | (products.result == Result.A))
        m.d.comb += [
            matrices.a_write.eq(direct | across),
            matrices.a_row.eq(Mux(across, row, products.row)),
            matrices.a_column.eq(Mux(across, column, products.column)),
            matrices.a.eq(Mux(across, conjugated, products.value)),
            matrices.x_write.eq(products.done & (products.result == Result.X)),
            matrices.x_place.eq(products.antenna),
            matrices.x.eq(products.value),
        ]

    def _send(
        self, m: Module, matrices: Matrices, products: Products, sequencer: Sequencer
    ) -> None:
        """Codes through a queue that has a place for each that was begun."""
        half = self.sizes.formats.half_bits
        # Its ``room`` is not asked: the pipeline is too long for it.
        m.submodules.codes = queue = ElasticQueue(2 * half, 1)
        rest = Products.latency_cycles - Matrices.latency_cycles
        raw = delayed(m, matrices.raw, rest, "raw")
        is_raw = products.result == Result.RAW
        is_code = (products.result == Result.W) | (products.result == Result.W0)
        parts = Cat(clip(products.value[part], half) for part in ("real", "imaginary"))
        begun = Signal(range(_MOST_BEGUN + 4))
        begins = sequencer.valid & (
            (sequencer.step.result == Result.RAW) | (sequencer.step.result == Result.W)
            | (sequencer.step.result == Result.W0)
        )  # fmt: skip
        taken = self.o.valid & self.o.ready
        m.d.sync += begun.eq(begun + begins - taken)
        m.d.sync += [
            queue.put.eq(products.done & (is_raw | is_code)),
            queue.i.eq(Mux(is_raw, raw, parts)),
        ]
        m.d.comb += [
            # Two more may be begun before ``begun`` counts the last one.
            sequencer.room.eq(begun < _MOST_BEGUN - 1),
            self.o.payload.bits.eq(queue.o.payload),
            self.o.valid.eq(queue.o.valid),
            queue.o.ready.eq(self.o.ready),
        ]

    def _report(
        self, m: Module, products: Products, scaling: Scaling, sequencer: Sequencer
    ) -> None:
        """What has saturated, when the channel is in service."""
        found, waiting, reported = Signal(), Signal(), Signal()
        pending, seen = Signal(), Signal.like(self.number)
        switched = self.number != seen
        watched = (products.result == Result.A) | (products.result == Result.X)
        with m.If(sequencer.start):
            m.d.sync += found.eq(0)
        with m.Elif((products.done & watched & products.clipped) | scaling.saturated):
            m.d.sync += found.eq(1)
        # A small channel may be computed, and all of it wait in the queue, before that.
        with m.If(sequencer.finished):
            m.d.sync += [waiting.eq(found), pending.eq(1)]
        with m.Elif(switched):
            m.d.sync += pending.eq(0)
        m.d.comb += [
            sequencer.may_finish.eq(~pending),
            self.saturated.eq(Mux(switched, waiting, reported)),
        ]
        m.d.sync += [seen.eq(self.number), reported.eq(self.saturated)]
