"""In lock-step: a column of one frame, dealt out to the words in which its lanes are decoded."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.rotator import moved
from hw.qc_ldpc.channel_word import ChannelWord
from hw.qc_ldpc.options import Options
from hw.qc_ldpc.program import Addressing, bits_for
from quant.spec import Spec


class Dealer(wiring.Component):
    """Writes the words (n, 0), (n, 1), ... of a frame, each with every ``frames``-th lane.

    What the rotator's highest stage would do to a word for its first layer is done to it here, on a
    word of one frame: behind that stage channel words join the others for nothing.

    Members
    -------
    write, address, word, frame : column of Z lanes, as the loader writes it, and its frame's place;
        the next comes ``frames`` cycles later at the earliest
    loaded : with ``write``, the frame's last column
    w_en, w_addr, w_data : write port of the channel memory, one enable for each frame's lanes
    dealt : strobe, the group's last frame has been written

    Attributes
    ----------
    latency_cycles : from ``loaded`` to ``dealt``
    """

    def __init__(self, spec: Spec, options: Options, addressing: Addressing):
        self.addressing, self.frames = addressing, addressing.frames
        self.ring = addressing.lifted.code.lifting_size
        self.latency_cycles = self.frames + 3
        lane = ChannelWord(spec).bits
        address = bits_for(options.input_regions) + addressing.channel_bits
        super().__init__(
            {
                "write": In(1),
                "address": In(address),
                "word": In(data.ArrayLayout(lane, spec.code.lifting_size)),
                "frame": In(bits_for(self.frames)),
                "loaded": In(1),
                "w_en": Out(self.frames),
                "w_addr": Out(address),
                "w_data": Out(data.ArrayLayout(lane, self.ring)),
                "dealt": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        frames, ring, bits = self.frames, self.ring, self.addressing.channel_bits
        column, region = self.address[:bits], self.address[bits:]
        held = Signal(self.word.shape(), reset_less=True)
        to = Signal(
            data.StructLayout({"region": len(region), "frame": self.frame.shape(), "last": 1}),
            reset_less=True,
        )
        turns = Signal(frames, reset_less=True)
        dealing, part, index = Signal(), Signal(range(frames)), Signal(bits)
        ends = Signal()
        m.d.comb += ends.eq(dealing & (part == frames - 1))
        with m.If(dealing):
            m.d.sync += [part.eq(Mux(ends, 0, part + 1)), dealing.eq(~ends), index.eq(index + 1)]
        with m.If(self.write):
            m.d.sync += [
                held.eq(self.word),
                to.region.eq(region),
                to.frame.eq(self.frame),
                to.last.eq(self.loaded),
                turns.eq(Array(self._turns())[column]),
                dealing.eq(1),
                part.eq(0),
            ]
            with m.If(column == 0):
                m.d.sync += index.eq(0)

        # The word is picked, then turned.
        picked, turned = Signal.like(self.w_data, reset_less=True), Signal()
        lanes = [
            Array(held[part_ + frames * lane] for part_ in range(frames))[part]
            for lane in range(ring)
        ]
        m.d.sync += [picked.eq(Cat(*lanes)), turned.eq(turns.bit_select(part, 1))]
        step = 1 << self.addressing.channel_shift_bits
        for lane in range(ring):
            other = picked[moved(lane, step, ring)]
            m.d.sync += self.w_data[lane].eq(Mux(turned, other, picked[lane]))
        enable = delayed(m, Mux(dealing, 1 << to.frame, 0), 1, "enable", reset=True)
        full = ends & to.last & (to.frame == frames - 1)
        m.d.sync += [
            self.w_en.eq(enable),
            self.w_addr.eq(delayed(m, Cat(index, to.region), 1, "to")),
            self.dealt.eq(delayed(m, full, 1, "full", reset=True)),
        ]
        return m

    def _turns(self) -> list[Const]:
        """Per loaded column a bit for each of its words: it is turned."""
        addressing, frames = self.addressing, self.frames
        masks = [
            sum(bool(addressing.turned(column * frames + part)) << part for part in range(frames))
            for column in addressing.loaded_columns
        ]
        return [Const(mask, frames) for mask in masks]
