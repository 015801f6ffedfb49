"""A reset of one cycle: three-valued simulation, faults that it must find, designs that pass."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out
from small_precoders import small_precoder
from small_specs import flooding_spec, small_spec

from hw import emit
from hw.build import build
from hw.lib.delay import delayed
from model.errors import InputError
from quant import sources
from quant.kinds import presets
from synth import reset_state
from synth.gates import GATES, Gates, Memory, read_gates
from synth.three_valued import ALL, Simulation

TRUTH = {
    "$_BUF_": lambda a: a, "$_NOT_": lambda a: not a, "$_AND_": lambda a, b: a and b,
    "$_OR_": lambda a, b: a or b, "$_XOR_": lambda a, b: a != b,
    "$_NAND_": lambda a, b: not (a and b), "$_NOR_": lambda a, b: not (a or b),
    "$_XNOR_": lambda a, b: a == b, "$_ANDNOT_": lambda a, b: a and not b,
    "$_ORNOT_": lambda a, b: a or not b, "$_MUX_": lambda a, b, s: b if s else a,
}  # fmt: skip
VALUES = {"0": (0,), "1": (1,), "x": (0, 1)}


def bare(**parts) -> Gates:
    """A design of some nets without ports."""
    none = np.zeros((0, 2), dtype=np.int64)
    return Gates(**{"nets": 64, "gates": {}, "registers": none, "memories": [], "names": {},
                    "inputs": {}, "outputs": {}, **parts})  # fmt: skip


def give(simulation: Simulation, nets, text: str) -> None:
    for net, value in zip(nets, text, strict=True):
        can = VALUES[value]
        simulation.set(np.array([net]), ALL * (0 in can), ALL * (1 in can))


def seen(simulation: Simulation, net: int) -> tuple[int, ...]:
    return tuple(v for v, can in enumerate((simulation.can0, simulation.can1)) if can[net] == ALL)


@pytest.mark.parametrize("kind", GATES)
def test_a_gate_gives_every_value_that_its_inputs_allow(kind):
    inputs = list(range(3, 3 + len(GATES[kind])))
    simulation = Simulation(bare(gates={kind: np.array([[*inputs, 10]])}))
    for text in itertools.product("01x", repeat=len(inputs)):
        give(simulation, inputs, "".join(text))
        simulation.settle()
        wanted = {int(TRUTH[kind](*bits)) for bits in itertools.product(*map(VALUES.get, text))}
        assert seen(simulation, 10) == tuple(sorted(wanted)), text


def test_memories_give_every_word_that_the_address_allows():
    ones = np.array([[0, 0], [0, 1], [1, 1]], dtype=bool)
    address, data = np.array([3, 4]), np.array([5, 6])
    rom = Memory("rom", np.ones_like(ones), ones, [(address, data)], [])
    simulation = Simulation(bare(memories=[rom]))
    for text, wanted in (("00", "00"), ("10", "01"), ("x0", "0x"), ("0x", "xx"), ("11", "xx")):
        give(simulation, address, text)
        simulation.settle()
        assert [seen(simulation, net) for net in data] == [VALUES[v] for v in wanted], text


def test_an_unknown_write_leaves_every_word_it_may_hit_unknown():
    enable, address, data, out = (np.array(nets) for nets in ([3], [4], [5], [6]))
    known, ones = np.ones((2, 1), dtype=bool), np.zeros((2, 1), dtype=bool)
    ram = Memory("ram", known, ones, [(address, out)], [(enable, address, data)])
    simulation = Simulation(bare(memories=[ram]))
    steps = (("1", "0", "1", "0x"), ("1", "1", "0", "01"), ("x", "0", "1", "01"),
             ("x", "1", "1", "0x"), ("1", "x", "1", "xx"))  # fmt: skip
    words = {"0": (0,), "1": (1,), "x": (0, 1)}
    expected = [("1", "x"), ("1", "0"), ("1", "0"), ("1", "x"), ("1", "x")]
    for (*inputs, _), after in zip(steps, expected, strict=True):
        for net, text in zip((enable, address, data), inputs, strict=True):
            give(simulation, net, text)
        simulation.settle()
        simulation.clock()
        for place, wanted in enumerate(after):
            give(simulation, enable, "0")
            give(simulation, address, str(place))
            simulation.settle()
            assert seen(simulation, 6) == words[wanted], (inputs, place)


class Passing(wiring.Component):
    """A beat goes through three registers; some of what else a design may do with it.

    reset : whether the registers on the way of ``valid`` have one
    """

    def __init__(self, does: str, reset: bool):
        self.does, self.reset = does, reset
        super().__init__({
            "s_axis_tdata": In(2), "s_axis_tvalid": In(1), "s_axis_tready": Out(1),
            "m_axis_tdata": Out(2), "m_axis_tvalid": Out(1), "frame_dropped": Out(1),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        valid = delayed(m, self.s_axis_tvalid, 3, "valid", reset=self.reset)
        word = delayed(m, self.s_axis_tdata, 3, "word")
        held, ready, count = Signal(2, reset_less=True), Signal(), Signal(2)
        m.d.comb += [self.m_axis_tdata.eq(held), self.s_axis_tready.eq(ready)]
        with m.If(valid):
            m.d.sync += held.eq(word)
        m.d.sync += ready.eq(1)
        if self.does == "output":
            m.d.sync += self.m_axis_tvalid.eq(valid)
        elif self.does == "count":
            m.d.sync += [count.eq(count + valid), self.m_axis_tvalid.eq(valid & count.all())]
        elif self.does == "flag":
            with m.If(valid):
                m.d.sync += ready.eq(0)
        elif self.does == "state":
            with m.FSM():
                with m.State("rest"), m.If(valid):
                    m.next = "work"
                with m.State("work"):
                    m.d.comb += self.frame_dropped.eq(1)
        elif self.does == "store":
            m.submodules.store = store = memory.Memory(shape=2, depth=4, init=[])
            write, read = store.write_port(), store.read_port(domain="comb")
            there = Signal()
            m.d.comb += [write.en.eq(valid), write.data.eq(word), read.addr.eq(count)]
            m.d.sync += [
                write.addr.eq(write.addr + valid),
                there.eq(Mux(valid, 1, there)),
                count.eq(read.data),
                self.m_axis_tvalid.eq(there & valid & count.any()),
            ]
        return m


def gates_of(component, folder: Path) -> Gates:
    path = folder / "passing.v"
    path.write_text(emit.verilog_text(component, "passing"), encoding="utf-8")
    return read_gates(path, "passing", folder)


FAULTS = {
    "output": "output m_axis_tvalid may be 1, though nothing has come in",
    "count": "register count does not keep its reset value",
    "flag": "output s_axis_tready depends on what was before",
    "state": "output frame_dropped may be 1, though nothing has come in",
    "store": "register there does not keep its reset value",
}


@pytest.mark.parametrize("does", FAULTS)
def test_what_a_reset_leaves_in_front_of_a_register_with_one_is_found(does, tmp_path):
    found = reset_state.check(gates_of(Passing(does, reset=False), tmp_path))
    assert any(fault.startswith(FAULTS[does]) for fault in found.faults), found.faults
    if does in ("count", "store"):
        assert any("depends on valid_d3, which no reset clears" in fault for fault in found.faults)


@pytest.mark.parametrize("does", FAULTS)
def test_data_without_reset_is_no_fault(does, tmp_path):
    found = reset_state.check(gates_of(Passing(does, reset=True), tmp_path))
    assert found.faults == [] and found.settles_in <= 5
    assert found.registers > found.with_reset


def folder_of(tmp_path: Path, spec, options: dict, architecture: str | None = None) -> Path:
    build(spec, tmp_path, options, architecture)
    return tmp_path


PASSING = {
    "layered": (small_spec(6), {}),
    "carry_cells": (small_spec(6), {"target": "ecp5"}),
    "lanes": (small_spec(6), {"lanes": 3}),
    "tagged": (small_spec(3), {"cores": 2, "order": "out-of-order"}),
    "flooding": (flooding_spec(z=4), {}, "flooding"),
    "direct": (sources.spec_for("bch_15_11"), {}),
    "unrolled": (flooding_spec(z=2, iterations=2), {"form": "unrolled"}),
    "folded": (small_precoder(), {}),
    "unfolded": (small_precoder(4, 2), {"form": "unfolded", "writable": True}),
}


@pytest.mark.parametrize("case", PASSING)
def test_small_designs_forget_what_was(case, tmp_path):
    found = reset_state.check_build(folder_of(tmp_path, *PASSING[case]), 160)
    assert found.faults == [] and found.settles_in < 100
    assert found.registers > found.with_reset > 50


def test_a_strobe_that_loses_its_reset_is_found(tmp_path):
    """The loader's fault of old, and others like it, in a decoder that passes."""
    folder = folder_of(tmp_path, small_spec(3), {})
    gates = read_gates(folder / "tiny.v", "tiny", folder)
    assert reset_state.check(gates, cycles=60).faults == []
    for name in ("core.loader.where", "core.datapath.front_valid_d3", "core.unloader.whole_d2"):
        found = reset_state.check(without_reset(gates, name))
        assert any(f"it depends on {name}, which" in fault for fault in found.faults), found.faults


