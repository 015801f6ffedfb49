"""Turns in rotation: which of some bits is next, behind the one that had its turn before."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from hw.lib.delay import delayed


def round_robin(m: Module, waiting: Signal, taken: Signal, cycles: int) -> Signal:
    """One-hot: the first one of ``waiting`` behind the turn before, 0 if none is.

    It is found in ``cycles``, 1 or 2, so it may not wait any more. ``taken`` : it has its turn.
    """
    count = len(waiting)
    later, behind = Signal(count, init=-1), Signal(count)
    m.d.comb += behind.eq(waiting & later)
    first = Signal(count)
    turn = delayed(m, in_turn(waiting, behind), cycles - 1, "turn", reset=True)
    m.d.sync += first.eq(lowest(turn))
    with m.If(taken):
        m.d.sync += later.eq(above(first))
    return first


def in_turn(waiting: Value, behind: Value) -> Value:
    """``waiting``, or only those ``behind`` the last turn if there are any."""
    return Mux(behind.any(), behind, waiting)


def lowest(bits: Value) -> Value:
    """One-hot: the lowest bit that is set; 0 if none is."""
    return bits & -bits


def lowest_of_few(bits: Value) -> Value:
    """``lowest``, each bit from a table of all below it: faster than a carry chain for a few."""
    return Cat(bits[n] & ~bits[:n].any() for n in range(len(bits)))


def above_few(one_hot: Value) -> Value:
    """``above`` of an one-hot word, in the same way."""
    return Cat(one_hot[:n].any() for n in range(len(one_hot)))


def encoded(one_hot: Value) -> Value:
    """Number of the bit that is set; 0 if none is."""
    numbers = range(len(one_hot))
    return Cat(
        Cat(one_hot[n] for n in numbers if n >> bit & 1).any()
        for bit in range(max(1, (len(one_hot) - 1).bit_length()))
    )


def above(one_hot: Value) -> Value:
    """All places above a bit."""
    return ~(one_hot | (one_hot - 1))
