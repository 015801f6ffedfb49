# amaranth: UnusedElaboratable=no
# Rates are asked of uplinks that nobody elaborates.
"""LLRs of vectors to channel codes of codewords: a bit's place is its address."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frame import status
from hw.frame.ports import FrameFormat
from hw.lib.delay import delayed
from hw.lib.elastic import ElasticQueue
from hw.lib.memory import BlockMemory
from hw.mimo_detector.block_ends import BlockEnds
from quant.uplink.golden import code_table
from quant.uplink.spec import UplinkSpec

HALVES = 2  # of the memory: one block is read while the next one is written
_SETTLE = 3
"""Cycles behind a vector until it is known whether it was its block's last."""


class Deinterleaver(wiring.Component):
    """Keeps whole blocks, a word for each vector and user, and sends codewords, user by user.

    A beat of ``values`` neighbouring bits comes from as many neighbouring vectors, each in a memory
    of its own. What came of a block that is not whole is written over.

    Members
    -------
    i : users of vectors, LLRs a byte each
    told, block : strobe, a block is over at the core's input
        (:class:`hw.uplink.block_input.BlockInput`)
    o : beats of channel codes; the mark is what vectors said, and theirs

    Parameters
    ----------
    vector, codeword : formats
    vectors_inside : as the detector has it
    """

    def __init__(
        self, spec: UplinkSpec, vector: FrameFormat, codeword: FrameFormat, vectors_inside: int
    ):
        self.spec, self.codeword = spec, codeword
        self.values = codeword.values_per_beat
        self.said = status.layout(vector.user)
        self.ends = BlockEnds(spec.vectors, vectors_inside, {"whole": 1})
        super().__init__(
            {
                "i": In(stream.Signature(vector.answer)),
                "told": In(1),
                "block": In(self.ends.layout),
                "o": Out(stream.Signature(codeword.beat)),
            }
        )

    @property
    def rows(self) -> int:
        """Words of a user in each memory."""
        return self.spec.vectors // self.values

    @property
    def cycles_per_codeword(self) -> int:
        """While the decoder takes its beats."""
        return self.rows * self.spec.detector.bits_per_symbol + 1

    def elaborate(self, platform):
        m = Module()
        spec, bits = self.spec, self.spec.detector.bits_per_symbol
        word = data.ArrayLayout(spec.decoder.channel.bits, bits)
        self.places = (self.rows * spec.users - 1).bit_length()
        memories = [BlockMemory(word, HALVES << self.places) for _ in range(self.values)]
        for number, memory in enumerate(memories):
            m.submodules[f"memory{number}"] = memory
        kept = Signal(data.ArrayLayout(self.said, HALVES))
        filled, came, sent = Signal(range(HALVES + 1)), Signal(), Signal()
        m.d.sync += filled.eq(filled + came - sent)
        self._write(m, memories, kept, filled, came)
        self._read(m, memories, kept, filled, sent)
        return m

    def _write(self, m: Module, memories: list, kept, filled, came) -> None:
        spec, half = self.spec, Signal(range(HALVES))
        m.submodules.ends = ends = self.ends
        users, rows = spec.users, self.rows
        bank = Signal(range(self.values))
        row, first = Signal(range(rows * users)), Signal(range(rows))
        settle, taken, last = Signal(range(_SETTLE + 1)), Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq((filled != HALVES) & (settle == 0)),
            taken.eq(self.i.valid & self.i.ready),
            last.eq(taken & self.i.payload.last),
            ends.put.eq(self.told),
            ends.i.eq(self.block),
            ends.vector.eq(last),
            came.eq(ends.ends & ends.block.whole),
        ]
        last_bank = bank == self.values - 1
        with m.If(taken):
            m.d.sync += row.eq(row + rows)
        with m.If(last):
            following = first + last_bank
            m.d.sync += [
                row.eq(following), first.eq(following),
                bank.eq(Mux(last_bank, 0, bank + 1)), settle.eq(_SETTLE),
            ]  # fmt: skip
        with m.Elif(settle != 0):
            m.d.sync += settle.eq(settle - 1)
        answer, said = self.i.payload, Signal(self.said)
        saturated = said.saturated | answer.status.saturated
        with m.If(taken):
            # Of the last vector, but for what any of them had.
            m.d.sync += [said.eq(Cat(answer.status, answer.mark)), said.saturated.eq(saturated)]
        with m.If(ends.ends):
            m.d.sync += [row.eq(0), first.eq(0), bank.eq(0), said.saturated.eq(0)]
        with m.If(came):
            m.d.sync += [kept[half].eq(said), half.eq(~half)]
        address = Signal(memories[0].address_bits)
        codes = Signal(memories[0].shape, reset_less=True)
        m.d.sync += [address.eq(row | (half << self.places)), codes.eq(self._codes())]
        for number, memory in enumerate(memories):
            writes = Signal(name=f"writes{number}")
            m.d.sync += writes.eq(taken & (bank == number))
            m.d.comb += [
                memory.w_en.eq(writes), memory.w_addr.eq(address), memory.w_data.eq(codes),
            ]  # fmt: skip

    def _codes(self):
        """Of a user's LLRs."""
        spec, llr_bits = self.spec, self.spec.detector.llr_bits
        bits = spec.decoder.channel.bits
        table, half = code_table(spec).tolist(), 1 << (llr_bits - 1)
        # By the LLR's bits as they are: those of negative ones come last.
        words = [Const(code & ((1 << bits) - 1), bits) for code in table[half:] + table[:half]]
        count = spec.detector.bits_per_symbol
        raw = [self.i.payload.bits.word_select(place, 8)[:llr_bits] for place in range(count)]
        return Cat(Array(words)[each] for each in raw)

    def _read(self, m: Module, memories: list, kept, filled, sent) -> None:
        spec, half = self.spec, Signal(range(HALVES))
        rows, bits = self.rows, spec.detector.bits_per_symbol
        way = 1 + BlockMemory.latency_cycles
        m.submodules.queue = queue = ElasticQueue(self.codeword.beat, way)
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        row, first = Signal(range(rows * spec.users)), Signal(range(rows * spec.users))
        place, bit, user = Signal(range(rows)), Signal(range(bits)), Signal(range(spec.users))
        step, running, block_ends = Signal(), Signal(), Signal()
        last_place, last_bit = place == rows - 1, bit == bits - 1
        last_user = user == spec.users - 1
        # One cycle behind the change of ``filled`` and of the half.
        m.d.sync += running.eq((filled != 0) & ~block_ends & ~sent)
        m.d.comb += [
            step.eq(queue.room & running),
            block_ends.eq(step & last_place & last_bit & last_user),
        ]
        m.d.sync += sent.eq(block_ends)
        with m.If(step):
            m.d.sync += [row.eq(row + 1), place.eq(place + 1)]
            with m.If(last_place):
                m.d.sync += [place.eq(0), row.eq(first), bit.eq(bit + 1)]
                with m.If(last_bit):
                    m.d.sync += [bit.eq(0), first.eq(row + 1), row.eq(row + 1), user.eq(user + 1)]
                    with m.If(last_user):
                        m.d.sync += [user.eq(0), row.eq(0), first.eq(0), half.eq(~half)]
        latency = BlockMemory.latency_cycles
        which = delayed(m, bit, latency, "which")
        said, codes = Signal.like(kept[0]), Signal(data.ArrayLayout(
            spec.decoder.channel.bits, self.values
        ), reset_less=True)
        for number, memory in enumerate(memories):
            m.d.comb += memory.r_addr.eq(row | (half << self.places))
            m.d.sync += codes[number].eq(memory.r_data[which])
        m.d.sync += said.eq(kept[delayed(m, half, latency, "of_half")])
        entry = queue.i
        m.d.comb += [
            queue.put.eq(delayed(m, step, way, "put", reset=True)),
            *(value.eq(code) for value, code in zip(entry["values"], codes, strict=True)),
            entry.abort.eq(0),
            entry.mark.eq(said),
        ]
