"""Sizes and widths of a precoder's parts, from its spec.

Distributed arithmetic (Croisier et al. 1973, White, IEEE ASSP Magazine 6 (3), 1989): a mid-rise
word is a sum of bit planes of +-1, and the sum of a group's channel entries under the signs of one
plane is looked up in a table. A group is four antennas (forward, u = H v) or four users (backward,
g = H^H w), so a table has eight address bits. A table word holds two lanes: two users (forward) or
two antennas (backward). Real and imaginary part of a product read the same table.
"""

from functools import cached_property

from hw.lib.arithmetic import signed_bits
from hw.precoder.options import Options
from model.errors import InputError
from quant.precoder.spec import PrecoderSpec

GROUP = 4  # antennas of a cell, users of a group
PAIRS = GROUP // 2  # table words hold two lanes
INDEX_BITS = 2 * GROUP
CELL_VALUES = 2 * GROUP  # real and imaginary parts of a cell's antennas
CELLS_PER_WORD = 4  # of the output memory
MOST_COEFFICIENT_BITS = 18  # what one multiplier of the device takes


def ceil_log2(count: int) -> int:
    """Levels of a binary tree over ``count`` leaves."""
    return (count - 1).bit_length()


class Geometry:
    """Every size that more than one block needs.

    Attributes
    ----------
    cells : groups of four antennas; user_groups : groups of four users
    forward_tables : table memories of a cell that the forward product reads at once, two users each
    passes : reads of all planes until every user had its turn
    plane_count : planes of the backward product (the residual's, or the symbols' if more)
    window : cycles of a round
    rounds : matched filter and iterations
    """

    def __init__(self, spec: PrecoderSpec, options: Options):
        for name in ("x", "w"):
            if getattr(spec, name).rise != "mid_rise":
                raise InputError(
                    f"{name}.rise is {getattr(spec, name).rise!r}, hardware needs 'mid_rise'"
                )
        self.spec, self.options = spec, options
        self.unfolded = options.form == "unfolded"
        self.cells = -(-spec.antennas // GROUP)
        self.user_groups = -(-spec.users // GROUP)
        self.rounds = len(spec.rounds) + 1
        self.x_bits, self.w_bits = spec.x.bits, spec.w.bits
        self.symbol_bits = spec.largest_symbol.bit_length()
        self.plane_count = max(self.w_bits, self.symbol_bits)
        self.backward_cycles = 2 * self.plane_count
        self.forward_tables = -(-spec.users * self.x_bits // (2 * self.backward_cycles))
        self.lanes = 2 * self.forward_tables
        self.passes = -(-spec.users // self.lanes)
        self.forward_cycles = self.passes * self.x_bits
        self.window = self._window()
        self.period = self.window * (1 if self.unfolded else self.rounds)
        for name, widths in self._needed_bits.items():
            if widths > MOST_COEFFICIENT_BITS:
                raise InputError(
                    f"{name} needs {widths} bits over all rounds, "
                    f"hardware takes {MOST_COEFFICIENT_BITS}"
                )

    def _window(self) -> int:
        # An unfolded array has no round without products: one more cycle lets tables be written.
        busy = max(self.backward_cycles, self.forward_cycles) + self.unfolded
        # A cell's values pass one multiplier, and the cells' bits leave one cell a cycle.
        values = CELL_VALUES + 4
        leaving = -(-self.words * CELLS_PER_WORD // (1 if self.unfolded else self.rounds))
        return max(busy, values, leaving)

    @property
    def words(self) -> int:
        """Words of bits that a vector leaves as."""
        return -(-self.cells // CELLS_PER_WORD)

    # --- tables -------------------------------------------------------------------------------

    @property
    def table_scale(self) -> int:
        """Table sums are in units of this: a sum of eight odd entries is even."""
        return 2 if self.spec.h.rise == "mid_rise" else 1

    @property
    def table_maximum(self) -> int:
        return INDEX_BITS * self.spec.h.maximum // self.table_scale

    @property
    def table_bits(self) -> int:
        return signed_bits(self.table_maximum)

    @property
    def operand_bits(self) -> int:
        """What one address bit adds to a table sum when it turns: +-2 h in units of the scale."""
        return signed_bits(2 * self.spec.h.maximum // self.table_scale)

    @property
    def passes_depth(self) -> int:
        """Places of a forward table memory for the passes, a power of two."""
        return 1 << ceil_log2(self.passes)

    @property
    def backward_tables(self) -> int:
        """Table memories of an antenna pair: a memory has two ports, a user group each."""
        return -(-self.user_groups // 2)

    @property
    def groups_per_table(self) -> int:
        return min(2, self.user_groups)

    # --- sums ---------------------------------------------------------------------------------

    @property
    def chain_bits(self) -> int:
        """One plane's sum over all cells."""
        return signed_bits(self.cells * self.table_maximum)

    @property
    def u_sum_bits(self) -> int:
        return signed_bits(self.cells * self.table_maximum * ((1 << self.x_bits) - 1))

    @property
    def g_bits(self) -> int:
        """H^H w in units of the table's scale."""
        return signed_bits(self.g_maximum)

    @property
    def g_maximum(self) -> int:
        return self.user_groups * self.table_maximum * ((1 << self.plane_count) - 1)

    # --- coefficients -------------------------------------------------------------------------

    @cached_property
    def frac_bits(self) -> int:
        """Fraction bits in which all rounds' coefficients are whole numbers."""
        spec = self.spec
        return max(spec.start.frac_bits, *(step.frac_bits for step in spec.rounds))

    @cached_property
    def _scaled(self) -> dict[str, list[int]]:
        spec, frac, scale = self.spec, self.frac_bits, self.table_scale
        return {
            "keep": [0, *(r.keep.scaled(frac) for r in spec.rounds)],
            "step": [
                spec.start.scaled(frac) * scale,
                *(r.step.scaled(frac) * scale for r in spec.rounds),
            ],
        }

    @cached_property
    def shifts(self) -> dict[str, int]:
        """Zeros at the low end of all rounds' coefficients: they need no multiplier."""
        if self.options.writable:
            return {"keep": 0, "step": 0}
        return {
            name: min((value & -value).bit_length() - 1 for value in values if value)
            for name, values in self._scaled.items()
        }

    @cached_property
    def coefficients(self) -> dict[str, list[int]]:
        """``keep`` and ``step`` of every round, the matched filter's first, without ``shifts``.

        ``step`` is in units of ``g``, which is in units of the tables' scale.
        """
        return {
            name: [value >> self.shifts[name] for value in values]
            for name, values in self._scaled.items()
        }

    @property
    def hard_wired(self) -> bool:
        """Every array serves one round, whose coefficients are in its logic."""
        return self.unfolded and not self.options.writable

    def terms(self, round_: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """``keep`` and ``step`` of a round as (sign, exponent) pairs, exponents from 0 on."""
        spec, scale_bits = self.spec, self.table_scale - 1
        pair = (None, spec.start)
        if round_ > 0:
            pair = (spec.rounds[round_ - 1].keep, spec.rounds[round_ - 1].step)
        keep, step = (
            [(sign, exponent + self.frac_bits + extra) for sign, exponent in c.terms] if c else []
            for c, extra in zip(pair, (0, scale_bits), strict=True)
        )
        return keep, step

    @property
    def coefficient_bits(self) -> dict[str, int]:
        if self.options.writable:
            return {"keep": MOST_COEFFICIENT_BITS, "step": MOST_COEFFICIENT_BITS}
        return self._needed_bits

    @property
    def _needed_bits(self) -> dict[str, int]:
        return {
            name: signed_bits(max(map(abs, values))) for name, values in self.coefficients.items()
        }

    @property
    def y_bits(self) -> int:
        """keep x + step g, exact, in every round."""
        rounds = list(zip(*self._scaled.values(), strict=True))
        if self.options.writable:
            rounds = [(1 << (MOST_COEFFICIENT_BITS - 1),) * 2]
        return signed_bits(
            max(
                abs(keep) * self.spec.x.maximum + abs(step) * self.g_maximum
                for keep, step in rounds
            )
        )
