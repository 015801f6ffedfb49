"""The residual of a round: w = u - s (s^H u) / |s|^2 for all users."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import quantise_mid_rise, saturate, shift_round, signed_bits
from hw.lib.delay import delayed
from hw.lib.multiplier import WideMultiplier
from hw.mimo_array.forward import sums_layout
from hw.precoder.geometry import Geometry
from hw.precoder.symbols import symbol_word
from hw.precoder.timing import Timing


class Residual(wiring.Component):
    """Users of a pass in parallel, pass after pass, in time with the end of the chain.

    Members
    -------
    sums : planes of u from the end of the chain
    first_plane, first_pass : the sums begin anew (``first_pass`` with ``add_inner``)
    add_inner : the inner product takes a pass
    hold_projection : the projection is complete
    symbols : symbols of the pass whose u is complete, and the vector's reciprocal energy
    codes : [user of the pass][part] offset codes of w
    """

    def __init__(self, geometry: Geometry, timing: Timing):
        self.geometry, self.timing = geometry, timing
        g = geometry
        super().__init__(
            {
                "sums": In(sums_layout(g)),
                "first_plane": In(1),
                "add_inner": In(1),
                "first_pass": In(1),
                "hold_projection": In(1),
                "symbols": In(symbol_word(g)),
                "codes": Out(data.ArrayLayout(data.ArrayLayout(g.w_bits, 2), g.lanes)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g, spec = self.geometry, self.geometry.spec
        u = [[self._u(m, n, part) for part in range(2)] for n in range(g.lanes)]
        s = [[_symbol(self.symbols.parts[n][part]) for part in range(2)] for n in range(g.lanes)]
        projection = self._projection(m, self._inner(m, s, u))

        # u and s wait until their vector's projection is there.
        wait = self.timing.projection_ready - self.timing.u_ready
        fraction = spec.projection_frac_bits
        for n in range(g.lanes):
            s_re, s_im = (
                _symbol(delayed(m, self.symbols.parts[n][part], wait, f"s{n}_{part}"))
                for part in range(2)
            )
            for part, parallel in enumerate(_product(m, f"along{n}", s_re, s_im, projection)):
                late = delayed(m, u[n][part], wait + 2, f"u{n}_{part}")
                left = Signal(signed(_difference_bits(late, parallel, fraction)),
                              name=f"left{n}_{part}", reset_less=True)  # fmt: skip
                code = Signal(g.w_bits, name=f"code{n}_{part}", reset_less=True)
                m.d.sync += [
                    left.eq((late << fraction) - parallel),
                    code.eq(quantise_mid_rise(left, spec.w_shift, g.w_bits)),
                ]
                m.d.comb += self.codes[n][part].eq(code)
        return m

    def _u(self, m: Module, user: int, part: int):
        """Planes to u, rounded and saturated; three cycles behind the last plane."""
        g, spec = self.geometry, self.geometry.spec
        name = f"{user}_{part}"
        exact = Signal(signed(g.u_sum_bits), name=f"exact{name}", reset_less=True)
        m.d.sync += exact.eq(Mux(self.first_plane, 0, exact << 1) + self.sums[user][part])
        scaled = exact << (g.table_scale - 1)
        rounded = Signal(signed(g.u_sum_bits + 1), name=f"rounded{name}", reset_less=True)
        u = Signal(signed(spec.u_bits), name=f"u{name}", reset_less=True)
        m.d.sync += [
            rounded.eq(shift_round(scaled, spec.u_shift)),
            u.eq(saturate(rounded, spec.u_bits)),
        ]
        return u

    def _inner(self, m: Module, s: list, u: list) -> list:
        """Real and imaginary part of s^H u, added up over the passes."""
        g, spec = self.geometry, self.geometry.spec
        inner = []
        terms: list[list] = [[], []]
        for n in range(g.lanes):
            (s_re, s_im), (u_re, u_im) = s[n], u[n]
            products = {}
            for name, a, b in (
                ("rr", s_re, u_re), ("ii", s_im, u_im), ("ri", s_re, u_im), ("ir", s_im, u_re)
            ):  # fmt: skip
                products[name] = _registered(m, f"inner{n}_{name}", a * b)
            terms[0].append(products["rr"] + products["ii"])
            terms[1].append(products["ri"] - products["ir"])
        bits = spec.accumulator_bits["inner"]
        for part in range(2):
            level, sums = 0, terms[part]
            while True:
                sums = [
                    _registered(m, f"sum{part}_{level}_{i}", total) for i, total in enumerate(sums)
                ]
                if len(sums) == 1:
                    break
                pairs = [sums[i : i + 2] for i in range(0, len(sums), 2)]
                sums = [pair[0] + pair[1] if len(pair) > 1 else pair[0] for pair in pairs]
                level += 1
            total = Signal(signed(bits), name=f"inner{part}", reset_less=True)
            with m.If(self.add_inner):
                m.d.sync += total.eq(Mux(self.first_pass, 0, total) + sums[0])
            inner.append(total)
        return inner

    def _projection(self, m: Module, inner: list) -> list:
        """(s^H u) / |s|^2 with the fraction bits that the spec keeps."""
        g, spec = self.geometry, self.geometry.spec
        reciprocal = self.symbols.reciprocal
        late = delayed(m, reciprocal, self.timing.sum_levels + 2, "reciprocal")
        projection = []
        for part, value in enumerate(inner):
            multiplier = WideMultiplier(len(value), len(late) + 1)
            m.submodules[f"scale{part}"] = multiplier
            drop = spec.projection_bits - spec.projection_frac_bits
            rounded = shift_round(multiplier.o, drop)
            kept = Signal(signed(projection_bits(g)), name=f"projection{part}", reset_less=True)
            m.d.comb += [multiplier.a.eq(value), multiplier.b.eq(late)]
            with m.If(self.hold_projection):
                m.d.sync += kept.eq(rounded)
            projection.append(kept)
        return projection


def projection_bits(g: Geometry) -> int:
    """Width of a part of the projection: |s^H u| / |s|^2 is at most the largest u over |s|."""
    spec = g.spec
    u_maximum = (1 << (spec.u_bits - 1)) - 1
    inner = 2 * spec.users * spec.largest_symbol * u_maximum
    drop = spec.projection_bits - spec.projection_frac_bits
    return signed_bits((inner * spec.reciprocal(2 * spec.users) >> drop) + 1)


def _symbol(code):
    """Odd integer of a two's complement code c: 2c + 1."""
    return Cat(1, code).as_signed()


def _registered(m: Module, name: str, value) -> Signal:
    register = Signal(value.shape(), name=name, reset_less=True)
    m.d.sync += register.eq(value)
    return register


def _product(m: Module, name: str, s_re, s_im, p: list) -> list:
    """Complex product s p, two cycles later."""
    parts = (
        (s_re * p[0], s_im * p[1], -1),
        (s_re * p[1], s_im * p[0], 1),
    )
    result = []
    for part, (first, second, sign) in enumerate(parts):
        a = _registered(m, f"{name}_{part}a", first)
        b = _registered(m, f"{name}_{part}b", second)
        result.append(_registered(m, f"{name}_{part}", a + b if sign > 0 else a - b))
    return result


def _difference_bits(u, parallel, fraction: int) -> int:
    return max(len(u) + fraction, len(parallel)) + 1
