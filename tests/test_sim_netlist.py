"""Netlists of ECP5 cells in the bench of their Verilog."""

import copy
import json
import random
import subprocess
from pathlib import Path

import driver_builds
import netlist_designs
import pytest

from model import processes
from model.errors import InputError
from sim import buildfolder, cosim, simulators
from sim.netlist import build as netlist_build
from sim.netlist.build import with_netlist
from sim.netlist.document import load_netlist, top_module
from sim.netlist.verilog import verilog_of_netlist
from synth.flow import synthesise


@pytest.fixture(scope="module")
def mapped(tmp_path_factory) -> Path:
    """A small decoder, and the netlist that ``report`` leaves beside it."""
    folder = driver_builds.write("layered", tmp_path_factory.mktemp("netlist") / "layered")
    report = synthesise(folder, stop_after="packing")
    assert report.checked["registers_in_block_ram"] > 100
    assert report.checked["carry_nets_proven"] > report.checked["carry_cells"] > 10
    return folder


def changed(folder: Path, path: Path, change) -> Path:
    """The mapped netlist with something changed in its module, as a file."""
    netlist = load_netlist(folder / "synth" / "ecp5-85k.json")
    change(top_module(netlist, path))
    path.write_text(json.dumps(netlist))
    return path


def test_a_mapped_netlist_equals_golden(mapped, capsys):
    call = ["--build", str(mapped), "--frames", "20", "--netlist", "--json"]
    assert cosim.main(call) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines[0] == f"netlist            {mapped / 'synth' / 'ecp5-85k.json'}"
    assert "bit-exact on 20 frames: netlist = golden" in lines
    assert json.loads(last)["netlist"].endswith("ecp5-85k.json")


def test_a_netlist_of_other_verilog_or_none_is_refused(mapped, tmp_path):
    build = buildfolder.read(mapped)
    with pytest.raises(InputError, match="nothing: no netlist; python -m synth.report --build"):
        cosim.run(mapped, frames=1, netlist=tmp_path / "nothing")
    with pytest.raises(InputError, match="--netlist: works with Verilator"):
        cosim.run(mapped, frames=1, netlist="mapped", simulator="icarus")

    def foreign(module):
        module["attributes"][netlist_build.ORIGIN] = "0" * 64

    with pytest.raises(InputError, match="not made from .*tiny.v: python -m synth.report"):
        with_netlist(build, changed(mapped, tmp_path / "foreign.json", foreign))

    def narrower(module):
        module["ports"]["s_axis_tdata"]["bits"].pop()

    with pytest.raises(InputError, match="port s_axis_tdata is not that of"):
        with_netlist(build, changed(mapped, tmp_path / "narrower.json", narrower))
    (tmp_path / "torn.json").write_text("{")
    with pytest.raises(InputError, match="not a netlist"):
        with_netlist(build, tmp_path / "torn.json")


CELL = {"type": "LUT4", "parameters": {"INIT": "1000000000000000"},
        "port_directions": {"A": "input", "Z": "output"},
        "connections": {"A": [2], "Z": [3]}}  # fmt: skip
ODD = {
    "is a .SB_LUT4": {"type": "SB_LUT4"},
    "is no name of a port or parameter": {"connections": {"A(1'b0)); evil e(": [2]}},
    "is no value of a parameter": {"parameters": {"INIT": '"); $system("ls'}},
    "some bits of an output are constant": {"connections": {"Z": [3, "x"]}},
    "-1 is no net": {"connections": {"A": [-1]}},
}


def module_with(change: dict) -> dict:
    cell = copy.deepcopy(CELL)
    for name, value in change.items():
        cell[name] = value
    cell["port_directions"] = {port: "output" if port == "Z" else "input"
                               for port in cell["connections"]}  # fmt: skip
    ports = {"a": {"direction": "input", "bits": [2]}, "z": {"direction": "output", "bits": [3]}}
    return {"ports": ports, "cells": {"c": cell}}


def test_a_netlist_as_verilog():
    lines = verilog_of_netlist(module_with({}), "top", "n.json").splitlines()
    assert lines == [
        "module top(a, z);", "wire n2;", "wire n3;", "input a;", "assign n2 = a;", "output z;",
        "assign z = n3;", "LUT4 #(.INIT(16'h8000)) c0(.A(n2), .Z(n3));", "endmodule",
    ]  # fmt: skip


@pytest.mark.parametrize("reason", ODD)
def test_what_no_netlist_of_ours_says_stays_out_of_the_text(reason):
    with pytest.raises(InputError, match=f"n.json: .*{reason}"):
        verilog_of_netlist(module_with(ODD[reason]), "top", "n.json")


def own_register_off(module):
    memory = next(c for c in module["cells"].values() if c["type"] == "DP16KD")
    memory["parameters"]["REGMODE_A"] = memory["parameters"]["REGMODE_B"] = "NOREG"


def enable_lost(module):
    """The register of the ROM that walks with the output loses its enable."""
    rom = next(c for name, c in module["cells"].items()
               if c["type"] == "DP16KD" and "unloader" in name)  # fmt: skip
    assert isinstance(rom["connections"]["OCEA"][0], int)
    rom["connections"]["OCEA"] = ["1"]


