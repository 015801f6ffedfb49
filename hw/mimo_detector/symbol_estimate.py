"""Estimates of the users: r = quantise(x + g u), and what follows from it."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import mid_rise, mid_rise_code
from hw.lib.delay import delayed
from hw.mimo_array.bundle import place_bits
from hw.mimo_array.forward import sums_layout
from hw.mimo_detector.geometry import Geometry
from hw.mimo_detector.words import WordTable, word_bits


class SymbolEstimate(wiring.Component):
    """Sums of a pass become u; units take its users' parts one after the other.

    Unit n serves users n, n + units, .. of a pass: of each first the real, then the imaginary part.

    Members
    -------
    sums : planes of u from the end of the chain
    first_plane : the sums begin anew ; take : they are complete, and item 0 is at the units next
    gain : of the round, from a cycle behind its item 0 on ; first : as late: the round has no x
    old : offset codes of x, two cycles behind the item before (a memory's word)
    table_round : round whose table is read, from five cycles behind item 0 on
    beyond : r of an item left its word, six cycles behind the item
    words : of :mod:`hw.mimo_detector.words`, seven cycles behind the item

    Attributes
    ----------
    latency_cycles : 7, from an item to ``words``
    """

    latency_cycles = 5 + WordTable.latency_cycles

    def __init__(self, geometry: Geometry):
        self.geometry = g = geometry
        super().__init__(
            {
                "sums": In(sums_layout(g)),
                "first_plane": In(1),
                "take": In(1),
                "gain": In(signed(g.gain_bits)),
                "first": In(1),
                "old": In(data.ArrayLayout(g.w_bits, g.units)),
                "table_round": In(place_bits(g.rounds)),
                "beyond": Out(1),
                "words": Out(data.ArrayLayout(word_bits(g), g.units)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        exact = [[self._exact(m, user, part) for part in range(2)] for user in range(g.lanes)]
        found = [self._unit(m, unit, exact) for unit in range(g.units)]
        beyond = Signal()
        m.d.sync += beyond.eq(~Cat(inside for _, inside in found).all())
        m.d.comb += self.beyond.eq(beyond)
        for number, unit in enumerate(range(0, g.units, 2)):
            pair = found[unit : unit + 2]
            m.submodules[f"words{number}"] = table = WordTable(g, len(pair))
            m.d.comb += table.round_.eq(self.table_round)
            for port, (code, _) in enumerate(pair):
                m.d.comb += [
                    table.r[port].eq(code),
                    self.words[unit + port].eq(table.word[port]),
                ]
        return m

    def _exact(self, m: Module, user: int, part: int):
        """Planes to a sum, without bits that no rounding looks at."""
        g = self.geometry
        exact = Signal(signed(g.u_sum_bits), name=f"exact{user}_{part}", reset_less=True)
        m.d.sync += exact.eq(Mux(self.first_plane, 0, exact << 1) + self.sums[user][part])
        return exact[max(0, g.u_drop - 1) :].as_signed()

    def _unit(self, m: Module, unit: int, exact: list):
        """A unit's r and whether it fits its word."""
        g, spec = self.geometry, self.geometry.spec
        users = [unit + g.units * i for i in range(g.unit_users)]
        items = [exact[user][part] for user in users if user < g.lanes for part in range(2)]
        line = [Signal.like(value, name=f"item{unit}_{k}", reset_less=True)
                for k, value in enumerate(items)]  # fmt: skip
        for register, value, behind in zip(line, items, [*line[1:], None], strict=True):
            later = value if behind is None else Mux(self.take, value, behind)
            m.d.sync += register.eq(later)
        absent = self._absent(m, unit, len(items))

        def register(name: str, value, shape=None) -> Signal:
            made = Signal(shape or value.shape(), name=f"{name}{unit}", reset_less=True)
            m.d.sync += made.eq(value)
            return made

        sum_ = line[0]
        u = sum_ << 1 if g.u_drop < 0 else (sum_ + 1) >> 1 if g.u_drop else sum_
        u = register("u", u)
        x = register("x", Mux(self.first, 0, mid_rise(self.old[unit])))
        product = register("product", u * self.gain)
        total = register("total", product + (x << spec.gain_frac_bits))
        shift = spec.gain_frac_bits - spec.r_frac_bits
        code, inside = mid_rise_code(total, shift, spec.r.bits)
        low, fits = register("low", code), register("fits", inside)
        fitted = fits if absent is None else fits | absent
        negative = register("negative", total[-1])
        clipped = Mux(fits, low, (~negative).replicate(spec.r.bits))
        return register("r", clipped), register("fitted", fitted)

    def _absent(self, m: Module, unit: int, items: int):
        """Whether what ``fits`` speaks of is none of the unit's items; None where others have no
        more of them.
        """
        g = self.geometry
        if items == 2 * g.unit_users:
            return None
        left = Signal(items, name=f"left{unit}")
        m.d.sync += left.eq(Mux(self.take, -1, left >> 1))
        to_fits = 4  # u, product, total, and the register of ``fits``
        return delayed(m, ~left[0], to_fits, f"absent{unit}")
