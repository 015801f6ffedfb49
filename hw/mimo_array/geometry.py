"""Sizes and widths of an array's parts.

Distributed arithmetic (Croisier et al. 1973, White, IEEE ASSP Magazine 6 (3), 1989): a mid-rise
word is a sum of bit planes of +-1, and the sum of a group's channel entries under the signs of one
plane is looked up in a table. A group is four antennas (forward, u = H v) or four users (backward,
g = H^H w), so a table has eight address bits. A table word holds two lanes: two users (forward) or
two antennas (backward). Real and imaginary part of a product read the same table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from amaranth.lib import wiring

from hw.lib.arithmetic import signed_bits

GROUP = 4  # antennas of a cell, users of a group
PAIRS = GROUP // 2  # table words hold two lanes
INDEX_BITS = 2 * GROUP
CELL_VALUES = 2 * GROUP  # real and imaginary parts of a cell's antennas
CELLS_PER_WORD = 4  # of the output memory


def ceil_log2(count: int) -> int:
    """Levels of a binary tree over ``count`` leaves."""
    return (count - 1).bit_length()


@dataclass(frozen=True)
class Sizes:
    """What an array is asked for.

    antennas, users : of the channel matrix
    h_bits, h_mid_rise, h_maximum : codes of the channel's parts, and their largest value
    x_bits : of a part of an iterate, mid-rise
    w_bits : of a part of a residual, mid-rise ; symbol_bits : of a symbol's part; 0: none enter
    rounds : matched filter and iterations
    unfolded : an array for every round
    later_bits : of the codes of matrices behind the first; None: as the first's
    table_bits : of a table word, at most; None: of the largest sum
    """

    antennas: int
    users: int
    h_bits: int
    h_mid_rise: bool
    h_maximum: int
    x_bits: int
    w_bits: int
    symbol_bits: int
    rounds: int
    unfolded: bool
    later_bits: int | None = None
    table_bits: int | None = None


class ArrayGeometry:
    """Every size that more than one block needs.

    Whoever builds on the array derives from this class and says what stands between the products:

    * ``element_fields`` : name to shape, what comes with the values along the control chain
    * ``element(round_)`` : a block with ``value`` (g) and ``old`` (offset code of the iterate) in,
      the members of ``element_fields``, and ``new`` (offset code) out
    * ``element_cycles`` : its latency
    * ``input_bits`` : of a value that comes from outside for every value of the cells and stays
        with its vector, ``input_values`` of them at once; then ``element(round_)`` has it as
        ``received``, and ``element_fields`` has ``first``: the values of a new vector pass
    * ``conjugate`` : the backward product is H^H w; otherwise it is that of the transpose
    * ``first_bits``, ``later_bits`` : of codes of the first matrix and of those behind it
    * ``matrices`` : that are loaded: one for both products, or one for the backward product and
        one or two for the forward product (the second serves each vector's first round)

    Attributes
    ----------
    cells : groups of four antennas; user_groups : groups of four users
    forward_tables : table memories of a cell that the forward product reads at once, two users each
    passes : reads of all planes until every user had its turn
    plane_count : planes of the backward product (the residual's, or the symbols' if more)
    window : cycles of a round
    """

    element_fields: Mapping = {}
    element_cycles: int
    input_bits = 0
    input_values = 1
    conjugate = True
    matrices = 1

    def element(self, round_: int) -> wiring.Component:
        """The element-wise function, for an array whose first round is this."""
        raise NotImplementedError

    def __init__(self, sizes: Sizes):
        self.sizes = sizes
        self.antennas, self.users, self.rounds = sizes.antennas, sizes.users, sizes.rounds
        self.unfolded = sizes.unfolded
        self.h_mid_rise = sizes.h_mid_rise
        self.first_bits, self.later_bits = sizes.h_bits, sizes.later_bits or sizes.h_bits
        self.h_bits = max(self.first_bits, self.later_bits)
        self.x_bits, self.w_bits, self.symbol_bits = sizes.x_bits, sizes.w_bits, sizes.symbol_bits
        self.cells = -(-sizes.antennas // GROUP)
        self.user_groups = -(-sizes.users // GROUP)
        self.plane_count = max(self.w_bits, self.symbol_bits)
        self.backward_cycles = 2 * self.plane_count
        self.forward_tables = self._forward_tables()
        self.lanes = 2 * self.forward_tables
        self.passes = -(-sizes.users // self.lanes)
        self.forward_cycles = self.passes * self.x_bits
        self.window = self._window()
        self.period = self.window * (1 if self.unfolded else self.rounds)

    def _forward_tables(self) -> int:
        # So many that the forward product takes no longer than the backward product.
        return -(-self.sizes.users * self.x_bits // (2 * self.backward_cycles))

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
        return 2 if self.h_mid_rise else 1

    @property
    def sum_bits(self) -> int:
        """Of a group's sum, exact."""
        return signed_bits(INDEX_BITS * self.sizes.h_maximum // self.table_scale)

    @property
    def table_bits(self) -> int:
        """Of a table word, which saturates where it has fewer bits than the sum."""
        return min(self.sum_bits, self.sizes.table_bits or self.sum_bits)

    @property
    def saturates(self) -> bool:
        return self.table_bits < self.sum_bits

    @property
    def turn_cycles(self) -> int:
        """From a builder's operand to the word that it makes of it."""
        return 2 + self.saturates

    @property
    def table_maximum(self) -> int:
        if self.saturates:
            return (1 << (self.table_bits - 1)) - 1
        return INDEX_BITS * self.sizes.h_maximum // self.table_scale

    @property
    def operand_bits(self) -> int:
        """What one address bit adds to a table sum when it turns: +-2 h in units of the scale."""
        return signed_bits(2 * self.sizes.h_maximum // self.table_scale)

    @property
    def rows(self) -> int:
        """Of all matrices, in the channel memory."""
        return self.users * self.matrices

    @property
    def forward_matrices(self) -> int:
        """Matrices whose sums the forward tables hold."""
        return max(1, self.matrices - 1)

    @property
    def passes_depth(self) -> int:
        """Places of a forward table memory for the passes of a matrix, a power of two."""
        return 1 << ceil_log2(self.passes)

    @property
    def forward_places(self) -> int:
        """Of a forward table memory, for each buffer: all matrices' passes."""
        return self.passes_depth * self.forward_matrices

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