def wrong_start(module):
    start = next(c for c in module["cells"].values()
                 if c["type"] == "CCU2C" and c["connections"]["CIN"] == ["x"]
                 and c["connections"]["D0"] == ["1"])  # fmt: skip
    start["parameters"]["INIT0"] = f"{int(start['parameters']['INIT0'], 2) ^ 0xF:016b}"


def half_without_clock(module):
    """A ROM of 36 bits as Yosys has it: one port's clock is 0, but its pins serve half a word."""
    rom = next(c for c in module["cells"].values()
               if c["type"] == "DP16KD" and c["connections"]["CEA"] == ["0"])  # fmt: skip
    rom["connections"]["CLKA"] = ["0"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", [own_register_off, enable_lost, wrong_start, half_without_clock]
)
def test_a_wrong_netlist_is_found(mapped, tmp_path, change):
    path = changed(mapped, tmp_path / "mutant.json", change)
    result = cosim.run(mapped, frames=100, netlist=path)
    assert not result.ok and result.mismatches


@pytest.mark.slow
@pytest.mark.parametrize("name", ["layered", "lanes", "cores", "tagged", "direct", "unrolled"])
def test_netlists_before_and_after_routing_equal_golden(name, tmp_path):
    folder = driver_builds.write(name, tmp_path / name)
    assert synthesise(folder).routed
    verilog = cosim.run(folder, frames=200)
    for netlist in ("mapped", folder / "synth" / "routed-ecp5-85k-seed1.json"):
        result = cosim.run(folder, frames=200, netlist=netlist)
        assert result.ok, result.fault
        assert result.cycles == verilog.cycles
        driven = cosim.run(folder, frames=5000, netlist=netlist, driver=True)
        assert driven.ok, driven.fault


@pytest.mark.slow
@pytest.mark.parametrize("name", netlist_designs.DESIGNS)
def test_netlists_of_presets_equal_golden(name, tmp_path):
    folder = netlist_designs.write(name, tmp_path / "design")
    synthesise(folder, stop_after="packing")
    result = cosim.run(folder, frames=200, netlist="mapped")
    assert result.ok, result.fault
    assert result.cycles == cosim.run(folder, frames=200).cycles


