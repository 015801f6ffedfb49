"""Cells by part, and the table that compares build folders."""

import json
import os

import pytest

from model.errors import InputError
from synth import compare
from synth.parts import cells_by_part, parts_table
from synth.record import Report

SHA = "5e" * 32


def netlist() -> dict:
    kinds = {
        "array.cell0": "$scopeinfo", "array.cell1": "$scopeinfo", "array": "$scopeinfo",
        "array.cell0.sum$3_LUT4_Z": "LUT4", "array.cell1.sum$3_LUT4_Z_1": "LUT4",
        "array.cell0.sum.q_TRELLIS_FF_Q": "TRELLIS_FF", "array.go_LUT4_Z": "LUT4",
        "table.0.0": "DP16KD", "valid_LUT4_Z": "LUT4",
    }  # fmt: skip
    return {"modules": {"top": {"cells": {name: {"type": kind} for name, kind in kinds.items()}}}}


def test_cells_count_where_their_module_is():
    parts = cells_by_part(netlist(), "top")
    assert parts == {
        "array.cell#": {"lut4": 2, "ff": 1}, "array": {"lut4": 1}, "(top)": {"ebr": 1, "lut4": 1},
    }  # fmt: skip
    lines = parts_table(parts).splitlines()
    assert lines[0].split() == ["part", "lut4", "ccu2c", "ff", "ebr", "dsp", "distributed_ram"]
    assert lines[1].split() == ["array.cell#", "2", "0", "1", "0", "0", "0"]


def report(**changes) -> Report:
    values = dict(
        target="ecp5-85k", top="t", spec_sha="s", verilog_sha=SHA, key="k", seed=1, freq_mhz=200.0,
        placer="heap", lut=10, lut4=10, comb=20, ccu2c=5, ff=7, ebr=1, ebr_output_registers=1,
        dsp_output_registers=0, distributed_ram=0, dsp=2, routed=True, not_routed_reason=None,
        fmax_mhz=123.4, cycles_per_frame=60.0, coded_bits_per_frame=256, info_bits_per_frame=64,
        mframes_per_s=2.0567, coded_mbps=526.5, info_mbps=131.6, coded_mbps_per_klut4=1.0,
        coded_mbps_per_kcomb=1.0, critical_path=None, tools={}, seconds=1.0, parts={},
    )  # fmt: skip
    return Report(**{**values, **changes})


def test_one_line_a_build_the_newest_report_counts(tmp_path, capsys):
    (tmp_path / "build.json").write_text(json.dumps({"verilog_sha": SHA}))
    for seed, fmax, written in ((2, 130.0, 2000), (1, 123.4, 1000)):
        path = tmp_path / f"report-ecp5-85k-seed{seed}.json"
        path.write_text(json.dumps(report(seed=seed, fmax_mhz=fmax).to_json()))
        os.utime(path, (written, written))
    assert compare.main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| build | COMB |")
    assert lines[2] == (
        f"| {tmp_path.name} | 20 | 10 | 7 | 1 | 2 | 130.0 | 60 | 2.057 | 526.5 | 131.6 |"
    )


def test_a_report_of_other_verilog_is_refused(tmp_path):
    (tmp_path / "build.json").write_text(json.dumps({"verilog_sha": "07" * 32}))
    with pytest.raises(InputError, match="no report for ecp5-85k"):
        compare.main([str(tmp_path)])
    (tmp_path / "report-ecp5-85k-seed1.json").write_text(json.dumps(report().to_json()))
    with pytest.raises(InputError, match="not of the Verilog"):
        compare.main([str(tmp_path)])
