"""The block RAM of CrossLink-NX as simulators get it, and netlists with it."""

import json
import random
import subprocess
from pathlib import Path

import driver_builds
import pytest

from hw.lib import cell_models
from model import processes
from model.errors import InputError
from sim import cosim, simulators
from sim.netlist import cells
from sim.netlist.document import load_netlist, top_module
from sim.netlist.verilog import verilog_of_netlist
from synth.flow import synthesise
from synth.targets import target_named
from synth.yosys import synthesise as synthesise_verilog

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

    def __init__(self, write_width: int, read_width: int):
        self.widths = write_width, read_width
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


def initial_words() -> str:
    """Parameters of a block RAM."""
    lanes = [INITIAL >> 9 * lane & 511 for lane in range(64)]
    words = [sum(lane << 10 * i for i, lane in enumerate(lanes[at : at + 32])) for at in (0, 32)]
    return ", ".join(f".INITVAL_{at:02X}(320'h{word:x})" for at, word in enumerate(words))


def bench() -> str:
    """All widths side by side with the same inputs, every second with its output register."""
    values = initial_words()
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


def verilated(folder: Path, top: str, text: str, main: str, models: list[Path], rows: list[str]):
    """Numbers that the bench ``main`` prints for each row of input."""
    (folder / "tb.sv").write_text(text)
    (folder / "main.cpp").write_text(main)
    simulator = simulators.get("verilator", 1)
    words = ["verilator", "--cc", "--exe", "--build", *simulator.build_args, "--top-module", top,
             *(f"-I{model.parent}" for model in models), "--prefix", "Vtb", "tb.sv",
             *map(str, models), "main.cpp"]  # fmt: skip
    with simulator.active(), (folder / "log").open("wb") as log:
        assert processes.run(words, log, folder) == 0, (folder / "log").read_text()
    (folder / "in").write_text("\n".join(rows) + "\n")
    with (folder / "in").open() as given, (folder / "out").open("w") as out:
        subprocess.run([folder / "obj_dir" / "Vtb"], stdin=given, stdout=out, check=True)
    return [[int(word, 16) for word in line.split()]
            for line in (folder / "out").read_text().splitlines()]  # fmt: skip


@pytest.mark.slow
def test_the_model_of_the_block_ram_is_what_yosys_maps_to(tmp_path):
    rng, rows, expected = random.Random(5), [], []
    rams = [Words(*widths) for widths in WIDTHS]
    for _ in range(5000):
        # Few words, so that what is written is read; no word is read while it is written.
        write, read = (32 * place + rng.randrange(32) for place in rng.sample(range(16), 2))
        data, enables = rng.getrandbits(36), rng.getrandbits(2)
        rows.append(f"{write:x} {read:x} {data:x} {enables:x}")
        for ram in rams:
            ram.cycle(write, read, data, enables)
        expected.append([ram.out if n % 2 else ram.latch for n, ram in enumerate(rams)])
    model = Path(cells.__file__).with_name("pdpsc16k.v")
    main = _MAIN.replace("COUNT", str(len(WIDTHS)))
    seen = verilated(tmp_path, "tb", bench(), main, [model], rows)
    assert seen == expected


DUAL = [(18, 18), (18, 9), (4, 18), (1, 2)]
"""Widths of ports A and B."""
_DUAL_MAIN = """#include "Vtb.h"
#include <cstdio>
int main() {
    Vtb t; unsigned a, b, da, db, c;
    while (std::scanf("%x %x %x %x %x", &a, &b, &da, &db, &c) == 5) {
        t.a = a; t.b = b; t.da = da; t.db = db; t.c = c;
        t.clk = 0; t.eval(); t.clk = 1; t.eval();
        for (int i = 0; i < COUNT; i++) std::printf("%x %x ", t.qa[i], t.qb[i]);
        std::printf("\\n");
    }
}
"""