class Words:
    """A block RAM as its data sheet has it, with lists: the model's own way is another."""

    def __init__(self, widths: tuple[int, int], modes: tuple[str, str], registers: bool):
        self.widths, self.modes, self.registers = widths, modes, registers
        self.bits = [0] * (2048 * 9)
        self.latch = [0, 0]
        self.out = [0, 0]

    def places(self, side: int, address: int) -> list[int]:
        """Where the bits of a word lie: nine bits a lane, the ninth for the wider ports alone."""
        width = self.widths[side]
        if width < 9:
            lane, inside = address >> 3, address & 7 & ~(width - 1)
            return [9 * lane + inside + bit for bit in range(width)]
        lane = (address >> 3) & ~(width // 9 - 1)
        return [9 * lane + bit for bit in range(width)]

    def cycle(self, ports) -> None:
        """``ports`` : address, data, CE, WE, OCE of A and B; no word is used by both at once."""
        old = list(self.bits)
        for side, (address, data, enable, write, output) in enumerate(ports):
            before = self.latch[side]
            if output:
                self.out[side] = before
            if not enable:
                continue
            places, width = self.places(side, address), self.widths[side]
            if write:
                lanes = 1 if width <= 9 else (address & (1 << width // 9) - 1)
                for bit, place in enumerate(places):
                    if width <= 9 or lanes >> bit // 9 & 1:
                        self.bits[place] = data >> bit & 1
            if not (write and self.modes[side] == "NORMAL"):
                seen = old if self.modes[side] == "READBEFOREWRITE" else self.bits
                self.latch[side] = sum(seen[place] << bit for bit, place in enumerate(places))

    def shown(self, side: int) -> int:
        return (self.out if self.registers else self.latch)[side]


RAMS = [
    ((18, 18), ("NORMAL", "NORMAL"), False), ((9, 9), ("READBEFOREWRITE", "NORMAL"), True),
    ((4, 18), ("WRITETHROUGH", "READBEFOREWRITE"), False), ((1, 9), ("NORMAL", "NORMAL"), True),
    ((2, 4), ("WRITETHROUGH", "NORMAL"), False), ((36, 36), ("NORMAL", "NORMAL"), True),
    ((36, 9), ("NORMAL", "NORMAL"), False), ((18, 36), ("NORMAL", "NORMAL"), True),
]  # fmt: skip
_MAIN = """#include "Vtb.h"
#include <cstdio>
int main() {
    Vtb t; unsigned aa, ab, c; unsigned long long da, db;
    while (std::scanf("%x %x %llx %llx %x", &aa, &ab, &da, &db, &c) == 5) {
        t.aa = aa; t.ab = ab; t.da = da; t.db = db; t.c = c;
        t.clk = 0; t.eval(); t.clk = 1; t.eval();
        for (int i = 0; i < COUNT; i++) std::printf("%llx %llx ", (unsigned long long)t.qa[i],
                                                    (unsigned long long)t.qb[i]);
        std::printf("\\n");
    }
}
"""


def ram_bench() -> str:
    """All of ``RAMS`` side by side with the same inputs."""
    lines = ["module tb(input clk, input [13:0] aa, ab, input [35:0] da, db, input [5:0] c,",
             f"  output [35:0] qa [0:{len(RAMS) - 1}], qb [0:{len(RAMS) - 1}]);"]  # fmt: skip
    for number, (widths, modes, registers) in enumerate(RAMS):
        pins = [f".AD{side}{bit}(a{side.lower()}[{bit}])" for side in "AB" for bit in range(14)]
        pins += [f".DIA{bit}(da[{bit}])" for bit in range(18)]
        second = "da[18+" if widths[0] == 36 else "db[0+"
        pins += [f".DIB{bit}({second}{bit}])" for bit in range(18)]
        low = (f"qb[{number}][", f"qb[{number}][18+") if widths[1] == 36 else (
            f"qa[{number}][", f"qb[{number}][")  # fmt: skip
        pins += [f".DO{side}{bit}({low[place]}{bit}])" for place, side in enumerate("AB")
                 for bit in range(18)]  # fmt: skip
        writes_b = "c[4]" if 36 not in widths else "1'b0"
        oce = "c[5]" if widths[1] == 36 else "c[2]"
        pins += [f".CLKA(clk), .CLKB(clk), .CEA(c[0]), .WEA(c[1]), .OCEA({oce}), .CEB(c[3])",
                 f".WEB({writes_b}), .OCEB(c[5]), .RSTA(1'b0), .RSTB(1'b0)"]  # fmt: skip
        pins += [f".CS{side}{bit}(1'b0)" for side in "AB" for bit in range(3)]
        mode = "OUTREG" if registers else "NOREG"
        lines.append(
            f'ECP5_DP16KD #(.DATA_WIDTH_A({widths[0]}), .DATA_WIDTH_B({widths[1]}), '
            f'.WRITEMODE_A("{modes[0]}"), .WRITEMODE_B("{modes[1]}"), .REGMODE_A("{mode}"), '
            f'.REGMODE_B("{mode}")) ram{number}({", ".join(pins)});'
        )
    return "\n".join([*lines, "endmodule\n"])


@pytest.mark.slow
def test_the_model_of_the_block_ram_is_that_of_the_data_sheet(tmp_path):
    (tmp_path / "tb.sv").write_text(ram_bench())
    (tmp_path / "main.cpp").write_text(_MAIN.replace("COUNT", str(len(RAMS))))
    model = Path(netlist_build.__file__).with_name("dp16kd.v")
    simulator = simulators.get("verilator", 1)
    words = ["verilator", "--cc", "--exe", "--build", *simulator.build_args, "--top-module", "tb",
             "--prefix", "Vtb", "tb.sv", str(model), "main.cpp"]  # fmt: skip
    with simulator.active(), (tmp_path / "log").open("wb") as log:
        assert processes.run(words, log, tmp_path) == 0, (tmp_path / "log").read_text()
    rng, rows, expected = random.Random(5), [], []
    rams = [Words(*ram) for ram in RAMS]
    for _ in range(20000):
        # Few words, so that what is written is read; the ports never meet in one of 36 bits.
        at = rng.sample(range(4), 2)
        addresses = [32 * place + rng.randrange(32) for place in at]
        data = [rng.getrandbits(36) for _ in at]
        control = rng.getrandbits(6)
        rows.append(f"{addresses[0]:x} {addresses[1]:x} {data[0]:x} {data[1]:x} {control:x}")
        line = []
        for ram in rams:
            ce_a, we_a, oce_a, ce_b, we_b, oce_b = (control >> bit & 1 for bit in range(6))
            we_b &= 36 not in ram.widths
            oce_a = oce_b if ram.widths[1] == 36 else oce_a
            ram.cycle([(addresses[0], data[0], ce_a, we_a, oce_a),
                       (addresses[1], data[1], ce_b, we_b, oce_b)])  # fmt: skip
            line.append((None if 36 in ram.widths else ram.shown(0), ram.shown(1)))
        expected.append(line)
    (tmp_path / "in").write_text("\n".join(rows) + "\n")
    with (tmp_path / "in").open() as given, (tmp_path / "out").open("w") as out:
        subprocess.run([tmp_path / "obj_dir" / "Vtb"], stdin=given, stdout=out, check=True)
    for number, text in enumerate((tmp_path / "out").read_text().splitlines()):
        seen = [int(word, 16) for word in text.split()]
        for place, (a, b) in enumerate(expected[number]):
            assert a is None or seen[2 * place] & (1 << 18) - 1 == a, (number, RAMS[place])
            mask = (1 << (36 if RAMS[place][0][1] == 36 else 18)) - 1
            assert seen[2 * place + 1] & mask == b, (number, RAMS[place])
