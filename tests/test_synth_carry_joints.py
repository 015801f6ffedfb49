"""Joined carry chains compute what they computed, in fewer cells."""

import copy
import itertools

import pytest
from carry_cells import chains, evaluate

from synth.carry_joints import join_carry_chains


@pytest.mark.parametrize("bits", [2, 4])
def test_two_chains_share_a_cell(bits):
    before = chains(bits)
    after = copy.deepcopy(before)
    assert join_carry_chains(after, "top") == 1
    module = after["modules"]["top"]
    assert len(module["cells"]) == len(before["modules"]["top"]["cells"]) - 1
    words = list(itertools.product(range(1 << bits), range(1 << bits), range(2)))
    for first, second in zip(words, reversed(words), strict=True):
        values = {}
        for number, (a, b, plus) in enumerate((first, second), 1):
            values[100 * number] = plus
            for i in range(bits):
                values[100 * number + 10 + i] = a >> i & 1
                values[100 * number + 30 + i] = b >> i & 1
        for floating in (0, 1):
            got = evaluate(after, values, floating)
            for number, numbers in enumerate((first, second), 1):
                word = sum(got[100 * number + 50 + i] << i for i in range(bits))
                assert word == sum(numbers) % (1 << bits)


@pytest.mark.parametrize("bits, count", [(3, 2), (4, 1)])
def test_full_cells_and_a_chain_by_itself_stay(bits, count):
    netlist = chains(bits, count)
    before = copy.deepcopy(netlist)
    assert join_carry_chains(netlist, "top") == 0
    assert netlist == before


def test_a_chain_whose_last_sum_or_carry_is_used_stays():
    for port in ("S1", "COUT"):
        netlist = chains(4)
        module = netlist["modules"]["top"]
        module["cells"]["adder1.2"]["connections"][port] = [999]
        module["ports"]["more"] = {"direction": "output", "bits": [999]}
        assert join_carry_chains(netlist, "top") == 0
