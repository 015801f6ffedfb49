"""Serial minimum search: rows of any length, one after the other or apart."""

from functools import partial

from amaranth.hdl import Array, Cat, Const, Mux, Signal

from formal.bench import Bench
from formal.proofs import Proof, faults
from hw.lib.gray import Gray
from hw.lib.magnitude import Binary, Thermometer
from hw.lib.minsearch import MinSearch
from hw.min_sum.levels import RUNS

SMALLEST = "m1 is the row's smallest index"
SIGN = "odd is the row's sign product"
TOLD = "each edge is told the smallest index of the others"
TIED = "a tie is told where the two smallest are equal and the edge is larger"
THRICE = "thrice is whether three edges hold the smallest index"
RUN = "an edge is told how many others hold the smallest index, as far as the row counts"


def _search(kind, top: int, bench: Bench, counts: bool = False) -> None:
    """Any edge of a row may be followed, which is told what the row's search has found."""
    m, code = bench.m, kind(tuple(range(1, top + 1)))
    block = MinSearch(1, code, counts)
    bench.block(block)
    names = ("negative", "valid", "first", "last")
    negative, valid, first, last = (bench.free(1, name) for name in names)
    index, choose = bench.free(range(top + 1), "index"), bench.free(1, "choose")
    bench.assume(index <= top)
    patterns = Array(Const(p, code.width) for p in code.patterns)
    m.d.comb += [
        block.x[0].eq(patterns[index]), block.negative.eq(negative),
        block.valid.eq(valid), block.first.eq(first), block.last.eq(last),
    ]  # fmt: skip
    # Edges of a row in consecutive cycles, from first to last.
    inside = Signal()
    with m.If(valid):
        m.d.sync += inside.eq(~last)
    bench.assume(~inside | (valid & ~first))
    bench.assume(inside | ~valid | first)

    m1, m2 = Signal(range(top + 1), name="least"), Signal(range(top + 1), name="next")
    odd = Signal(name="parity")
    before1, before2 = Mux(first, top, m1), Mux(first, top, m2)
    now1 = bench.signal(Mux(index < before1, index, before1), "now1")
    larger = Mux(index < before1, before1, index)
    now2 = bench.signal(Mux(larger < before2, larger, before2), "now2")
    now_odd = bench.signal(Mux(first, 0, odd) ^ negative, "now_odd")
    followed, its = Signal(), Signal.like(m1, name="its")
    now_followed = bench.signal((followed & ~first) | choose, "now_followed")
    now_its = bench.signal(Mux(choose & (first | ~followed), index, its), "now_its")
    with m.If(valid):
        m.d.sync += [m1.eq(now1), m2.eq(now2), odd.eq(now_odd), followed.eq(now_followed),
                     its.eq(now_its)]  # fmt: skip
    held = Signal(2)  # edges that hold the smallest index, up to three
    before = Mux(first, 0, held)
    more = Mux(index == before1, (before + (before != 3))[:2], before)
    now_held = bench.signal(Mux(first | (index < before1), 1, more), "now_held")
    with m.If(valid):
        m.d.sync += held.eq(now_held)
    found = Cat(now1, now2, now_odd, now_followed, now_its, now_held, Const(1, 1))
    row, complete = Signal(len(found)), Signal()
    with m.If(valid & last):
        m.d.sync += row.eq(found)
    row = bench.past(row, MinSearch.latency_cycles - 1)
    bits = len(m1)
    m1, m2, odd = row[:bits], row[bits : 2 * bits], row[2 * bits]
    followed, its, held = row[2 * bits + 1], row[2 * bits + 2 : -3], row[-3:-1]
    complete = row[-1]
    bench.always(SMALLEST, ~complete | (block.m1[0] == patterns[m1]))
    bench.always(SIGN, ~complete | (block.odd == odd))
    x = patterns[its]
    extrinsic, tie = code.told(x, block.m1[0], block.second[0])
    bench.always(TOLD, ~(complete & followed)
                 | (extrinsic == patterns[Mux(its == m1, m2, m1)]))  # fmt: skip
    bench.always(TIED, ~(complete & followed) | (tie == ((m1 == m2) & (its != m1))))
    if not counts:
        return
    bench.always(THRICE, ~complete | (block.thrice == (held == 3)))
    others = held - (its == m1)
    runs = Array(RUNS[3][told] for told in range(4))
    run = runs[Cat(tie, block.thrice)]
    bench.always(RUN, ~(complete & followed) | (run == Mux(others == 0, 0, others - 1)))


_SEARCH = faults(
    "hw.lib.minsearch",
    (SMALLEST, "Mux(self.first, code.largest, sum1[lane])", "sum1[lane]"),
    (SIGN, "Mux(self.first, 0, parity)", "parity"),
    (TOLD, "Mux(self.first, 0, ~larger)", "~larger"),
    (TOLD, "with m.If(complete):", "with m.If(self.last):"),
    (TIED, "Mux(self.first, 0, ~larger)", "~larger"),
)

_COUNTING = faults(
    "hw.lib.minsearch",
    (THRICE, " & passed[2]", ""),
    (THRICE, "Mux(self.first, 0, ~following)", "~following"),
    (RUN, "code.alike(sum1[lane], third[lane]) & ", ""),
)

PROOFS = [
    Proof("MinSearch", partial(_search, Gray, 3), "2-bit Gray code", _SEARCH),
    Proof("MinSearch", partial(_search, Thermometer, 3), "3 thresholds"),
    Proof("MinSearch", partial(_search, Thermometer, 7), "7 thresholds"),
    Proof("MinSearch", partial(_search, Binary, 15), "15 thresholds, binary code"),
    Proof("MinSearch", partial(_search, Gray, 3, counts=True), "2-bit Gray code, counting",
          _COUNTING),
    Proof("MinSearch", partial(_search, Binary, 15, counts=True), "15 thresholds, counting"),
]
