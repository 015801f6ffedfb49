"""What ``tests.cmodel_limit`` makes of a disassembly."""

from collections import Counter

import pytest

from tests.cmodel_limit import looped, sorts


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("1a:\tvpminsw %zmm9,%zmm1,%zmm1", ["any", "minimum"]),
        ("1a:\tvpaddw 0x40(%rsi,%rax,8),%zmm3,%zmm4", ["any", "load", "other"]),
        ("1a:\tvmovdqa64 (%rax,%rbx,1),%zmm2", ["any", "load"]),
        ("1a:\tvmovdqa64 %zmm2,%zmm3", ["any"]),
        ("1a:\tvmovdqu16 %zmm8,%zmm5{%k2}", ["any", "other"]),
        ("1a:\tvmovdqa64 %zmm5,0x80(%rsi)", ["any", "store"]),
        ("1a:\tvpbroadcastd 0x8(%rax),%zmm1", ["any", "load"]),
        ("1a:\tvpbroadcastw %ecx,%zmm3", ["any", "shuffle"]),
        ("1a:\tvpermi2b %zmm1,%zmm2,%zmm3", ["any", "shuffle"]),
        ("1a:\tvpsraw $0x1,%zmm4,%zmm4", ["any", "shift"]),
        ("1a:\tvpdpbusd (%rax){1to16},%zmm4,%zmm4", ["any", "load", "multiply"]),
        ("1a:\tvpcmpltw %zmm0,%zmm12,%k2", ["any", "compare"]),
        ("1a:\tadd $0x40,%rax", ["any"]),
        ("not an instruction", []),
    ],
)
def test_sorts(text, due):
    assert sorts(text) == due


def test_a_loop_counts_as_often_as_it_runs():
    lines = ["10:\tpush %rbp", "11:\tvpaddw %zmm1,%zmm2,%zmm3", "15:\tadd $1,%rax",
             "19:\tjne 11 <f>", "1b:\tret"]  # fmt: skip
    assert looped(lines, 10) == Counter(any=2 + 3 * 10, other=10)
    assert looped(lines[:3], 10) == Counter(any=3, other=1)
