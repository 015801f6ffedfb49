"""Arithmetic of one cycle, at the widths of real designs, against comparisons and operators.

The blocks look at bits to save carry chains; they are compared with what says the same in numbers.
"""

from collections.abc import Callable
from functools import partial

from amaranth.hdl import Array, Cat, Const, Mux, Value, signed
from small_specs import small_spec

from formal.bench import Bench
from formal.proofs import Proof, faults
from hw.lib import arithmetic
from hw.lib.gray import Gray
from hw.lib.magnitude import Binary, Thermometer, less
from hw.min_sum.relax import RelaxLanes, RoundLanes
from quant.spec import Relaxation

TEXT = "hw.lib.arithmetic"
EQUAL = "equals the numbers"
STEP = "the state goes its share of the way, rounded down"
RANGE = "the new state is between the largest levels"
ROUNDED = "the value used is the nearest, the upper one of two"


def _magnitude(value: Value) -> Value:
    return Mux(value < 0, -value, value)


def _function(inputs: dict, compare: Callable, bench: Bench) -> None:
    """``compare`` of free inputs gives pairs that must be equal, or those and what is promised."""
    signals = {name: bench.free(shape, name) for name, shape in inputs.items()}
    # The tool takes no design without a register.
    bench.past(bench.free(1, "unused"))
    pairs = compare(bench, **signals)
    bench.always(EQUAL, Cat(got == due for got, due in pairs).all())


def _saturate(wide: int, narrow: int):
    def compare(bench, v):
        top = (1 << narrow - 1) - 1
        return [(arithmetic.saturate(v, narrow), Mux(v > top, top, Mux(v < -top, -top, v)))]

    return {"v": signed(wide)}, compare


def _clip(wide: int, narrow: int):
    def compare(bench, v):
        top = 1 << narrow - 1
        due = Mux(v >= top, top - 1, Mux(v < -top, -top, v))
        return [(arithmetic.clip(v, narrow), due)]

    return {"v": signed(wide)}, compare


def _shift_round(wide: int, bits: int):
    def compare(bench, v):
        # 2^bits times the result is within half of that of the value, the upper end included.
        error = bench.signal((arithmetic.shift_round(v, bits) << bits) - v, "error")
        half = 1 << bits - 1
        return [((error <= half) & (error > -half), 1)]

    return {"v": signed(wide)}, compare


def _reaches(wide: int, thresholds):
    def compare(bench, v):
        return [(arithmetic.reaches(v, t), _magnitude(v) >= t) for t in thresholds]

    return {"v": signed(wide)}, compare


def _two_steps(wide: int, thresholds, folded: bool):
    def compare(bench, v):
        bench.assume(v != -(1 << wide - 1))
        reach = arithmetic.TwoStepReach(thresholds, wide, folded)
        found = reach.second(bench.signal(reach.first(v), "found"))
        magnitude = Mux(v < 0, ~v, v) if folded else _magnitude(v)
        return [(bit, magnitude >= t) for bit, t in zip(found, thresholds, strict=True)]

    return {"v": signed(wide)}, compare


def _mid_rise(wide: int, shift: int, bits: int):
    def compare(bench, v):
        code, top = (
            bench.signal(arithmetic.quantise_mid_rise(v, shift, bits), "code"),
            1 << bits - 1,
        )
        due = v >> shift + 1
        due = Mux(due >= top, top - 1, Mux(due < -top, -top, due))
        return [(code, due + top), (arithmetic.mid_rise(code), 2 * due + 1)]

    return {"v": signed(wide)}, compare


def _sums(wide: int):
    def compare(bench, a, b, carry):
        size = b.as_unsigned()
        word = arithmetic.ones_complement(size, carry)
        return [
            (arithmetic.add_with_carry(a, b, carry), a + b + carry),
            (arithmetic.subtract_with_borrow(a, b, carry), a - b - carry),
            (arithmetic.add_or_subtract(a, b, carry), Mux(carry, a - b, a + b)),
            (arithmetic.add_with_carry(a, word, carry), Mux(carry, a - size, a + size)),
        ]  # fmt: skip

    return {"a": signed(wide), "b": signed(wide - 2), "carry": 1}, compare


def _encode(kind, wide: int, thresholds):
    def compare(bench, v):
        code = kind(thresholds)
        bench.assume(v != -(1 << wide - 1))
        index = bench.signal(sum(_magnitude(v) >= t for t in thresholds), "index")
        first, second = code.two_steps(wide)
        due = Array(Const(p, code.width) for p in code.patterns)[index]
        return [(code.encode(v), due), (second(bench.signal(first(v), "found")), due)]

    return {"v": signed(wide)}, compare


def _minima(kind, top: int):
    def compare(bench, m1, m2, x):
        code = kind(tuple(range(1, top + 1)))
        bench.assume((m1 <= m2) & (m2 <= top) & (x <= top))
        row = (code.row if kind is Gray else code).patterns
        rows = Array(Const(p, code.row_width) for p in row)
        own = Array(Const(p, code.width) for p in code.patterns)
        one, two = code.minima(rows[m1], rows[m2], own[x])
        larger = Mux(m1 > x, m1, x)
        return [(one, rows[Mux(x < m1, x, m1)]), (two, rows[Mux(m2 < larger, m2, larger)])]

    return dict.fromkeys(("m1", "m2", "x"), range(top + 1)), compare


def _less(wide: int):
    def compare(bench, a, b):
        return [(less(a, b), a < b)]

    return {"a": wide, "b": wide}, compare


