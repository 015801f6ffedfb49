"""The matrix of designs and device families: every family maps, with block RAM."""

import json
from dataclasses import replace

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from small_specs import small_spec

from hw.emit import verilog_text
from hw.lib.elastic import ElasticQueue
from hw.lib.memory import BlockMemory
from model.errors import InputError
from synth import matrix, yosys
from synth.cell_counts import CELLS
from synth.targets import target_named

TABLES = {"ecp5", "nexus", "gowin", "xc7", "xcup"}
"""Families that make RAM of look-up tables."""


class Memories(wiring.Component):
    """A block RAM and a queue in RAM of look-up tables, where there is any."""

    def __init__(self):
        super().__init__({"i": In(16), "put": In(1), "take": In(1), "o": Out(16)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = BlockMemory(16, 256)
        m.submodules.queue = queue = ElasticQueue(16, 4)
        count = Signal(8)
        m.d.sync += count.eq(count + 1)
        m.d.comb += [
            words.w_en.eq(self.put), words.w_addr.eq(count), words.w_data.eq(self.i),
            words.r_addr.eq(count ^ 128), queue.put.eq(self.put & queue.room),
            queue.i.eq(words.r_data), queue.o.ready.eq(self.take), self.o.eq(queue.o.payload),
        ]  # fmt: skip
        return m


@pytest.fixture(scope="module")
def memories(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memories")
    (folder / "top.v").write_text(verilog_text(Memories(), "top"))
    return folder


@pytest.mark.parametrize("family", matrix.FAMILIES)
def test_a_family_maps_memories(family, memories):
    record = {"verilog": "top.v", "top": "top"}
    found = matrix._run(memories, record, family, target_named(family), True)
    assert found["fault"] is None
    # Without RAM of look-up tables the queue becomes block RAM, too, or registers.
    assert 0.5 <= found["ebr"] <= 2 and found["lut"] > 10
    assert (found["distributed_ram"] > 0) == (family in TABLES)
    assert [path.name for path in memories.glob("*.json")] == []


def test_families_are_those_that_are_counted():
    assert {*matrix.FAMILIES} == {*CELLS}
    assert len(matrix.FAMILIES) >= 8 and len(matrix.PRESETS) >= 5


@pytest.fixture
def counted(monkeypatch):
    """Runs of Yosys, which are not made: family by family what the netlist would hold."""
    runs, cells = [], {"LUT4": 7, "DP16KD": 2, "TRELLIS_FF": 3, "SB_LUT4": 5}

    def synthesise(verilog, top, target, netlist, log):
        runs.append(target.name)
        found = [{"type": kind, "connections": {}} for kind, n in cells.items() for _ in range(n)]
        module = {"cells": dict(enumerate(found)), "ports": {}}
        netlist.write_text(json.dumps({"modules": {top: module}}))

    monkeypatch.setattr(yosys, "synthesise", synthesise)
    return runs


def test_what_was_mapped_is_not_mapped_again(counted, tmp_path, monkeypatch):
    one = matrix.mapped(small_spec(3), "ecp5", tmp_path)
    assert (one.fault, one.lut, one.ff, one.ebr) == (None, 7, 3, 2)
    assert matrix.mapped(small_spec(3), "ecp5", tmp_path) == one
    assert counted == ["ecp5-85k"]
    matrix.mapped(small_spec(3), "ecp5", tmp_path, force=True)
    other = matrix.mapped(small_spec(3), "ice40", tmp_path)
    assert other.fault == "no block RAM inferred" and other.lut == 5
    assert counted == ["ecp5-85k", "ecp5-85k", "ice40"]
    text = matrix.table([one, other, replace(one, code="more", dsp=2)])
    assert text.splitlines()[0] == "| family | `tiny` | `more` |"
    assert "| Lattice ECP5 | 7 LUT, 3 FF, 2 RAM | 7 LUT, 3 FF, 2 RAM, 2 DSP |" in text
    assert "| Lattice iCE40 | **fault** |  |" in text


def test_the_command(counted, tmp_path, capsys):
    path = small_spec(3).save(tmp_path / "mine.json")
    page = tmp_path / "page.md"
    page.write_text("# x\n<!-- matrix: -->\nold\n<!-- end -->\n")
    words = ["--codes", str(path), "--out", str(tmp_path / "out"), "--families", "ecp5"]
    assert matrix.main([*words, "--write", str(page), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out.splitlines()[-1])["mapped"]
    assert found["lut"] == 7 and "7 LUT" in page.read_text() and "old" not in page.read_text()
    assert matrix.main([*words, "ice40"]) == 1
    assert "tiny for ice40: no block RAM inferred" in capsys.readouterr().out
    with pytest.raises(InputError, match="--families ice: no such family; known: ecp5, nexus"):
        matrix.main(["--families", "ice"])


@pytest.mark.slow
def test_every_preset_for_every_family(tmp_path):
    assert matrix.main(["--out", str(tmp_path)]) == 0
