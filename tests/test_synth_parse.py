"""What is read from stored output of real tool runs (Yosys 0.70, nextpnr 0.11, a tiny design)."""

import json
from pathlib import Path

import pytest

from model.errors import InputError
from sim.netlist.document import load_netlist
from synth import nextpnr, yosys
from synth.cell_counts import cell_counts
from synth.counts import routed_counts, too_large
from synth.critical_path import CriticalPath, SignalNames, plain_name, slowest
from synth.families import FAMILIES
from synth.nextpnr import Placement
from synth.targets import target_named

DATA = Path(__file__).resolve().parent / "data"


@pytest.fixture()
def netlist() -> dict:
    return load_netlist(DATA / "synth_tiny_netlist.json")


@pytest.fixture()
def placement() -> Placement:
    return nextpnr.read_report(json.loads((DATA / "synth_tiny_nextpnr.json").read_text()))


def test_nextpnr_report(placement):
    assert placement.routed and placement.reason is None
    assert placement.fmax_mhz == pytest.approx(181.69, abs=0.01)
    assert placement.utilisation["TRELLIS_COMB"] == 78
    assert placement.utilisation["DP16KD"] == 1


def test_slowest_clock_counts():
    clocks = {"a": {"achieved": 210.0}, "b": {"achieved": 95.5}}
    found = nextpnr.read_report({"fmax": clocks, "utilization": {}, "critical_paths": []})
    assert found.fmax_mhz == 95.5


def test_utilisation_in_log_equals_the_report(placement):
    used = nextpnr.utilisation_in_log((DATA / "synth_tiny_nextpnr.log").read_text())
    assert used["TRELLIS_COMB"] == placement.utilisation["TRELLIS_COMB"]
    assert used["TRELLIS_FF"] == placement.utilisation["TRELLIS_FF"]


def test_failure_is_the_first_error_line():
    text = "Info: placing\nERROR: Unable to place cell 'x', no BELs remaining\n1 error\n"
    assert nextpnr.failure(text) == "not routed: Unable to place cell 'x', no BELs remaining"
    assert "Info: placing" in nextpnr.failure("Info: placing\n\n")
    assert "no output" in nextpnr.failure("")


def test_a_killed_nextpnr_says_nothing_about_the_design(tmp_path, monkeypatch):
    tool = tmp_path / "nextpnr"
    tool.write_text("#!/bin/sh\nkill -9 $$\n")
    tool.chmod(0o755)
    monkeypatch.setattr(nextpnr, "executable", lambda name: str(tool))
    (tmp_path / "a.json").write_text('{"modules": {}}')
    with pytest.raises(InputError, match="a.json: nextpnr was killed by signal 9"):
        nextpnr.place_and_route(
            tmp_path / "a.json", target_named("ecp5-85k"), tmp_path / "report", tmp_path / "log",
            tmp_path / "routed",
            seed=1, freq_mhz=100.0, limit_minutes=1.0, pins=1, placer="heap",
        )  # fmt: skip


def test_cells_and_pins(netlist):
    cells = yosys.count_cells(netlist, "tiny")
    assert (cells["LUT4"], cells["CCU2C"], cells["DP16KD"]) == (16, 21, 1)
    assert yosys.count_pins(netlist, "tiny") == 23


def test_ecp5_counts(netlist, placement):
    counts = routed_counts(FAMILIES["ecp5"], yosys.count_cells(netlist, "tiny"), placement)
    assert counts["lut4"] == 16 and counts["comb"] == 78 and counts["ebr"] == 1
    assert counts["dsp"] == 0 and counts["distributed_ram"] == 0


def test_ecp5_counts_without_placement(netlist):
    cells, nothing = yosys.count_cells(netlist, "tiny"), Placement(False, "x", None, {}, ())
    counts = routed_counts(FAMILIES["ecp5"], cells, nothing)
    assert counts["comb"] is None and counts["lut4"] == 16 and counts["ff"] == 41


