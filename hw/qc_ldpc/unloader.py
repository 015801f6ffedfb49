"""Hard decisions of a finished frame, from memory words to the output stream."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import BlockMemory
from hw.lib.packer import Packer
from hw.lib.skid import SkidBuffer
from hw.lib.window import CircularWindow
from hw.qc_ldpc.options import Options
from hw.qc_ldpc.program import Addressing, bits_for, final_exponents
from quant.spec import Spec


class Unloader(wiring.Component):
    """Reads a region of the hard-decision memory column by column and packs it into beats.

    Members
    -------
    start : a finished frame waits in ``region``; held until ``done``
    done : its last beat has been accepted
    address, word : read port of the hard-decision memory
    o : beats of ``bits_per_beat`` hard decisions in graph order

    Attributes
    ----------
    cycles_per_frame : at most, from ``start`` to ``done``, while no beat is held up
    """

    def __init__(self, spec: Spec, options: Options, addressing: Addressing):
        self.spec, self.options, self.addressing = spec, options, addressing
        self.chunk_bits = min(options.bits_per_beat, spec.code.lifting_size)
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
        )

    @property
    def cycles_per_frame(self) -> int:
        # Per column its chunks, but no faster than its fetch; then the way to the last beat.
        fetch = BlockMemory.latency_cycles + 1
        chunks = -(-self.spec.code.lifting_size // self.options.bits_per_beat)
        fill = fetch + CircularWindow.latency_cycles + 5
        return self.spec.code.columns * max(chunks, fetch) + fill

    def elaborate(self, platform):
        m = Module()
        spec, z, chunk = self.spec, self.spec.code.lifting_size, self.chunk_bits
        columns = spec.code.columns
        m.submodules.window = window = CircularWindow(z, chunk)
        m.submodules.packer = packer = Packer(chunk, self.options.bits_per_beat)
        m.submodules.skid = skid = SkidBuffer(packer.o.payload.shape())
        wiring.connect(m, packer.o, skid.i)
        wiring.connect(m, skid.o, wiring.flipped(self.o))
        advance = Signal()

        # Fetch: the next column's word waits at the memory's output while this one is sent.
        fetch = Signal(range(columns + 1))
        latency = BlockMemory.latency_cycles
        settle = Signal(range(latency + 1), init=latency)
        fetched, take = Signal(), Signal()
        running = Signal()  # ``start``, a register on so that its look-up ends there
        m.d.sync += running.eq(self.start & ~self.done)
        offsets = Array(Const(-p % z, bits_for(z)) for p in final_exponents(spec))
        m.d.comb += [
            self.address.eq(Cat(fetch[: self.addressing.hard_bits], self.region)),
            fetched.eq(running & (fetch != columns) & (settle == 0)),
        ]
        with m.If(~running | self.done):
            m.d.sync += [fetch.eq(0), settle.eq(latency)]
        with m.Elif(take):
            m.d.sync += [fetch.eq(fetch + 1), settle.eq(latency)]
        with m.Elif(settle != 0):
            m.d.sync += settle.eq(settle - 1)

        # Send: chunks of the column in hand.
        word = Signal(z, reset_less=True)
        offset = Signal(bits_for(z), reset_less=True)
        left = Signal(range(z + 1))
        final_column = Signal()
        last_chunk = left <= chunk
        m.d.comb += take.eq(fetched & ((left == 0) | (advance & last_chunk)))
        with m.If(take):
            m.d.sync += [
                word.eq(self.word),
                offset.eq(offsets[fetch]),
                left.eq(z),
                final_column.eq(fetch == columns - 1),
            ]
        with m.Elif(advance & (left != 0)):
            past = offset + chunk >= z
            m.d.sync += [
                offset.eq(Mux(past, offset + chunk - z, offset + chunk)),
                left.eq(Mux(last_chunk, 0, left - chunk)),
            ]
        count = Mux(last_chunk, left, chunk)
        tail = data.StructLayout({"valid": 1, "count": range(chunk + 1), "last": 1})
        tail1, tail2 = Signal(tail), Signal(tail)
        with m.If(advance):
            m.d.sync += [
                tail1.valid.eq(left != 0),
                tail1.count.eq(count),
                tail1.last.eq(last_chunk & final_column),
                tail2.eq(tail1),
            ]
        keep = Array(Const((1 << n) - 1, chunk) for n in range(chunk + 1))
        m.d.comb += [
            advance.eq(~tail2.valid | packer.i.ready),
            window.word.eq(word),
            window.offset.eq(offset),
            window.advance.eq(advance),
            packer.i.valid.eq(tail2.valid),
            packer.i.payload.bits.eq(window.o & keep[tail2.count]),
            packer.i.payload.count.eq(tail2.count),
            packer.i.payload.last.eq(tail2.last),
            self.done.eq(self.o.valid & self.o.ready & self.o.payload.last),
        ]
        return m
