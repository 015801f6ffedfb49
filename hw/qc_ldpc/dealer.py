"""In lock-step: a column of one frame, dealt out to the words in which its lanes are decoded."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.memory import Rom
from hw.lib.reduce import picked
from hw.lib.rotator import Rotator
from hw.lib.shift_plan import ShiftPlan
from hw.qc_ldpc.channel_word import ChannelWord
from hw.qc_ldpc.options import Options
from hw.qc_ldpc.program import Addressing, bits_for
from quant.spec import Spec


class Dealer(wiring.Component):
    """Writes the words (n, 0), (n, 1), ... of a frame, each with every ``frames``-th lane.

    What the rotator would do to a word for its first layer is done to it here, on a word of one
    frame, but for the last stage: behind the others channel words join for nothing.

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
        self._way = Rom.latency_cycles + Rotator.latency_of(self.ring, open_stage=True)
        self.latency_cycles = self.frames + self._way + 1
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
        part, index = Signal(frames), Signal(bits)  # one-hot, none while there is nothing to deal
        dealing = Signal()
        m.d.sync += [part.eq(part << 1), dealing.eq(dealing & ~part[-1])]
        with m.If(dealing):
            m.d.sync += index.eq(index + 1)
        with m.If(self.write):
            m.d.sync += [
                held.eq(self.word),
                to.region.eq(region),
                to.frame.eq(self.frame),
                to.last.eq(self.loaded),
                part.eq(1),
                dealing.eq(1),
            ]
            with m.If(column == 0):
                m.d.sync += index.eq(0)

        # The word is picked; it waits for the table that says how far it is turned.
        columns = [column * frames + number
                   for column in self.addressing.loaded_columns for number in range(frames)]
        plan = ShiftPlan(ring)
        m.submodules.turns = turns = Rom(
            bits_for(ring), [plan.controls(self.addressing.turned(c)) for c in columns]
        )
        lane_bits = Shape.cast(self.w_data.shape().elem_shape).width
        m.submodules.rotator = rotator = Rotator(plan, lane_bits, open_stage=True)
        word = Signal(self.w_data.shape(), reset_less=True)
        for lane in range(ring):
            parts = [held[frames * lane + number] for number in range(frames)]
            m.d.sync += word[lane].eq(picked(parts, part))
        early = delayed(m, word, Rom.latency_cycles - 1, "early")
        m.d.comb += [
            turns.addr.eq(index),
            rotator.i.eq(early),
            rotator.shift.eq(turns.data),
            self.w_data.eq(rotator.o),
        ]
        wait = self._way - 1
        enable = delayed(m, Mux(dealing, 1 << to.frame, 0), wait, "enable", reset=True)
        full = part[-1] & to.last & (to.frame == frames - 1)
        m.d.sync += [
            self.w_en.eq(enable),
            self.w_addr.eq(delayed(m, Cat(index, to.region), wait, "to")),
            self.dealt.eq(delayed(m, full, wait, "full", reset=True)),
        ]
        return m
