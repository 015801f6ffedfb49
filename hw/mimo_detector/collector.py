"""Results of finished vectors: from the users' units to the output stream."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import BlockMemory
from hw.lib.queue import MemoryQueue
from hw.mimo_array.geometry import ceil_log2
from hw.mimo_array.timing import regions
from hw.mimo_detector.geometry import FETCH_CYCLES, Geometry
from hw.mimo_detector.timing import Timing
from hw.mimo_detector.words import result_bits, result_bytes


class Collector(wiring.Component):
    """Writes whole vectors into a ring of regions and sends them in order.

    Members
    -------
    results, result, finished, saturated : from the engine
    begun : strobe, the next vector is about to be sent; ``of_saturated`` is its own from then on
    sent : strobe, a vector's last beat has gone
    o : beats of a user, a byte for each LLR (real part's first), or one for its symbol
    """

    def __init__(self, geometry: Geometry, timing: Timing):
        self.geometry, self.timing = geometry, timing
        g = geometry
        self.regions = regions(timing)
        self.word = data.ArrayLayout(data.ArrayLayout(result_bits(g), 2), g.units)
        beat = data.StructLayout({"bits": 8 * g.user_bytes, "last": 1})
        super().__init__(
            {
                "results": In(self.word),
                "result": In(1),
                "finished": In(1),
                "saturated": In(1),
                "begun": Out(1),
                "of_saturated": Out(1),
                "sent": Out(1),
                "o": Out(stream.Signature(beat)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        memory = BlockMemory(self.word, self.regions * g.words_depth)
        m.submodules.memory = memory
        m.submodules.flags = flags = MemoryQueue(1, self.regions)
        place_width = ceil_log2(g.words_depth)
        region, place = Signal(range(self.regions)), Signal(range(g.words_depth))
        m.d.comb += [
            memory.w_en.eq(self.result),
            memory.w_addr.eq(place | (region << place_width)),
            memory.w_data.eq(self.results),
            flags.put.eq(self.finished),
            flags.i.eq(self.saturated),
        ]
        with m.If(self.result):
            m.d.sync += place.eq(Mux(self.finished, 0, place + 1))
        with m.If(self.finished):
            m.d.sync += region.eq(region + 1)
        self._send(m, memory, flags)
        return m

    def _send(self, m: Module, memory: BlockMemory, flags: MemoryQueue) -> None:
        g = self.geometry
        places = g.word_places
        number, region = Signal(range(len(places))), Signal(range(self.regions))
        waiting = Signal(range(self.regions + 1))
        left = Signal(g.units)  # a bit for each user of the word that has not gone
        word = Signal(self.word, reset_less=True)
        wait = Signal(range(FETCH_CYCLES))
        address = Array(place for place, _ in places)[number]
        last_word, ends_word, gone = Signal(), Signal(), Signal()
        m.d.sync += last_word.eq(number == len(places) - 1)
        of_saturated = Signal()
        m.d.comb += [
            memory.r_addr.eq(address | (region << ceil_log2(g.words_depth))),
            self.o.payload.bits.eq(Cat(*map(_byte, result_bytes(g, word[0])))
                                   if g.options.output == "llrs"
                                   else Cat(word[0][0], word[0][1])),
            self.o.valid.eq(left[0]),
            ends_word.eq(left[0] & ~left[1] if g.units > 1 else left[0]),
            self.o.payload.last.eq(ends_word & last_word),
            gone.eq(self.o.valid & self.o.ready),
            self.sent.eq(gone & self.o.payload.last),
            self.of_saturated.eq(of_saturated),
            flags.take.eq(self.begun),
        ]
        width = len(word[0].as_value())
        # The last cycle of the wait is known before: what it begins is in several places.
        fetched, waits = Signal(), Signal()
        m.d.comb += waits.eq(~left[0] & (wait != FETCH_CYCLES - 1)
                             & ((waiting != 0) | (number != 0)))  # fmt: skip
        with m.If(gone):
            m.d.sync += [word.eq(word.as_value() >> width), left.eq(left >> 1)]
        with m.If(gone & ends_word):
            m.d.sync += [number.eq(Mux(last_word, 0, number + 1)), wait.eq(0)]
            with m.If(last_word):
                m.d.sync += region.eq(region + 1)
        with m.Elif(waits):
            m.d.sync += wait.eq(wait + 1)
        with m.Elif(fetched):
            users = Array((1 << n) - 1 for _, n in places)[number]
            m.d.sync += [word.eq(memory.r_data), left.eq(users)]
        ends = waits & (wait == FETCH_CYCLES - 2)
        m.d.sync += [fetched.eq(ends), self.begun.eq(ends & (number == 0))]
        with m.If(self.begun):
            m.d.sync += of_saturated.eq(flags.o)
        m.d.sync += waiting.eq(waiting + self.finished - self.begun)


def _byte(value):
    """A signed value in a byte."""
    return Cat(value, value[-1].replicate(8 - len(value))) if len(value) < 8 else value