def test_nexus_counts():
    cells = yosys.Counter({"LUT4": 10, "INV": 1, "CCU2": 4, "PDPSC16K": 2, "DP16K": 1, "VLO": 1})
    cells |= {"FD1P3IX": 7, "FD1P3JX": 2, "DPR16X4": 3, "MULT18X18": 1, "$scopeinfo": 5}
    family = FAMILIES["nexus"]
    counts = routed_counts(family, cells, Placement(False, "x", None, {}, ()))
    assert (counts["lut4"], counts["ccu2c"], counts["ff"], counts["ebr"]) == (11, 4, 9, 3)
    assert (counts["distributed_ram"], counts["dsp"], counts["comb"]) == (3, 1, None)
    assert family.least_comb(cells) == 10 + 2 * 4 + 4 * 3
    used = {"OXIDE_COMB": 33, "OXIDE_FF": 9, "OXIDE_EBR": 3}
    counts = routed_counts(family, cells, Placement(True, None, 250.0, used, ()))
    assert (counts["comb"], counts["ff"], counts["ebr"]) == (33, 9, 3)


@pytest.mark.parametrize(
    ("device", "cells", "pins", "message"),
    [
        ("lifcl-40", {"LUT4": 30_000, "CCU2": 2_000}, 9, "at least 34,000 of 32,256 COMB"),
        ("lifcl-40", {"PDPSC16K": 85}, 9, "at least 85 of 84 block RAM"),
        ("lifcl-40", {"LUT4": 9}, 167, "at least 167 of 166 pins"),
        ("ecp5-25k", {"TRELLIS_FF": 24_289, "DP16KD": 57}, 999,
         "24,289 of 24,288 FF, 57 of 56 block RAM"),
    ],
)  # fmt: skip
def test_a_design_that_is_too_large_is_seen_before_it_is_placed(device, cells, pins, message):
    target, cells = target_named(device), yosys.Counter(cells)
    found = too_large(target, cells, pins)
    assert found.startswith(f"too large for {device}: ") and found.endswith(message)
    assert too_large(target_named("ecp5-85k"), cells, pins) is None


def test_counts_of_cells_alone():
    cells = {"LUT2": 3, "LUT6": 4, "INV": 1, "FDRE": 9, "RAMB18E2": 3, "RAMB36E2": 1}
    counts = cell_counts("xcup", yosys.Counter(cells | {"DSP48E2": 2, "RAM32M16": 5, "CARRY8": 7}))
    assert (counts["lut"], counts["ff"], counts["ebr"]) == (8, 9, 2.5)
    assert (counts["dsp"], counts["distributed_ram"]) == (2, 5)


def test_critical_path_in_the_users_names(netlist, placement):
    path = slowest(placement.critical_paths, SignalNames(netlist, "tiny"))
    assert path.start == "lanes.sum_q[4]"
    assert path.end.startswith("lanes.") and "TRELLIS" not in path.end
    assert path.total_ns == pytest.approx(1000 / placement.fmax_mhz, abs=0.01)
    assert path.logic_ns + path.routing_ns == pytest.approx(path.total_ns, abs=0.002)
    assert path.levels == 3


def test_no_clocked_path(netlist):
    assert slowest([{"from": "<async>", "to": "x", "path": [1]}], None) is None


def test_sentence():
    path = CriticalPath("a.x", "b.y", 5.0, 2.0, 3.0, 4, ("a.w",))
    assert path.sentence() == (
        "from a.x to b.y: 5.00 ns = 2.00 logic + 3.00 routing, 4 logic levels through a.w"
    )


@pytest.mark.parametrize(
    ("tool", "user"),
    [
        ("core.sum_q_LUT4_Z_2", "core.sum_q"),
        ("core.app.0.3", "core.app"),
        ("core.sum_q_TRELLIS_FF_Q_12", "core.sum_q"),
        ("core.sum_q[3]", "core.sum_q[3]"),
        ("rst$TRELLIS_IO_IN", "rst"),
        ("mem", "mem"),
    ],
)
def test_plain_name(tool, user):
    assert plain_name(tool) == user
