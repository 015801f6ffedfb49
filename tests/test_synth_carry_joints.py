"""Joined carry chains compute what they computed, in fewer cells."""

import copy
import itertools

import pytest
from carry_cells import CARRY_PORTS, evaluate

from synth.carry_joints import join_carry_chains

_ADD = "1001011010101010"  # A xor B, with C at 0 and D at 1 a full adder's propagate
_START = "0000000000001010"  # with C and D at 1: nothing propagates, A is carried


def chains(bits: int, count: int = 2) -> dict:
    """``count`` adders a + b + plus, each begun by a half cell: its nets begin at 100 * number."""
    cells, outputs = {}, []
    for number in range(1, count + 1):
        base = 100 * number
        halves = [(_START, {"A": base, "B": "0", "C": "1", "D": "1", "S": "x"})]
        for i in range(bits):
            halves.append((_ADD, {"A": base + 10 + i, "B": base + 30 + i, "C": "0", "D": "1",
                                  "S": base + 50 + i}))  # fmt: skip
        outputs += [base + 50 + i for i in range(bits)]
        if len(halves) % 2:
            halves.append(("0" * 16, dict.fromkeys("ABCD", "0") | {"S": "x"}))
        size = len(halves) // 2
        for place in range(size):
            wires = {"CIN": [base + 70 + place] if place else ["x"]}
            wires["COUT"] = [base + 71 + place] if place + 1 < size else ["x"]
            parameters = {}
            for half in range(2):
                table, ports = halves[2 * place + half]
                parameters |= {f"INIT{half}": table, f"INJECT1_{half}": "NO"}
                wires |= {f"{port}{half}": [net] for port, net in ports.items()}
            cells[f"adder{number}.{place}"] = {
                "type": "CCU2C",
                "parameters": parameters,
                "port_directions": CARRY_PORTS,
                "connections": wires,
            }
    ports = {"s": {"direction": "output", "bits": outputs}}
    return {"modules": {"top": {"ports": ports, "cells": cells}}}


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
