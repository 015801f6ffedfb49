"""The carry cells of the families: two halves, each a table that propagates or generates.

A half's sum is its table's value p xor the carry that comes in. That carry goes on where p is 1;
else what goes on is the table's value with the upper inputs at 0: C and D of ECP5's CCU2C, D of
Nexus' CCU2 (cell models of Yosys: ccu2c_sim.vh, cells_sim.v).
"""

from collections.abc import Callable
from dataclasses import dataclass


def _binary(value: int) -> str:
    return f"{value:016b}"


def _of_binary(text: str) -> int:
    return int(text, 2)


def _hexadecimal(value: int) -> str:
    """As Yosys writes strings in JSON: a space behind those that look like bits."""
    text = f"0x{value:04x}"
    return f"{text} " if set(text) <= set("01x") else text


def _of_hexadecimal(text: str) -> int:
    return int(text.strip(), 16)


@dataclass(frozen=True)
class CarryCells:
    """What the passes over carry chains have to know of a family.

    kind : cell type; its ports are CIN, COUT and A to D, S of both halves
    low : number of inputs, from A on, that decide on a generated carry
    inject : the parameter that a half has besides its table, by half
    table, of_table : a table of 16 bits as a parameter, and back
    feed_in : Yosys begins chains with a cell of their own that makes the first carry
    models : Yosys' models of the family's cells
    """

    kind: str
    low: int
    inject: tuple[str, str]
    table: Callable[[int], str]
    of_table: Callable[[str], int]
    feed_in: bool
    models: str

    @property
    def upper(self) -> str:
        """The inputs that are at 0 for the generated carry."""
        return "ABCD"[self.low :]

    @property
    def rows(self) -> int:
        """Rows of the table of a generated carry."""
        return 1 << self.low

    def halves(self, table: int, fixed: list[int]) -> tuple[int, int]:
        """Tables of propagate and of generate over the low inputs, the upper ones ``fixed``."""
        mask = (1 << self.rows) - 1
        row = sum(bit << place for place, bit in enumerate(fixed))
        return table >> (self.rows * row) & mask, table & mask


CCU2C = CarryCells("CCU2C", 2, ("INJECT1_0", "INJECT1_1"), _binary, _of_binary, False,
                   "+/ecp5/cells_sim.v")  # fmt: skip
CCU2 = CarryCells("CCU2", 3, ("INJECT", "INJECT"), _hexadecimal, _of_hexadecimal, True,
                  "+/nexus/cells_sim.v")  # fmt: skip
