"""Bits of finished vectors: from the end of the chain to the output stream."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import BlockMemory
from hw.mimo_array.counter import WindowCounter
from hw.mimo_array.geometry import CELL_VALUES, CELLS_PER_WORD, GROUP, ceil_log2
from hw.mimo_array.stage import Stage
from hw.mimo_array.timing import regions
from hw.precoder.geometry import Geometry
from hw.precoder.timing import Timing

WORD_BITS = CELLS_PER_WORD * CELL_VALUES


class Collector(wiring.Component):
    """Writes whole vectors into a ring of regions and sends them in order.

    Members
    -------
    signs : bytes from the chain, the last cell's first
    valid : of each slot: it holds a vector
    finished, finished_slot : strobe, a vector of this slot begins to leave the chain
    begun : strobe, the next vector is about to be sent
    sent : strobe, a vector's last beat has gone
    o : beats of 32 bits (two an antenna, real part's first), or of 4 antennas' int16 pairs
    """

    def __init__(self, geometry: Geometry, timing: Timing, stage: Stage):
        self.geometry, self.timing, self.stage = geometry, timing, stage
        self.regions = regions(timing)
        beat = data.StructLayout({"bits": beat_bits(geometry), "last": 1})
        super().__init__(
            {
                "signs": In(CELL_VALUES),
                "valid": In(timing.slots),
                "finished": Out(1),
                "finished_slot": Out(range(timing.slots)),
                "begun": Out(1),
                "sent": Out(1),
                "o": Out(stream.Signature(beat)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        words = 1 << ceil_log2(g.words)
        m.submodules.memory = memory = BlockMemory(WORD_BITS, self.regions * words)
        collected = self._collect(m, memory)
        self._send(m, memory, collected)
        return m

    def _collect(self, m: Module, memory: BlockMemory):
        """Four bytes a word; returns a strobe for each vector that is complete in memory."""
        g, timing = self.geometry, self.timing
        counter = WindowCounter(g, timing, self.stage, timing.bits_out - 1)
        m.submodules.counter = counter
        begins, busy, fresh = Signal(), Signal(), Signal()
        cell = Signal(range(g.cells))
        signs = Signal.like(self.signs, reset_less=True)
        last_round = counter.round_ == self.stage.final
        m.d.sync += [
            begins.eq((counter.cycle == 0) & last_round & Array(self.valid)[counter.slot]),
            self.finished_slot.eq(counter.slot),
        ]
        m.d.comb += self.finished.eq(begins)
        m.d.sync += [signs.eq(self.signs), fresh.eq(begins), cell.eq(cell - 1)]
        with m.If(begins):
            m.d.sync += [cell.eq(g.cells - 1), busy.eq(1)]
        with m.Elif(cell == 0):
            m.d.sync += busy.eq(0)
        word, number = Signal(WORD_BITS), Signal(range(g.words))
        writes, complete, collected = Signal(), Signal(), Signal()
        region = Signal(range(self.regions))
        m.d.sync += collected.eq(complete)
        m.d.sync += [
            word.eq(Cat(signs, Mux(fresh, 0, word[: WORD_BITS - CELL_VALUES]))),
            number.eq(cell >> ceil_log2(CELLS_PER_WORD)),
            writes.eq(busy & (cell[: ceil_log2(CELLS_PER_WORD)] == 0)),
            complete.eq(busy & (cell == 0)),
        ]
        with m.If(complete):
            m.d.sync += region.eq(region + 1)
        places = [number] if g.words > 1 else []
        m.d.comb += [
            memory.w_en.eq(writes),
            memory.w_addr.eq(Cat(*places, region)),
            memory.w_data.eq(word),
        ]
        return collected

    def _send(self, m: Module, memory: BlockMemory, collected) -> None:
        g = self.geometry
        waiting, available = Signal(range(self.regions + 1)), Signal()
        region, number = Signal(range(self.regions)), Signal(range(g.words))
        last = number == g.words - 1
        fetching = Signal(range(BlockMemory.latency_cycles + 1))
        # Known a cycle ahead: what a fetch sets off goes far.
        ready, first = Signal(), Signal(init=1)
        places = [number] if g.words > 1 else []
        m.d.comb += memory.r_addr.eq(Cat(*places, region))

        # A word is offered a cycle after it came: what goes with it is far away.
        word, held, offered = Signal(WORD_BITS, reset_less=True), Signal(), Signal()
        final = Signal()
        beats = _beats(g, word)
        beat = Signal(range(len(beats)))
        filled = (g.cells - 1) % CELLS_PER_WORD if len(beats) > 1 else 0
        ends = beat == Mux(final, filled, len(beats) - 1)
        gone, free, fetched = Signal(), Signal(), Signal()
        m.d.comb += [
            self.o.valid.eq(held & offered),
            self.o.payload.bits.eq(Array(beats)[beat] if len(beats) > 1 else beats[0]),
            self.o.payload.last.eq(final & ends),
            gone.eq(self.o.valid & self.o.ready),
            free.eq(~held | (gone & ends)),
            fetched.eq(free & ready),
            self.sent.eq(gone & self.o.payload.last),
        ]
        with m.If(gone):
            m.d.sync += beat.eq(Mux(ends, 0, beat + 1))
        m.d.sync += offered.eq(held & ~fetched)
        with m.If(fetched):
            m.d.sync += [
                word.eq(memory.r_data),
                final.eq(last),
                held.eq(1),
                number.eq(Mux(last, 0, number + 1)),
                first.eq(last),
                fetching.eq(0),
                ready.eq(0),
            ]
            with m.If(last):
                m.d.sync += region.eq(region + 1)
        with m.Else():
            with m.If(free):
                m.d.sync += held.eq(0)
            with m.If(fetching != BlockMemory.latency_cycles):
                m.d.sync += fetching.eq(fetching + available)
            with m.Else():
                m.d.sync += ready.eq(available)
        # Two cycles late, while the next word is being fetched.
        took = Signal()
        m.d.comb += self.begun.eq(fetched & first)
        m.d.sync += [
            took.eq(fetched & last),
            waiting.eq(waiting + collected - took),
            available.eq(waiting != 0),
        ]


def beat_bits(g: Geometry) -> int:
    """Width of an output beat."""
    return WORD_BITS if g.options.output == "bits" else 32 * GROUP


def _beats(g: Geometry, word) -> list:
    """The beats of a memory word."""
    if g.options.output == "bits":
        return [word]
    amplitude = g.options.amplitude
    beats = []
    for cell in range(CELLS_PER_WORD):
        bits = word.word_select(cell, CELL_VALUES)
        levels = [Mux(bit, Const(-amplitude, 16), Const(amplitude, 16))[:16] for bit in bits]
        beats.append(Cat(*levels))
    return beats
