"""The target layer: every target gives the same bits, and the tables of its cells are right."""

import json

import compiled_proof
import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal, signed
from amaranth.sim import Simulator
from carry_models import cell
from small_specs import small_spec

from hw.build import build
from hw.layered.options import Options
from hw.lib import target, target_ecp5, target_nexus
from hw.lib.truth_table import truth_table
from model.errors import InputError
from sim import buildfolder

SPECS = {
    "irregular_punctured": dict(z=7, partial=True, maps="edge"),
    "one_lane": dict(z=1),
    "two_lanes_4_bit": dict(z=2, message_bits=4),
    "ties": dict(z=5, ties=True, even=True),
}


CASES = [*((case, "ecp5", "CCU2C") for case in SPECS), ("irregular_punctured", "nexus", "CCU2")]


@pytest.mark.parametrize(("case", "device", "kind"), CASES)
def test_verilog_of_primitives_equals_golden(case, device, kind, tmp_path):
    """In Verilator, with the cell models of the installed Yosys."""
    record = build(small_spec(**SPECS[case]), tmp_path / case, {"target": device})
    assert f"{kind} #(" in (tmp_path / case / f"{record['name']}.v").read_text()
    compiled_proof.prove(tmp_path / case, frames=100, seed=3)


def test_targets_have_the_same_ports_and_rates(tmp_path):
    records = [
        build(small_spec(z=5), tmp_path / name, {"target": name}) for name in target.LAYERS
    ]
    for field in ("ports", "cycles_per_frame_full", "latency_cycles", "spec_sha"):
        assert len({json.dumps(record[field]) for record in records}) == 1, field
    assert records[0]["cell_models"] == []


def test_no_carry_but_the_right_one_leaves_a_cell():
    """ccu2c_sim.vh: carry = carry-in where the table is 1, else the table at C = D = 0."""

    def half(table: int, a: int, b: int, c: int, d: int, carry: int) -> tuple[int, int]:
        propagate = table >> (a + 2 * b + 4 * c + 8 * d) & 1
        return propagate ^ carry, carry if propagate else table >> (a + 2 * b) & 1

    for carry, one_more in np.ndindex(2, 2):
        assert half(target_ecp5._CARRY_A, one_more, 0, 1, 1, carry)[1] == one_more
        assert half(target_ecp5._CARRY_NOT_A, one_more, 0, 1, 1, carry)[1] == 1 - one_more
    for term, flip, a, b, carry in np.ndindex(2, 2, 2, 2, 2):
        used = term ^ flip
        for table, addend in ((target_ecp5._ADD, used), (target_ecp5._SUBTRACT, 1 - used)):
            total = (a | b) + addend + carry
            assert half(table, term, flip, a, b, carry) == (total & 1, total >> 1)


def test_no_carry_of_nexus_but_the_right_one_leaves_a_cell():
    """cells_sim.v: carry = carry-in where the table is 1, else the table at D = 0."""

    def half(table: int, a: int, b: int, c: int, carry: int) -> tuple[int, int]:
        propagate = table >> (a + 2 * b + 4 * c + 8) & 1
        return propagate ^ carry, carry if propagate else table >> (a + 2 * b + 4 * c) & 1

    for carry, one_more in np.ndindex(2, 2):
        assert half(target_nexus._CARRY_A, one_more, 0, 0, carry)[1] == one_more
        assert half(target_nexus._CARRY_NOT_A, one_more, 0, 0, carry)[1] == 1 - one_more
    for term, x, y, carry in np.ndindex(2, 2, 2, 2):
        total = (x | y) + (1 - term) + carry
        assert half(target_nexus._SUBTRACT, term, x, y, carry) == (total & 1, total >> 1)
        total = y + (term ^ x) + carry
        assert half(target_nexus._ADD, term, x, y, carry) == (total & 1, total >> 1)


def test_a_table_of_its_own_holds_any_function_of_four_bits():
    def function(a, b, c, d):
        return (a == b) & (c ^ d)

    content = truth_table(function)
    inputs = list(np.ndindex(2, 2, 2, 2))
    at = [a + 2 * b + 4 * c + 8 * d for a, b, c, d in inputs]
    assert [content >> row & 1 for row in at] == [(a == b) & (c ^ d) for a, b, c, d in inputs]
    m, bits = Module(), Signal(3)
    target_ecp5.look_up(m, lambda a, b, c: a & (b | c), *bits)
    text = rtlil.convert(m, ports=[bits])
    assert "cell \\LUT4" in text and "16'1010100010101000" in text


@pytest.mark.parametrize("layer", target.LAYERS)
def test_sums(layer, monkeypatch):
    """All four-bit operands, the families' cells by their models."""
    for module in (target_ecp5, target_nexus):
        monkeypatch.setattr(module, "Instance", cell)
    device, results = target.named(layer), []
    m, a, b = Module(), Signal(signed(4)), Signal(signed(4))
    term, flip, more = Signal(3), Signal(), Signal()
    less = device.subtract_from_either(m, a, b, term, flip, more, signed(6))
    plus = device.add_flipped(m, a, term, flip, more, signed(6))
    inputs = [(x, t, f, c) for x in range(-8, 8) for t in range(8) for f in (0, 1) for c in (0, 1)]

    async def bench(ctx):
        for x, t, f, c in inputs:
            word = t if not f else ~t
            ctx.set(term, t)
            ctx.set(flip, f)
            ctx.set(more, c)
            for one, other in ((x, 0), (0, x)):
                ctx.set(a, one)
                ctx.set(b, other)
                await ctx.delay(1e-9)
                results.append(ctx.get(less) == x - word - c)
                results.append(ctx.get(plus) == one + word + c)

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    assert all(results) and len(results) == 4 * len(inputs)


def test_an_unknown_target_is_refused():
    with pytest.raises(InputError, match="target is 'polarfire', known: generic, ecp5"):
        Options(target="polarfire")


def test_a_missing_cell_model_is_named(tmp_path):
    build(small_spec(z=5), tmp_path / "tiny", {})
    path = tmp_path / "tiny" / "build.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"cell_models": [["no_such_package", "cells.v"]]}))
    with pytest.raises(InputError, match="cells.v of package 'no_such_package'"):
        _ = buildfolder.read(tmp_path / "tiny").cell_models
