"""Our Verilog says what Amaranth's RTLIL says, and reads well."""


import pytest
from amaranth.hdl import signed, unsigned
from verilog_zoo import Choices, Domains, Memories, NoBits, Operators, Registers, difference

SHAPES = [(unsigned(5), unsigned(3)), (signed(4), signed(6)), (unsigned(4), signed(3)),
          (unsigned(1), unsigned(2)), (signed(5), unsigned(5))]  # fmt: skip
MADE = {
    **{f"operators {a} {b} {drop}": (lambda a=a, b=b, drop=drop: Operators(a, b, drop), 1)
       for a, b in SHAPES for drop in (False, True)},
    "choices": (Choices, 1),
    "a wire of no bits": (NoBits, 1),
    "registers": (Registers, 6),
    "domains": (Domains, 6),
    "memories": (lambda: Memories(4, [1, 2, 3]), 5),
    "memories, zero": (lambda: Memories(4), 5),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_says_the_same(name, tmp_path):
    make, cycles = MADE[name]
    assert difference(make(), make, tmp_path, cycles) is None