def without_reset(gates: Gates, name: str) -> Gates:
    """The design, with a register whose reset is taken away."""
    registers, reset = gates.registers.copy(), gates.inputs["rst"][0]
    for row in registers:
        if gates.names.get(int(row[1]), "").partition("[")[0] == name:
            muxes = gates.gates["$_MUX_"]
            row[0] = next(m for m in muxes if m[-1] == row[0] and m[2] == reset)[0]
    return replace(gates, registers=registers)


def test_the_command_line(tmp_path, capsys, monkeypatch):
    folder = folder_of(tmp_path, small_spec(2), {})
    assert reset_state.main(["--build", str(folder), "--json", "--cycles", "40"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["faults"] == [] and record["settles_in"] < 40
    broken = reset_state.Found(1, 1, 1, None, [f"fault {i}" for i in range(30)])
    monkeypatch.setattr(reset_state, "check", lambda *_: broken)
    assert reset_state.main(["--build", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "fault 0" in lines and "and 20 more" in lines and len(lines) < 15
    with pytest.raises(InputError, match=r"--cycles 0: must be 1 or more"):
        reset_state.main(["--build", str(folder), "--cycles", "0"])
    with pytest.raises(InputError, match=r"no such build folder"):
        reset_state.main(["--build", str(tmp_path / "none")])


def test_two_clocks_and_unknown_cells_are_refused(tmp_path):
    path = tmp_path / "top.v"
    path.write_text("module top(input a, b, d, rst, output reg p, q);\n"
                    "always @(posedge a) p <= d; always @(posedge b) q <= d;\n"
                    "endmodule\n")  # fmt: skip
    with pytest.raises(InputError, match="2 clocks"):
        read_gates(path, "top", tmp_path)
    path.write_text("module top(input clk, rst, d, output reg q);\n"
                    "always @(negedge clk) q <= d;\nendmodule\n")  # fmt: skip
    with pytest.raises(InputError, match=r"is a \$_DFF_N_, which this check does not know"):
        read_gates(path, "top", tmp_path)


LAYERED = [name for name in presets() if name.startswith(("qc_ldpc", "wifi", "nr5g"))]
LARGE = [
    *((name, {}) for name in presets()),
    *((name, {"target": "ecp5"}) for name in (*LAYERED, "ccsds_128_64_layered")),
    ("qc_ldpc", {"cores": 2}),
    ("qc_ldpc", {"cores": 2, "order": "out-of-order", "target": "ecp5"}),
    ("qc_ldpc", {"lanes": 27, "target": "ecp5"}),
    ("qc_ldpc", {"lanes": 6}),
    ("qc_ldpc", {"target": "ecp5", "rotate_in_ram": 4}),
    ("bch_31_16", {"form": "unrolled"}),
    ("mimo_precoder_32x4", {"form": "unfolded", "writable": True}),
    ("mimo_precoder_64x8", {"output": "iq", "writable": True}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options"), LARGE, ids=str)
def test_all_presets_forget_what_was(name, options, tmp_path):
    spec = sources.spec_for(name)
    if spec.kind == "tanner_flooding" and not spec.tie_levels:
        options = {"oversize": True, **options}
    found = reset_state.check_build(folder_of(tmp_path, spec, options))
    assert found.faults == [] and found.settles_in < 300
