# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Hard decisions of a finished frame, from memory words to the output stream."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.elastic import ElasticQueue
from hw.lib.packer import Packer
from hw.lib.table_walk import TableWalk
from hw.lib.window import CircularWindow, SteppedWindow
from hw.lib.window_memory import WindowMemory, pieces_of
from hw.qc_ldpc.windows import FrameWindows
from hw.qc_ldpc.gatherer import Gatherer
from hw.qc_ldpc.options import Options
from hw.qc_ldpc.program import Addressing, bits_for
from quant.spec import Spec


class Unloader(wiring.Component):
    """Reads a region of the hard-decision memory column by column and packs it into beats.

    Members
    -------
    start : a finished frame waits in ``region``; held until ``done``
    frame : only in lock-step: its place there, one-hot
    done : its last beat was accepted a cycle ago
    address, word : read port of the hard-decision memory
    piece : not in lock-step: of :class:`hw.lib.window_memory.WindowMemory`
    o : beats of ``bits_per_beat`` hard decisions in graph order

    Attributes
    ----------
    cycles_per_frame : at most, from ``start`` to ``done``, while no beat is held up
    """

    def __init__(self, spec: Spec, options: Options, addressing: Addressing):
        self.spec, self.options, self.addressing = spec, options, addressing
        z, depth = spec.code.lifting_size, options.output_regions << addressing.hard_bits
        if addressing.frames > 1:
            self.chunk_bits = min(options.bits_per_beat, z)
            self.chunks = -(-z // self.chunk_bits)
            self.gatherer = Gatherer(addressing)
            members = {"frame": In(addressing.frames), "word": In(z)}
        else:
            self.gatherer = None
            self.windows = FrameWindows(addressing, options.bits_per_beat)
            self.walk = TableWalk(self.windows.layout, self.windows.words)
            self.piece_bits, self.pieces = pieces_of(z, options.bits_per_beat)
            members = {"piece": Out(bits_for(self.pieces)), "word": In(2 * self.piece_bits)}
        self.beat = data.StructLayout({"bits": options.bits_per_beat, "last": 1})
        super().__init__(
            {
                "start": In(1),
                "region": In(bits_for(options.output_regions)),
                "done": Out(1),
                "address": Out(bits_for(depth)),
                "o": Out(stream.Signature(self.beat)),
            }
            | members
        )

    @property
    def cycles_per_frame(self) -> int:
        if self.gatherer:
            # Per column its chunks, but no faster than its fetch; then the way to the last beat.
            fetch, way = self.gatherer.cycles_per_column, SteppedWindow.latency_cycles
            return self.spec.code.columns * max(self.chunks, fetch) + fetch + way + 5
        return len(self.windows.words) + self._way + ElasticQueue.latency_cycles + 3

    _way = WindowMemory.latency_cycles + 1 + CircularWindow.latency_cycles
    """Cycles from a window's address to its bits."""

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.done.eq(self.o.valid & self.o.ready & self.o.payload.last)
        # A register, with no look-up table between it and what it resets.
        stopped, ready = Signal(init=1), 1 if self.gatherer else self.walk.ready
        m.d.sync += stopped.eq(~self.start | self.done | ~ready)
        if self.gatherer:
            self._gather(m, ~stopped)
        else:
            self._read(m, stopped)
        return m

    def _read(self, m: Module, stopped) -> None:
        """Windows of the memory, each on top of the bits that the beat has already.

        Nothing on this way ever waits: a window is begun when the queue at its end has room.
        """
        m.submodules.walk = walk = self.walk
        m.submodules.window = window = CircularWindow(len(self.word), self.options.bits_per_beat)
        m.submodules.queue = queue = ElasticQueue(self.beat, self._way + 1)
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        at, address = walk.word, Signal(self.addressing.hard_bits)
        begun, finished = Signal(), Signal()
        m.d.sync += [
            begun.eq(queue.room & ~stopped & ~finished & ~(begun & at.last)),
            finished.eq(~stopped & (finished | (begun & at.last))),
        ]
        low = (self.piece_bits - 1).bit_length()
        # A window that waits brings its bits too, and again when it is begun.
        takes = self.windows.brings(at)
        m.d.comb += [
            walk.step.eq(begun),
            address.eq(at.column),
            self.address.eq(Cat(address, self.region)),
            self.piece.eq(at.offset[low:]),
            # The memory is where there was room for it: a register on the way.
            window.word.eq(delayed(m, self.word, 1, "word")),
            window.offset.eq(
                delayed(m, at.offset[: low + 1], WindowMemory.latency_cycles + 1, "place")
            ),
            window.takes.eq(delayed(m, takes, self._way - 1, "takes")),
        ]
        last = delayed(m, at.last, self._way, "last")
        # The frame's last beat is padded with 0.
        rest = self.spec.n_variables % len(window.o)
        m.d.comb += [
            queue.put.eq(delayed(m, begun & at.whole, self._way, "whole", reset=True)),
            queue.i.bits.eq(Mux(last, window.o[:rest], window.o) if rest else window.o),
            queue.i.last.eq(last),
        ]

    def _gather(self, m: Module, running) -> None:
        """Lock-step: chunks of gathered columns, which are in natural order."""
        chunk = self.chunk_bits
        m.submodules.gatherer = gatherer = self.gatherer
        m.submodules.window = window = SteppedWindow(len(gatherer.word), chunk)
        m.submodules.packer = packer = Packer(chunk, self.options.bits_per_beat, self._levels())
        wiring.connect(m, packer.o, wiring.flipped(self.o))
        word, number = Signal.like(gatherer.word, reset_less=True), Signal.like(window.number)
        sending, last_chunk, final, advance = Signal(), Signal(), Signal(), Signal()
        due = Signal(data.StructLayout({"valid": 1, "short": 1, "last": 1}))
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
        tail = due
        for stage in range(SteppedWindow.latency_cycles):
            before, tail = tail, Signal(due.shape(), name=f"tail{stage}")
            with m.If(advance):
                m.d.sync += tail.eq(before)
        last_bits = self.spec.code.lifting_size - (self.chunks - 1) * chunk
        kept = Mux(tail.short, Const((1 << last_bits) - 1, chunk), Const((1 << chunk) - 1, chunk))
        m.d.comb += [
            advance.eq(~tail.valid | packer.i.ready),
            packer.i.valid.eq(tail.valid),
            packer.i.payload.bits.eq(window.o & kept),
            packer.i.payload.count.eq(Mux(tail.short, last_bits, chunk)),
            packer.i.payload.last.eq(tail.last),
        ]

    def _levels(self) -> set[int]:
        """Bits of a beat that may be there when a chunk comes, or at the frame's end."""
        z, beat = self.spec.code.lifting_size, self.options.bits_per_beat
        columns, positions = range(self.spec.code.columns), range(0, z, self.chunk_bits)
        starts = {(column * z + position) % beat for column in columns for position in positions}
        return starts | {self.spec.n_variables % beat}