@pytest.mark.slow
def test_the_model_of_the_block_ram_with_two_ports(tmp_path):
    lines = ["module tb(input clk, input [13:0] a, b, input [17:0] da, db, input [3:0] c,",
             f"  output [17:0] qa [0:{len(DUAL) - 1}], qb [0:{len(DUAL) - 1}]);"]  # fmt: skip
    for number, (one, other) in enumerate(DUAL):
        outreg = "USED" if number % 2 else "BYPASSED"
        lines.append(
            f'NEXUS_DP16K #(.DATA_WIDTH_A("X{one}"), .DATA_WIDTH_B("X{other}"), '
            f'.OUTREG_A("{outreg}"), .OUTREG_B("{outreg}"), .CSDECODE_A("111"), '
            f'.CSDECODE_B("111"), {initial_words()}) r{number}(.CLKA(clk), .CLKB(clk), '
            ".ADA(a), .ADB(b), .DIA(da), .DIB(db), .CEA(c[0]), .WEA(c[1]), .CEB(c[2]), "
            ".WEB(c[3]), .CSA(3'b111), .CSB(3'b111), .RSTA(1'b0), .RSTB(1'b0), "
            f".DOA(qa[{number}]), .DOB(qb[{number}]));"
        )
    rng, rows, expected = random.Random(7), [], []
    # Two ports of one memory: what each writes, and what each reads.
    rams = [(Words(one, one), Words(other, other)) for one, other in DUAL]
    for first, second in rams:
        second.bits = first.bits
    for _ in range(5000):
        places = [32 * place + rng.randrange(32) for place in rng.sample(range(16), 2)]
        data, control = [rng.getrandbits(18), rng.getrandbits(18)], rng.getrandbits(4)
        rows.append(" ".join(f"{value:x}" for value in (*places, *data, control)))
        line = []
        for number, ports in enumerate(rams):
            for side, port in enumerate(ports):
                on, writes = control >> 2 * side & 1, control >> 2 * side & 2
                port.cycle(places[side], places[side], data[side], on and (1 if writes else 2))
                line.append(port.out if number % 2 else port.latch)
        expected.append(line)
    model = Path(cells.__file__).with_name("dp16k.v")
    text = "\n".join([*lines, "endmodule\n"])
    main = _DUAL_MAIN.replace("COUNT", str(len(DUAL)))
    assert verilated(tmp_path, "tb", text, main, [model], rows) == expected


MULTIPLIERS = """module products(
    input clk, en, input signed [8:0] a, b, output reg signed [17:0] y, z, output [8:0] o
);
    reg signed [8:0] ar = 0, br = 0;
    initial begin y = 0; z = 0; end
    assign o = ar;
    always @(posedge clk) begin
        ar <= a;
        if (en) br <= b;
        y <= ar * br;
        z <= ar * ar;
    end
endmodule
"""
"""What Yosys 0.70 maps wrongly by itself: a register that two multipliers and a port read."""
_PRODUCTS = """#include "Vtb.h"
#include <cstdio>
int main() {
    Vtb t; unsigned a, b, en;
    while (std::scanf("%x %x %x", &a, &b, &en) == 3) {
        t.a = a; t.b = b; t.en = en;
        t.clk = 0; t.eval(); t.clk = 1; t.eval();
        std::printf("%x %x %x\\n", t.y, t.z, t.o);
    }
}
"""


def test_multipliers_whose_registers_are_read_elsewhere(tmp_path):
    (tmp_path / "products.v").write_text(MULTIPLIERS)
    netlist = tmp_path / "products.json"
    synthesise_verilog(tmp_path / "products.v", "products", target_named("lifcl-40"), netlist,
                       tmp_path / "yosys.log")  # fmt: skip
    module = top_module(load_netlist(netlist), netlist)
    assert sum(cell["type"].startswith("MULT") for cell in module["cells"].values()) == 2
    rng, a, b, y, z, rows, expected = random.Random(3), 0, 0, 0, 0, [], []
    for _ in range(500):
        given, en = (rng.randrange(-256, 256), rng.randrange(-256, 256)), rng.getrandbits(1)
        rows.append(f"{given[0] % 512:x} {given[1] % 512:x} {en:x}")
        y, z = a * b, a * a
        a, b = given[0], given[1] if en else b
        expected.append([y % (1 << 18), z % (1 << 18), a % 512])
    text = verilog_of_netlist(module, "products", "n.json")
    models = [cell_models.path_of("nexus"), *cells.NEXUS.files]
    assert verilated(tmp_path, "products", text, _PRODUCTS, models, rows) == expected


def test_a_cell_without_a_model_is_named():
    cell = {"type": "PDP16K", "parameters": {}, "port_directions": {}, "connections": {}}
    table = {"type": "VLO", "parameters": {}, "port_directions": {"Z": "output"},
             "connections": {"Z": [2]}}  # fmt: skip
    module = {"ports": {}, "cells": {"memory": cell, "low": table}}
    with pytest.raises(InputError, match="n.json: cell 'memory' is a 'PDP16K', of which there is"):
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