def _relax(shift: int, frac_bits: int, bench: Bench) -> None:
    """Of every state and level that a spec allows."""
    spec = small_spec(1, relaxation=Relaxation(shift, frac_bits))
    relaxer, rounder, top = RelaxLanes(spec), RoundLanes(spec), spec.level_max
    reach = top << frac_bits
    bench.block(relaxer, "relaxer")
    bench.block(rounder, "rounder")
    state, level = bench.free(relaxer.state[0].shape(), "state"), bench.free(
        relaxer.level[0].shape(), "level")  # fmt: skip
    bench.assume((state <= reach) & (state >= -reach) & (level <= top) & (level >= -top))
    bench.m.d.comb += [relaxer.state[0].eq(state), relaxer.level[0].eq(level)]
    bench.m.d.comb += rounder.i[0].eq(state)
    known, was, towards = bench.past(Const(1, 1)), bench.past(state), bench.past(level)
    new, used = relaxer.o[0], rounder.o[0]
    # What is missing to the whole step is rounded down; to the nearest value, half and less.
    missing = bench.signal(((towards << frac_bits) - was) - ((new - was) << shift), "missing")
    error = bench.signal((used << frac_bits) - was, "error")
    half = 1 << frac_bits >> 1
    bench.always(STEP, ~known | ((missing >= 0) & (missing < 1 << shift)))
    bench.always(RANGE, ~known | ((new <= reach) & (new >= -reach)))
    bench.always(ROUNDED, ~known | ((error <= half) & ((error > -half) | (error == 0))))


def _proof(name: str, case: str, what, changes=()) -> Proof:
    return Proof(name, partial(_function, *what), case, changes)


_SEVEN, _FIFTEEN = (5, 8, 12, 16, 20, 24, 32), tuple(range(2, 32, 2))
_ODD, _SPREAD = (1, *range(3, 31, 2)), tuple(range(30, 900, 61))
PROOFS = [
    _proof("saturate", "13 to 8 bits", _saturate(13, 8), faults(
        TEXT, (EQUAL, "~low.any()) if len(head)", "low.any()) if len(head)"))),
    _proof("saturate", "8 to 7 bits", _saturate(8, 7)),
    _proof("clip", "13 to 8 bits", _clip(13, 8), faults(
        TEXT, (EQUAL, "Mux(outside, ~sign, bit) for bit", "Mux(outside, sign, bit) for bit"))),
    _proof("shift_round", "16 bits by 4", _shift_round(16, 4), faults(
        TEXT, (EQUAL, "(1 << bits >> 1)", "(1 << bits >> 2)"))),
    _proof("reaches", "12 bits, every threshold to 40", _reaches(12, (*range(1, 41), 100, 2047)),
           faults(TEXT, (EQUAL, "threshold - 1, sign)", "threshold - 1, ~sign)"))),
    _proof("TwoStepReach", "12 bits, 15 thresholds", _two_steps(12, _SPREAD, False), faults(
        TEXT, (EQUAL, "above[high] | (above[high - 1] & part)", "above[high] | part"))),
    _proof("TwoStepReach", "12 bits, folded", _two_steps(12, (2, 5, 9), True)),
    _proof("TwoStepReach", "12 bits, folded, powers of two", _two_steps(12, (2, 4, 8), True)),
    _proof("quantise_mid_rise, mid_rise", "16 bits by 4 to 6", _mid_rise(16, 4, 6), faults(
        TEXT, (EQUAL, "head.all() | ~head.any()", "~head.any()"))),
    _proof("quantise_mid_rise, mid_rise", "5 bits by 0 to 8", _mid_rise(5, 0, 8)),
    _proof("adders with a carry", "16 bits", _sums(16), faults(
        TEXT, (EQUAL, "(Cat(1, a).as_signed()", "(Cat(0, a).as_signed()"))),
    *(_proof(kind.__name__, f"encode 12 bits, {len(t)} thresholds", _encode(kind, 12, t), planted)
      for kind, t, planted in (
          (Thermometer, _SEVEN, ()), (Gray, (4, 8, 13), faults(
              "hw.lib.gray", (EQUAL, "Cat(reached[0] & ~reached[2]", "Cat(reached[0]"))),
          (Binary, _FIFTEEN, faults(
              "hw.lib.magnitude", (EQUAL, "sign & value[:i].any()", "sign & value[:i].all()"))),
          (Binary, _ODD, ()))),
    *(_proof(kind.__name__, f"minima, {top} thresholds", _minima(kind, top), planted)
      for kind, top, planted in (
          (Thermometer, 7, faults("hw.lib.magnitude", (EQUAL, "m2 & (m1 | x)", "m2 & x"))),
          (Gray, 3, ()), (Binary, 15, ()))),
    _proof("less", "16 bits", _less(16), faults(
        "hw.lib.magnitude", (EQUAL, "Mux(x ^ y, y, result)", "Mux(x ^ y, x, result)"))),
    *(Proof("RelaxLanes, RoundLanes", partial(_relax, shift, frac_bits),
            f"shift {shift}, {frac_bits} fraction bits", planted)
      for shift, frac_bits, planted in ((2, 3, faults(
          "hw.min_sum.relax", (STEP, "step >> relaxation.shift", "step >> relaxation.shift + 1"),
          (RANGE, "state + (step >> relaxation.shift)", "state - (step >> relaxation.shift)"),
          (ROUNDED, "shift_round(self.i[lane]", "shift_round(-self.i[lane]"))), (1, 0, ()))),
]  # fmt: skip
