"""What travels along the chain of cells: everything that tells a cell what to do in a cycle.

A cell registers it and hands it on, so control needs no wide fan-out and all cells are alike.
"""

from amaranth.hdl import signed
from amaranth.lib import data

from hw.mimo_array.geometry import (
    INDEX_BITS,
    PAIRS,
    ArrayGeometry,
    ceil_log2,
)

OPERAND_BITS = ceil_log2(INDEX_BITS)


def place_bits(count: int) -> int:
    """Width of an index below ``count``; at least 1, since Verilog has no empty ports."""
    return max(1, ceil_log2(count))


def control_layout(g: ArrayGeometry) -> data.StructLayout:
    """One cycle of control.

    indices : table index of each user group (backward product); while tables are written, all
        hold the address
    bank, table_bank : buffer of the channel; the second for the port through which tables are
        written
    table_group : half of a backward table that this port reads or writes
    clear : the accumulators start anew
    take : the accumulators hold a cell's values: first real, then imaginary parts
    the geometry's ``element_fields`` : what the element-wise function needs with the values
    x_shift : a value passes; the iterate it updates goes on
    planes : the new iterate is complete: load its planes
    emit : it was the last round: send the signs
    forward_pass, forward_bank : users (and matrix) that the forward tables serve
    forward_address : where a forward table is written
    build : what the table builders do
    """
    return data.StructLayout(
        {
            "indices": data.ArrayLayout(INDEX_BITS, g.user_groups),
            "bank": 1,
            "table_bank": 1,
            "table_group": 1,
            "clear": 1,
            "take": 1,
            **g.element_fields,
            "x_shift": 1,
            "planes": 1,
            "emit": 1,
            "forward_pass": place_bits(g.forward_places),
            "forward_bank": 1,
            "forward_address": INDEX_BITS - 1,
            "build": build_layout(g),
        }
    )


def build_layout(g: ArrayGeometry) -> data.StructLayout:
    """Two cycles before a table word is written, and the cycle in which it is.

    turn : add (or subtract, with ``minus``) operand number ``operand`` to both lanes' sums
    write_backward, write_forward : one bit for each table memory of a cell
    """
    return data.StructLayout(
        {
            "turn": 1,
            "operand": OPERAND_BITS,
            "minus": 1,
            "write_backward": PAIRS * g.backward_tables,
            "write_forward": g.forward_tables,
        }
    )


def operand_layout(g: ArrayGeometry) -> data.StructLayout:
    """Channel entries for the table builder of one cell.

    first_sums : ``lanes`` holds the sums at address 0, not operand number ``operand``
    """
    return data.StructLayout(
        {
            "valid": 1,
            "cell": place_bits(g.cells),
            "operand": OPERAND_BITS,
            "first_sums": 1,
            "lanes": data.ArrayLayout(signed(g.sum_bits), PAIRS),
        }
    )
