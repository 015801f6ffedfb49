"""Round-robin choice."""

from functools import partial

from amaranth.hdl import Signal

from formal.bench import Bench
from formal.proofs import Proof, faults
from hw.lib.round_robin import round_robin


def _turns(count: int, cycles: int, bench: Bench) -> None:
    """Who takes turns does so ``cycles`` + 1 cycles apart, so that each choice knows the last."""
    m = bench.m
    waiting, taken = bench.free(count, "waiting"), bench.free(1, "taken")
    first = round_robin(m, waiting, taken, cycles)
    for ago in range(1, cycles + 1):
        bench.assume(~(taken & bench.past(taken, ago)))
    waited = bench.past(waiting, cycles)
    bench.always("one at most", (first & (first - 1)) == 0)
    bench.always("only one that waited", (first & ~waited) == 0)
    bench.always("one if any waited", first.any() == waited.any())
    # Whoever waits all the time: others have a turn each before it, and the one that was chosen
    # before it could be seen.
    mine = bench.constant(range(count), "mine")
    bench.assume(mine < count)
    others = Signal(range(count + 3))
    its_turn = first.bit_select(mine, 1)
    with m.If(~waiting.bit_select(mine, 1) | (taken & its_turn)):
        m.d.sync += others.eq(0)
    with m.Elif(taken & first.any() & (others != count + 2)):
        m.d.sync += others.eq(others + 1)
    bench.always("no other has two turns before it", others <= count)


_FAULTS = faults(
    "hw.lib.round_robin",
    ("one_at_most", "return bits & -bits", "return bits"),
    ("only_one_that_waited", "return bits & -bits", "return ((bits & -bits) << 1)[: len(bits)]"),
    ("one_if_any_waited", "Mux(behind.any(), behind, waiting)", "behind"),
    ("no_other_has_two_turns_before_it", "behind.eq(waiting & later)", "behind.eq(waiting)"),
)

PROOFS = [
    Proof("round_robin", partial(_turns, count, cycles), f"of {count}, {cycles} cycles", planted)
    for count, cycles, planted in ((2, 1, ()), (3, 1, _FAULTS), (5, 2, ()), (8, 2, ()))
]
