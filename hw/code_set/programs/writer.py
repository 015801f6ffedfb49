"""Bytes of programs to words of the tables, and which programs are there."""

from collections.abc import Iterator
from dataclasses import dataclass

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import crc, wiring
from amaranth.lib.wiring import In, Out

from hw.code_set.programs.form import CHECK_BYTES, HEAD_BYTES, Form
from hw.lib.arithmetic import bits_for

_CHECK = crc.catalog.CRC32_ETHERNET(data_width=8)
_PLACE = 4
"""Byte of the head that says the place; behind it the place is claimed."""


@dataclass(frozen=True)
class _Part:
    """A run of words of so many bytes each; where they begin, by place; table, if they have one."""

    bytes: int
    words: int
    first: tuple[int, ...]
    table: str | None = None


class ProgramWriter(wiring.Component):
    """Takes programs, one at a time (:mod:`hw.code_set.programs.form`).

    While a place is claimed nothing new is decoded with it, and its words are written when all
    frames that were are gone: the first bytes behind the head wait for that. A program is there
    when its last byte has come with ``last`` and the check holds. One of another length, decoder or
    place, or with a wrong check, is refused, and taken to its ``last``; the place that it claimed
    is empty then.

    Parameters
    ----------
    form : of the programs
    places : that there are

    Members
    -------
    data, valid, ready, last : bytes of programs
    claim, place : a place is claimed; ``granted``, in, says that nothing new is decoded with it,
        and ``free`` that all frames that were are gone
    loaded : a bit a place: its program is there
    accepted, refused : strobes
    write : a bit for each table of ``tables``; address, word : of it

    Attributes
    ----------
    tables : their names
    """

    def __init__(self, form: Form, places: int):
        self.form, self.places = form, places
        self.tables = list(dict.fromkeys(area.table for area in form.areas))
        deepest = max(max(area.first) + area.words for area in form.areas)
        super().__init__(
            {
                "data": In(8),
                "valid": In(1),
                "last": In(1),
                "ready": Out(1),
                "claim": Out(1),
                "place": Out(bits_for(places)),
                "granted": In(1),
                "free": In(1),
                "loaded": Out(places),
                "accepted": Out(1),
                "refused": Out(1),
                "write": Out(len(self.tables)),
                "address": Out(bits_for(deepest)),
                "word": Out(max(area.bits for area in form.areas)),
            }
        )

    def _parts(self) -> Iterator[_Part]:
        for area in self.form.areas:
            yield _Part(area.bytes_per_word, area.words, area.first, area.table)
        yield _Part(CHECK_BYTES, 1, (0,) * self.places)

    def elaborate(self, platform):
        m = Module()
        m.submodules.check = check = _CHECK.create()
        head, begun, skips = Signal(range(HEAD_BYTES + 1)), Signal(), Signal()
        taken, wrong, ends = (Signal(name=name) for name in ("taken", "wrong", "ends"))
        over = self._body(m, begun & taken & ~skips)
        m.d.comb += [
            begun.eq(head == HEAD_BYTES),
            self.ready.eq(~begun | skips | self.free),
            taken.eq(self.valid & self.ready),
            wrong.eq(Mux(begun, over & ~self.last, ~self._right(head))),
            check.start.eq(head == 0),
            check.data.eq(self.data),
            check.valid.eq(taken),
        ]
        fault = Signal()
        m.d.sync += [
            ends.eq(taken & self.last & begun & over & ~skips),
            fault.eq(taken & self.last & ~(begun & over & ~skips)),
        ]
        with m.If(taken & self.last):
            m.d.sync += [head.eq(0), skips.eq(0), self.claim.eq(0)]
        with m.Elif(taken):
            m.d.sync += [head.eq(head + ~begun), skips.eq(skips | wrong)]
            with m.If((head == _PLACE) & ~(skips | wrong)):
                m.d.sync += [self.claim.eq(1), self.place.eq(self.data)]
        m.d.comb += [
            self.accepted.eq(ends & check.match_detected),
            self.refused.eq(fault | (ends & ~check.match_detected)),
        ]
        for number in range(self.places):
            here = self.place == number
            with m.If(self.claim & self.granted & here):
                m.d.sync += self.loaded[number].eq(0)
            with m.Elif(self.accepted & here):
                m.d.sync += self.loaded[number].eq(1)
        return m

    def _right(self, head: Signal) -> Value:
        """Whether the byte of the head that comes is as it must be."""
        due = [self.data == byte for byte in self.form.identifier.to_bytes(_PLACE, "little")]
        due.append(self.data < self.places)
        due += [self.data == 0] * (HEAD_BYTES - len(due))
        return Array(due)[head]

    def _body(self, m: Module, taken: Value) -> Signal:
        """Bytes behind the head to words, words to their tables.

        Returns whether the byte that comes is the last one of all.
        """
        parts = list(self._parts())
        most = max(part.bytes for part in parts)
        part, lane = Signal(range(len(parts))), Signal(range(most))
        left = Signal(range(max(part.words for part in parts)))
        word, address = Signal(8 * most), Signal(self.address.shape())
        whole, ends, over = (Signal(name=name) for name in ("whole", "ends", "over"))
        # What follows a part; behind the last one comes the first. It is looked up a cycle before:
        # a part has two bytes at least.
        follows = [*parts[1:], parts[0]]
        start, count = Signal(address.shape()), Signal(left.shape())
        last_lane, final = Signal(lane.shape()), Signal()
        m.d.sync += [
            start.eq(Array(Array(each.first)[self.place] for each in follows)[part]),
            count.eq(Array(each.words - 1 for each in follows)[part]),
        ]
        first = Array(parts[0].first)[self.place]
        m.d.comb += [
            last_lane.eq(Array(each.bytes - 1 for each in parts)[part]),
            final.eq(part == len(parts) - 1),
            whole.eq(lane == last_lane),
            ends.eq(whole & (left == 0)),
            over.eq(ends & final),
        ]
        idle = ~(self.claim & self.granted)
        with m.If(idle):
            m.d.sync += [
                part.eq(0), lane.eq(0), left.eq(parts[0].words - 1), address.eq(first),
            ]  # fmt: skip
        with m.Elif(taken):
            m.d.sync += [word.eq(Cat(word[8:], self.data)), lane.eq(Mux(whole, 0, lane + 1))]
            with m.If(ends):
                m.d.sync += [part.eq(part + 1), left.eq(count), address.eq(start)]
            with m.Elif(whole):
                m.d.sync += [left.eq(left - 1), address.eq(address + 1)]
        tables = Array(1 << self.tables.index(p.table) if p.table else 0 for p in parts)
        written = Signal(part.shape())
        m.d.sync += [
            self.write.eq(Mux(taken & whole, tables[part], 0)),
            self.address.eq(address),
            written.eq(part),
        ]
        # The last bytes that came are at the upper end.
        tops = Array(word[8 * (most - p.bytes) :][: len(self.word)] for p in parts)
        m.d.comb += self.word.eq(tops[written])
        return over
