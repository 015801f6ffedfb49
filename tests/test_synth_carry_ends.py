"""Trimmed carry chains compute what they computed, and need no feed-in or feed-out."""

import copy
import itertools

import pytest
from carry_cells import CARRY_PORTS, evaluate

from synth.carry_ends import trim_carry_chains


def chain(carry_in: str, subtract: bool) -> dict:
    """A two-bit adder a + b + carry_in as Yosys maps it: sums 20 and 21, a: 2, 3, b: 4, 5."""
    wires = {"CIN": [carry_in], "A0": [2], "B0": [4], "A1": [3], "B1": [5]}
    wires |= {"C0": ["1" if subtract else "0"], "D0": ["1"], "D1": ["1"]}
    wires |= {"C1": ["1" if subtract else "0"], "S0": [20], "S1": [21], "COUT": [22]}
    cell = {
        "type": "CCU2C",
        "parameters": {
            "INIT0": "1001011010101010", "INIT1": "1001011010101010",
            "INJECT1_0": "NO", "INJECT1_1": "NO",
        },
        "attributes": {},
        "port_directions": dict(CARRY_PORTS),
        "connections": wires,
    }  # fmt: skip
    ports = {"s": {"direction": "output", "bits": [20, 21]}}
    return {"modules": {"top": {"ports": ports, "cells": {"adder": cell}}}}


@pytest.mark.parametrize("carry_in", ["0", "1"])
@pytest.mark.parametrize("subtract", [False, True])
def test_same_sums_whatever_comes_in(carry_in, subtract):
    before = chain(carry_in, subtract)
    after = copy.deepcopy(before)
    assert trim_carry_chains(after, "top") == 2
    wires = after["modules"]["top"]["cells"]["adder"]["connections"]
    assert wires["CIN"] == wires["COUT"] == ["x"]
    for bits in itertools.product((0, 1), repeat=4):
        values = dict(zip((2, 3, 4, 5), bits, strict=True))
        due = evaluate(before, values, 0)
        for floating in (0, 1):
            got = evaluate(after, values, floating)
            assert (got[20], got[21]) == (due[20], due[21])


def test_ends_that_are_used_stay():
    netlist = chain("0", False)
    module = netlist["modules"]["top"]
    module["ports"]["carry"] = {"direction": "output", "bits": [22]}
    module["cells"]["adder"]["connections"]["CIN"] = [9]
    before = copy.deepcopy(netlist)
    assert trim_carry_chains(netlist, "top") == 0
    assert netlist == before
