"""Sums of complex products: two factors a cycle, four multipliers."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import add_or_subtract, saturate
from hw.lib.delay import delayed
from hw.mimo_preprocess.matrices import COMPLEX, Matrices
from hw.mimo_preprocess.step import Initial, Left, Result, Right, Sizes
from quant.mimo_detector.preprocess import FRACTION, WORD_BITS


class Products(wiring.Component):
    """What the steps compute, each ``latency_cycles`` behind its step.

    Members
    -------
    valid, step : one in every cycle, if there is any
    left_h, right_h, first_a, left_a, left_x : of :class:`Matrices`, for the step so many cycles ago
    noise : what a sum over a user's own entries begins with: n0 in the scale of the user
    real : second factor, an unsigned number
    done, result, row, column, antenna : a sum is complete, and where it goes
    value : of it, rounded and saturated; exact : of its real part, all bits
    held : real part of what a step has held
    clipped : the value did not hold it

    Attributes
    ----------
    latency_cycles : from ``step`` to ``done``
    """

    latency_cycles = Matrices.latency_cycles + 6

    def __init__(self, sizes: Sizes):
        self.sizes = sizes
        place = {name: sizes.layout[name].shape for name in ("row", "column", "antenna")}
        super().__init__(
            {
                "valid": In(1),
                "step": In(sizes.layout),
                **{name: In(COMPLEX)
                   for name in ("left_h", "right_h", "first_a", "left_a", "left_x")},
                "noise": In(sizes.sum_bits - 1),
                "real": In(WORD_BITS - 1),
                "done": Out(1),
                "result": Out(Result),
                **{name: Out(shape) for name, shape in place.items()},
                "value": Out(COMPLEX),
                "exact": Out(signed(sizes.sum_bits)),
                "held": Out(signed(WORD_BITS)),
                "clipped": Out(1),
            }
        )  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        sizes = self.sizes
        read = Matrices.latency_cycles
        valid = [delayed(m, self.valid, read, "valid", reset=True)]
        step = [delayed(m, self.step, read, "step")]
        for cycle in range(self.latency_cycles - read):
            valid.append(delayed(m, valid[-1], 1, f"valid{cycle}", reset=True))
            step.append(delayed(m, step[-1], 1, f"step{cycle}"))
        left, right = self._factors(m, valid[0], step[0])
        products = {}
        for a in ("real", "imaginary"):
            for b in ("real", "imaginary"):
                product = Signal(signed(2 * WORD_BITS), name=f"{a}_{b}", reset_less=True)
                m.d.sync += product.eq(left[a] * right[b])
                products[a, b] = product
        straight = products["real", "real"], products["imaginary", "real"]
        crossed = products["imaginary", "imaginary"], products["real", "imaginary"]
        conjugate = step[1].conjugate
        begin = self._initial(m, step[1])
        sums = []
        for number, name in enumerate(("real", "imaginary")):
            # (a + jb)(c + jd): real ac - bd, imaginary bc + ad; with -d the other way round.
            subtract = Signal(name=f"subtract_{name}", reset_less=True)
            m.d.sync += subtract.eq(conjugate if number else ~conjugate)
            term = Signal(signed(2 * WORD_BITS + 1), name=f"term_{name}", reset_less=True)
            m.d.sync += term.eq(add_or_subtract(straight[number], crossed[number], subtract))
            total = Signal(signed(sizes.sum_bits), name=f"sum_{name}", reset_less=True)
            m.d.sync += total.eq(Mux(step[3].first, begin[number], total) + term)
            sums.append(total)
        m.d.comb += self.exact.eq(delayed(m, sums[0], 2, "exact"))
        self._rounded(m, step[4], sums)
        ends = step[6]
        m.d.comb += [
            self.done.eq(valid[6] & ends.last),
            self.result.eq(ends.result),
            *(getattr(self, name).eq(ends[name]) for name in ("row", "column", "antenna")),
        ]
        return m

    def _factors(self, m: Module, valid, step):
        """Registers in front of the multipliers."""
        left, right = (Signal(COMPLEX, name=name, reset_less=True) for name in ("left", "right"))
        held = Signal(COMPLEX, reset_less=True)
        one = Mux(step.result == Result.X, 1 << self.sizes.formats.sum_shift, 1 << FRACTION)
        sources = {Left.H: self.left_h, Left.A: self.left_a, Left.X: self.left_x}
        for part in ("real", "imaginary"):
            chosen = one if part == "real" else Const(0)
            for name, source in sources.items():
                chosen = Mux(step.left == name, source[part], chosen)
            m.d.sync += left[part].eq(chosen)
            other = self.real if part == "real" else Const(0)
            other = Mux(step.right == Right.HELD, held[part], other)
            m.d.sync += right[part].eq(Mux(step.right == Right.H, self.right_h[part], other))
        with m.If(valid & step.hold):
            m.d.sync += [
                held.real.eq(-self.left_a.real),
                held.imaginary.eq(-self.left_a.imaginary),
                self.held.eq(self.left_a.real),
            ]
        return left, right

    def _initial(self, m: Module, step) -> list[Signal]:
        """What sums begin with, two cycles later; half a step of the result is in it."""
        sizes = self.sizes
        halves = Array(sizes.halves.get(result, 0) for result in Result)
        delayed_a = delayed(m, self.first_a, 1, "initial_a")
        found = []
        for part in ("real", "imaginary"):
            half = Signal(sizes.sum_bits - 1, name=f"half_{part}", reset_less=True)
            given = Signal(signed(sizes.sum_bits), name=f"given_{part}", reset_less=True)
            begin = Signal(signed(sizes.sum_bits), name=f"begin_{part}", reset_less=True)
            noise = self.noise if part == "real" else Const(0)
            m.d.sync += [
                half.eq(halves[step.result]),
                given.eq(
                    Mux(step.initial == Initial.A, delayed_a[part] << FRACTION,
                        Mux(step.initial == Initial.NOISE, noise, 0))
                ),
                begin.eq(given + half),
            ]  # fmt: skip
            found.append(begin)
        return found

    def _rounded(self, m: Module, step, sums: list[Signal]) -> None:
        """The bits that a result keeps, and then saturated to its word."""
        sizes = self.sizes
        kept = sizes.sum_bits - min(sizes.shifts.values())
        clipped = []
        for total, part in zip(sums, ("real", "imaginary"), strict=True):
            shifted = Signal(signed(kept), name=f"shifted_{part}", reset_less=True)
            with m.Switch(step.result):
                for result, shift in sizes.shifts.items():
                    with m.Case(result):
                        m.d.sync += shifted.eq(total >> shift)
            value = Signal(signed(WORD_BITS), name=f"value_{part}", reset_less=True)
            m.d.sync += value.eq(saturate(shifted, WORD_BITS))
            beyond = (shifted[WORD_BITS - 1 :] ^ shifted[-1].replicate(kept - WORD_BITS + 1)).any()
            lowest = shifted[-1] & ~shifted[: WORD_BITS - 1].any()
            over = Signal(name=f"over_{part}", reset_less=True)
            m.d.sync += over.eq(beyond | lowest)
            clipped.append(over)
            m.d.comb += self.value[part].eq(value)
        m.d.comb += self.clipped.eq(Cat(*clipped).any())
