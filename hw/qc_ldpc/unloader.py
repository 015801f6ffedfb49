"""Hard decisions of a finished frame, from memory words to the output stream."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.packer import Packer
from hw.lib.window import CircularWindow, SteppedWindow
from hw.lib.window_memory import WindowMemory, pieces_of
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
    piece, advance : not in lock-step: of :class:`hw.lib.window_memory.WindowMemory`
    o : beats of ``bits_per_beat`` hard decisions in graph order

    Attributes
    ----------
    cycles_per_frame : at most, from ``start`` to ``done``, while no beat is held up
    """

    def __init__(self, spec: Spec, options: Options, addressing: Addressing):
        self.spec, self.options, self.addressing = spec, options, addressing
        z, depth = spec.code.lifting_size, options.output_regions << addressing.hard_bits
        self.chunk_bits = min(options.bits_per_beat, z)
        self.chunks = -(-z // self.chunk_bits)
        self.gatherer = Gatherer(addressing) if addressing.frames > 1 else None
        if self.gatherer:
            members = {"frame": In(addressing.frames), "word": In(z)}
        else:
            self.piece_bits, self.pieces = pieces_of(z, self.chunk_bits)
            members = {
                "piece": Out(bits_for(self.pieces)),
                "advance": Out(1),
                "word": In(2 * self.piece_bits),
            }
        beat = data.StructLayout({"bits": options.bits_per_beat, "last": 1})
        super().__init__(
            {
                "start": In(1),
                "region": In(bits_for(options.output_regions)),
                "done": Out(1),
                "address": Out(bits_for(depth)),
                "o": Out(stream.Signature(beat)),
            }
            | members
        )

    @property
    def cycles_per_frame(self) -> int:
        if self.gatherer:
            # Per column its chunks, but no faster than its fetch; then the way to the last beat.
            fetch = self.gatherer.cycles_per_column
            return self.spec.code.columns * max(self.chunks, fetch) + fetch + self._way + 5
        return self.spec.code.columns * self.chunks + self._way + 5

    @property
    def _way(self) -> int:
        """Advancing cycles from a chunk's address to the packer."""
        if self.gatherer:
            return SteppedWindow.latency_cycles
        return WindowMemory.latency_cycles + CircularWindow.latency_cycles

    def elaborate(self, platform):
        m = Module()
        chunk = self.chunk_bits
        last_bits = self.spec.code.lifting_size - (self.chunks - 1) * chunk
        m.submodules.packer = packer = Packer(chunk, self.options.bits_per_beat, self._levels())
        wiring.connect(m, packer.o, wiring.flipped(self.o))
        m.d.sync += self.done.eq(self.o.valid & self.o.ready & self.o.payload.last)
        running, advance = Signal(), Signal()
        m.d.sync += running.eq(self.start & ~self.done)

        due = Signal(data.StructLayout({"valid": 1, "short": 1, "last": 1}))
        source = self._gather if self.gatherer else self._read
        bits = source(m, running, advance, due)
        tail = due
        for stage in range(self._way):
            before, tail = tail, Signal(due.shape(), name=f"tail{stage}")
            with m.If(advance):
                m.d.sync += tail.eq(before)
        kept = Mux(tail.short, Const((1 << last_bits) - 1, chunk), Const((1 << chunk) - 1, chunk))
        m.d.comb += [
            advance.eq(~tail.valid | packer.i.ready),
            packer.i.valid.eq(tail.valid),
            packer.i.payload.bits.eq(bits & kept),
            packer.i.payload.count.eq(Mux(tail.short, last_bits, chunk)),
            packer.i.payload.last.eq(tail.last),
        ]
        return m

    def _read(self, m: Module, running, advance, due) -> Signal:
        """Chunks straight from the memory: each is looked up where it begins in its column."""
        z, columns = self.spec.code.lifting_size, self.spec.code.columns
        chunk, chunks = self.chunk_bits, self.chunks
        starts = [-exponent % z for exponent in final_exponents(self.addressing.lifted)]
        # Reset while nothing is sent: by a register, with no look-up table on the way.
        stopped = Signal(init=1)
        m.d.sync += stopped.eq(~self.start | self.done)
        column, number = (
            Signal(range(count), name=name, reset_less=True)
            for name, count in (("column", columns), ("number", chunks))
        )
        offset = Signal(range(z), init=starts[0], reset_less=True)
        last_chunk, finished = Signal(init=chunks == 1, reset_less=True), Signal(reset_less=True)
        next_start, final = Signal(range(z)), Signal()
        # Where the next column begins is looked up in advance, if there is time.
        domain = m.d.sync if chunks > 1 else m.d.comb
        domain += [
            next_start.eq(Array(starts[1:] + starts[:1])[column]),
            final.eq(column == columns - 1),
        ]
        # A window that reaches over the end of the column is followed by one in the first piece.
        # Tables, because an adder would be a carry chain.
        low = (self.piece_bits - 1).bit_length()
        inside, piece = offset[:low], offset[low:]
        past = offset.matches(*range(z - chunk, z))
        nexts = Array(range(1, self.pieces))
        beyond = Cat(inside - (z - chunk), Const(0, 1))[:low]
        following = Mux(past, beyond, Cat(inside, nexts[piece]))
        with m.If(stopped):
            m.d.sync += [
                column.eq(0),
                number.eq(0),
                offset.eq(starts[0]),
                last_chunk.eq(chunks == 1),
                finished.eq(0),
            ]
        with m.Elif(advance):
            m.d.sync += [
                number.eq(Mux(last_chunk, 0, number + 1)),
                last_chunk.eq(number == chunks - 2 if chunks > 1 else 1),
                finished.eq(finished | (last_chunk & final)),
                offset.eq(Mux(last_chunk, next_start, following)),
            ]
            with m.If(last_chunk):
                m.d.sync += column.eq(column + 1)
        address = Signal(self.addressing.hard_bits)
        m.submodules.window = window = CircularWindow(len(self.word), chunk)
        m.d.comb += [
            address.eq(column),
            due.valid.eq(running & ~finished),
            due.short.eq(last_chunk),
            due.last.eq(last_chunk & final),
            self.address.eq(Cat(address, self.region)),
            self.piece.eq(offset[low:]),
            self.advance.eq(advance),
            window.word.eq(self.word),
            window.advance.eq(advance),
        ]
        place = offset[: low + 1]
        for stage in range(WindowMemory.latency_cycles):
            before, place = place, Signal(low + 1, name=f"place{stage}", reset_less=True)
            with m.If(advance):
                m.d.sync += place.eq(before)
        m.d.comb += window.offset.eq(place)
        return window.o

    def _gather(self, m: Module, running, advance, due) -> Signal:
        """Lock-step: chunks of gathered columns, which are in natural order."""
        m.submodules.gatherer = gatherer = self.gatherer
        m.submodules.window = window = SteppedWindow(len(gatherer.word), self.chunk_bits)
        word, number = Signal.like(gatherer.word, reset_less=True), Signal.like(window.number)
        sending, last_chunk, final = Signal(), Signal(), Signal()
        m.d.comb += [
            gatherer.run.eq(running & ~self.done),
            gatherer.frame.eq(self.frame),
            gatherer.words.eq(self.word),
            gatherer.take.eq(gatherer.fetched & (~sending | (advance & last_chunk))),
            self.address.eq(Cat(gatherer.address, self.region)),
            window.word.eq(word),
            window.number.eq(number),
            window.advance.eq(advance),
            due.valid.eq(sending),
            due.short.eq(last_chunk),
            due.last.eq(last_chunk & final),
        ]
        with m.If(gatherer.take):
            m.d.sync += [
                word.eq(gatherer.word),
                number.eq(0),
                sending.eq(1),
                last_chunk.eq(self.chunks == 1),
                final.eq(gatherer.final),
            ]
        with m.Elif(advance & sending):
            m.d.sync += [
                number.eq(number + 1),
                sending.eq(~last_chunk),
                last_chunk.eq(number == self.chunks - 2 if self.chunks > 1 else 1),
            ]
        return window.o

    def _levels(self) -> set[int]:
        """Bits of a beat that may be there when a chunk comes, or at the frame's end."""
        z, beat = self.spec.code.lifting_size, self.options.bits_per_beat
        columns, positions = range(self.spec.code.columns), range(0, z, self.chunk_bits)
        starts = {(column * z + position) % beat for column in columns for position in positions}
        return starts | {self.spec.n_variables % beat}
