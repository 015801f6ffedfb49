"""Hard decisions of a finished frame, from memory words to the output stream."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import BlockMemory
from hw.lib.packer import Packer, chunk_layout
from hw.lib.skid import SkidBuffer
from hw.lib.window import CircularWindow, SteppedWindow
from hw.qc_ldpc.gatherer import Gatherer
from hw.qc_ldpc.options import Options
from hw.qc_ldpc.program import Addressing, bits_for, final_exponents
from quant.spec import Spec


class Unloader(wiring.Component):
    """Reads a region of the hard-decision memory column by column and packs it into beats.

    Members
    -------
    start : a finished frame waits in ``region``; held until ``done``
    frame : only in lock-step: its place there, one-hot
    done : its last beat was accepted a cycle ago
    address, word : read port of the hard-decision memory
    o : beats of ``bits_per_beat`` hard decisions in graph order

    Attributes
    ----------
    cycles_per_frame : at most, from ``start`` to ``done``, while no beat is held up
    """

    def __init__(self, spec: Spec, options: Options, addressing: Addressing):
        self.spec, self.options, self.addressing = spec, options, addressing
        self.chunk_bits = min(options.bits_per_beat, spec.code.lifting_size)
        self.gatherer = Gatherer(addressing) if addressing.frames > 1 else None
        depth = options.output_regions << addressing.hard_bits
        beat = data.StructLayout({"bits": options.bits_per_beat, "last": 1})
        super().__init__(
            {
                "start": In(1),
                "region": In(bits_for(options.output_regions)),
                "done": Out(1),
                "address": Out(bits_for(depth)),
                "word": In(spec.code.lifting_size),
                "o": Out(stream.Signature(beat)),
            }
            | ({"frame": In(addressing.frames)} if self.gatherer else {})
        )

    @property
    def cycles_per_frame(self) -> int:
        # Per column its chunks, but no faster than its fetch; then the way to the last beat.
        fetch = BlockMemory.latency_cycles + 1
        if self.gatherer:
            fetch = self.gatherer.cycles_per_column
        chunks = -(-self.spec.code.lifting_size // self.options.bits_per_beat)
        fill = fetch + CircularWindow.latency_cycles + 5
        return self.spec.code.columns * max(chunks, fetch) + fill

    def elaborate(self, platform):
        m = Module()
        spec, z, chunk = self.spec, self.spec.code.lifting_size, self.chunk_bits
        columns, chunks = spec.code.columns, -(-z // chunk)
        last_bits = z - (chunks - 1) * chunk
        kind = SteppedWindow if self.gatherer else CircularWindow
        m.submodules.window = window = kind(z, chunk)
        m.submodules.skid = skid = SkidBuffer(chunk_layout(chunk))
        m.submodules.packer = packer = Packer(chunk, self.options.bits_per_beat, self._levels())
        wiring.connect(m, skid.o, packer.i)
        wiring.connect(m, packer.o, wiring.flipped(self.o))
        m.d.sync += self.done.eq(self.o.valid & self.o.ready & self.o.payload.last)
        advance, take, fetched = Signal(), Signal(), Signal()
        if self.gatherer:
            next_word, next_offset, next_final = self._gather(m, take, fetched)
        else:
            fetch = self._fetch(m, take, fetched)
            # What comes next is looked up before it is needed.
            finals = final_exponents(self.addressing.lifted)
            offsets = Array(Const(-p % z, bits_for(z)) for p in finals)
            next_word = self.word
            next_offset, next_final = Signal(bits_for(z), reset_less=True), Signal()
            m.d.sync += [next_offset.eq(offsets[fetch]), next_final.eq(fetch == columns - 1)]

        # Send: chunks of the column in hand.
        word = Signal(z, reset_less=True)
        offset = Signal(bits_for(z), reset_less=True)
        number = Signal(bits_for(chunks), reset_less=True)
        sending, last_chunk, final_column = Signal(), Signal(), Signal()
        m.d.comb += take.eq(fetched & (~sending | (advance & last_chunk)))
        with m.If(take):
            m.d.sync += [
                word.eq(next_word),
                offset.eq(next_offset),
                number.eq(0),
                sending.eq(1),
                last_chunk.eq(chunks == 1),
                final_column.eq(next_final),
            ]
        with m.Elif(advance & sending):
            past = offset >= z - chunk
            m.d.sync += [
                offset.eq(Mux(past, offset - (z - chunk), offset + chunk)),
                number.eq(number + 1),
                sending.eq(~last_chunk),
                last_chunk.eq(number == chunks - 2 if chunks > 1 else 1),
            ]
        tail = data.StructLayout({"valid": 1, "short": 1, "last": 1})
        tail1, tail2 = Signal(tail), Signal(tail)
        with m.If(advance):
            m.d.sync += [
                tail1.valid.eq(sending),
                tail1.short.eq(last_chunk),
                tail1.last.eq(last_chunk & final_column),
                tail2.eq(tail1),
            ]
        kept = Mux(tail2.short, Const((1 << last_bits) - 1, chunk), Const((1 << chunk) - 1, chunk))
        m.d.comb += [
            advance.eq(~tail2.valid | skid.i.ready),
            window.word.eq(word),
            window.number.eq(number) if self.gatherer else window.offset.eq(offset),
            window.advance.eq(advance),
            skid.i.valid.eq(tail2.valid),
            skid.i.payload.bits.eq(window.o & kept),
            skid.i.payload.count.eq(Mux(tail2.short, last_bits, chunk)),
            skid.i.payload.last.eq(tail2.last),
        ]
        return m

    def _gather(self, m: Module, take, fetched):
        """Lock-step: the next column in natural order, an offset of 0, and whether it is final."""
        m.submodules.gatherer = gatherer = self.gatherer
        running = Signal()
        m.d.sync += running.eq(self.start & ~self.done)
        m.d.comb += [
            gatherer.run.eq(running & ~self.done),
            gatherer.frame.eq(self.frame),
            gatherer.words.eq(self.word),
            gatherer.take.eq(take),
            fetched.eq(gatherer.fetched),
            self.address.eq(Cat(gatherer.address, self.region)),
        ]
        return gatherer.word, Const(0, 1), gatherer.final

    def _fetch(self, m: Module, take, fetched) -> Signal:
        """Count the columns: the next one's word waits at the memory's output (``fetched``)."""
        columns, latency = self.spec.code.columns, BlockMemory.latency_cycles
        fetch = Signal(range(columns + 1))
        settle = Signal(range(latency + 1), init=latency)
        running = Signal()  # ``start``, a register on so that its look-up ends there
        m.d.sync += running.eq(self.start & ~self.done)
        m.d.comb += self.address.eq(Cat(fetch[: self.addressing.hard_bits], self.region))
        m.d.sync += fetched.eq((fetch != columns) & (settle <= 1))
        with m.If(~running | self.done):
            m.d.sync += [fetch.eq(0), settle.eq(latency), fetched.eq(0)]
        with m.Elif(take):
            m.d.sync += [fetch.eq(fetch + 1), settle.eq(latency), fetched.eq(0)]
        with m.Elif(settle != 0):
            m.d.sync += settle.eq(settle - 1)
        return fetch

    def _levels(self) -> set[int]:
        """Bits of a beat that may be there when a chunk comes."""
        z, beat = self.spec.code.lifting_size, self.options.bits_per_beat
        columns, positions = range(self.spec.code.columns), range(0, z, self.chunk_bits)
        return {(column * z + position) % beat for column in columns for position in positions}
