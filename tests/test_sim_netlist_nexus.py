"""The block RAM of CrossLink-NX as simulators get it, and netlists with it."""

import json
import random
import subprocess
from pathlib import Path

import driver_builds
import pytest

from model import processes
from model.errors import InputError
from sim import cosim, simulators
from sim.netlist import cells
from sim.netlist.document import load_netlist, top_module
from sim.netlist.verilog import verilog_of_netlist
from synth.flow import synthesise

WIDTHS = [(36, 36), (36, 9), (18, 36), (18, 18), (9, 1), (4, 18), (1, 9), (2, 4)]
"""Of the write port and of the read port."""
INITIAL = random.Random(11).getrandbits(9 * 64)
"""Of the first 64 lanes."""
_MAIN = """#include "Vtb.h"
#include <cstdio>
int main() {
    Vtb t; unsigned w, r, c; unsigned long long d;
    while (std::scanf("%x %x %llx %x", &w, &r, &d, &c) == 4) {
        t.w = w; t.r = r; t.d = d; t.c = c;
        t.clk = 0; t.eval(); t.clk = 1; t.eval();
        for (int i = 0; i < COUNT; i++) std::printf("%llx ", (unsigned long long)t.q[i]);
        std::printf("\\n");
    }
}
"""


class Words:
    """A block RAM as a list of bits."""

    def __init__(self, write_width: int, read_width: int, registered: bool):
        self.widths, self.registered = (write_width, read_width), registered
        self.bits = [INITIAL >> bit & 1 for bit in range(9 * 64)] + [0] * (9 * (2048 - 64))
        self.latch = self.out = 0

    def places(self, side: int, address: int) -> list[int]:
        """Where the bits of a word lie: nine bits a lane, the ninth for the wider ports alone."""
        width = self.widths[side]
        if width < 9:
            first = 9 * (address >> 3) + (address & 7 & ~(width - 1))
        else:
            first = 9 * ((address >> 3) & ~(width // 9 - 1))
        return list(range(first, first + width))

    def cycle(self, write: int, read: int, data: int, enables: int) -> None:
        """``enables`` : of the write port and of the read port; words never overlap."""
        self.out = self.latch
        width = self.widths[0]
        if enables & 1:
            lanes = 1 if width <= 9 else write & (1 << width // 9) - 1
            for bit, place in enumerate(self.places(0, write)):
                if width <= 9 or lanes >> bit // 9 & 1:
                    self.bits[place] = data >> bit & 1
        if enables & 2:
            self.latch = sum(self.bits[p] << bit for bit, p in enumerate(self.places(1, read)))


def bench() -> str:
    """All widths side by side with the same inputs, every second with its output register."""
    lanes = [INITIAL >> 9 * lane & 511 for lane in range(64)]
    words = [sum(lane << 10 * i for i, lane in enumerate(lanes[at : at + 32])) for at in (0, 32)]
    values = ", ".join(f".INITVAL_{at:02X}(320'h{word:x})" for at, word in enumerate(words))
    lines = ["module tb(input clk, input [13:0] w, r, input [35:0] d, input [1:0] c,",
             f"  output [35:0] q [0:{len(WIDTHS) - 1}]);"]  # fmt: skip
    for number, (write, read) in enumerate(WIDTHS):
        lines.append(
            f'NEXUS_PDPSC16K #(.DATA_WIDTH_W("X{write}"), .DATA_WIDTH_R("X{read}"), '
            f'.OUTREG("{"USED" if number % 2 else "BYPASSED"}"), .CSDECODE_W("111"), '
            f'.CSDECODE_R("101"), {values}) r{number}(.CLK(clk), .CEW(c[0]), .CSW(3\'b111), '
            f".ADW(w), .DI(d), .CER(c[1]), .CSR(3'b101), .ADR(r), .RST(1'b0), .DO(q[{number}]));"
        )
    return "\n".join([*lines, "endmodule\n"])


def test_the_model_of_the_block_ram_is_what_yosys_maps_to(tmp_path):
    (tmp_path / "tb.sv").write_text(bench())
    (tmp_path / "main.cpp").write_text(_MAIN.replace("COUNT", str(len(WIDTHS))))
    model = Path(cells.__file__).with_name("pdpsc16k.v")
    simulator = simulators.get("verilator", 1)
    words = ["verilator", "--cc", "--exe", "--build", *simulator.build_args, "--top-module", "tb",
             "--prefix", "Vtb", "tb.sv", str(model), "main.cpp"]  # fmt: skip
    with simulator.active(), (tmp_path / "log").open("wb") as log:
        assert processes.run(words, log, tmp_path) == 0, (tmp_path / "log").read_text()
    rng, rows, expected = random.Random(5), [], []
    rams = [Words(*widths, bool(number % 2)) for number, widths in enumerate(WIDTHS)]
    for _ in range(5000):
        # Few words, so that what is written is read; no word is read while it is written.
        write, read = (32 * place + rng.randrange(32) for place in rng.sample(range(16), 2))
        data, enables = rng.getrandbits(36), rng.getrandbits(2)
        rows.append(f"{write:x} {read:x} {data:x} {enables:x}")
        for ram in rams:
            ram.cycle(write, read, data, enables)
        expected.append([ram.out if ram.registered else ram.latch for ram in rams])
    (tmp_path / "in").write_text("\n".join(rows) + "\n")
    with (tmp_path / "in").open() as given, (tmp_path / "out").open("w") as out:
        subprocess.run([tmp_path / "obj_dir" / "Vtb"], stdin=given, stdout=out, check=True)
    seen = [[int(word, 16) for word in line.split()]
            for line in (tmp_path / "out").read_text().splitlines()]  # fmt: skip
    assert seen == expected


def test_a_cell_without_a_model_is_named():
    cell = {"type": "DP16K", "parameters": {}, "port_directions": {}, "connections": {}}
    table = {"type": "VLO", "parameters": {}, "port_directions": {"Z": "output"},
             "connections": {"Z": [2]}}  # fmt: skip
    module = {"ports": {}, "cells": {"memory": cell, "low": table}}
    with pytest.raises(InputError, match="n.json: cell 'memory' is a 'DP16K', of which there is"):
        verilog_of_netlist(module, "top", "n.json")


def _another_level(module):
    """The first look-up table of four inputs says the opposite for one of its words."""
    tables = [c for c in module["cells"].values() if c["type"] == "LUT4"]
    start = tables[len(tables) // 2]["parameters"]
    start["INIT"] = f"0x{int(start['INIT'], 16) ^ 0x8001:04x}"


def _register_lost(module):
    memory = next(c for c in module["cells"].values() if c["type"] == "PDPSC16K"
                  and c["parameters"]["OUTREG"] == "USED")  # fmt: skip
    memory["parameters"]["OUTREG"] = "BYPASSED"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["layered", "lanes", "cores", "direct", "precoder"])
def test_netlists_equal_golden(name, tmp_path):
    folder = driver_builds.write(name, tmp_path / name)
    synthesise(folder, "lifcl-40", stop_after="packing")
    netlist = folder / "synth" / "lifcl-40.json"
    result = cosim.run(folder, frames=200, netlist=netlist)
    assert result.ok, result.fault
    assert result.cycles == cosim.run(folder, frames=200).cycles


@pytest.mark.slow
@pytest.mark.parametrize("change", [_another_level, _register_lost])
def test_a_wrong_netlist_is_found(change, tmp_path):
    folder = driver_builds.write("layered", tmp_path / "layered")
    synthesise(folder, "lifcl-40", stop_after="packing", output_registers=True)
    netlist = load_netlist(folder / "synth" / "lifcl-40.json")
    change(top_module(netlist, folder))
    path = tmp_path / "mutant.json"
    path.write_text(json.dumps(netlist))
    result = cosim.run(folder, frames=100, netlist=path)
    assert not result.ok and result.mismatches
