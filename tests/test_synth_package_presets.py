"""The testbench of every shipped design, on both simulators. Long: ``make test-slow``."""

import shutil

import pytest
from package_builds import make, verilate
from small_detectors import small_detector
from small_specs import small_spec

from hw.build import build
from quant import kinds, sources
from quant.uplink.joined import joined
from synth import package

ARCHITECTURES = {"qc_ldpc_flooding": "flooding"}


@pytest.mark.slow
@pytest.mark.parametrize("preset", kinds.presets())
def test_the_bench_of_a_preset(preset, tmp_path):
    """All frames in Verilator, the first two in Icarus, which takes minutes for more."""
    architecture = ARCHITECTURES.get(preset)
    spec = sources.spec_for(preset, None, architecture)
    build(spec, tmp_path, {}, architecture, beside=package.files)
    done = verilate(tmp_path / "tb", "verilator")
    assert done.returncode == 0 and "\nPASS: " in f"\n{done.stdout}", done.stdout
    if shutil.which("iverilog") is None:
        pytest.skip("Verilator: PASS; Icarus Verilog (iverilog) is not installed")
    done = make(tmp_path / "tb", "icarus", "ARGS=+frames=2")
    assert done.returncode == 0 and "\nPASS: " in f"\n{done.stdout}", done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("family", ["mimo_detector", "uplink"])
def test_status_is_that_of_the_channel(family, tmp_path):
    """Small systems of whose vectors some saturate, all frames in both simulators."""
    spec = small_detector()
    if family == "uplink":
        spec = joined("small_uplink", spec, small_spec(8))
    build(spec, tmp_path, {}, beside=package.files)
    for done in (verilate(tmp_path / "tb", "verilator"), make(tmp_path / "tb", "icarus")):
        assert done.returncode == 0 and "\nPASS: " in f"\n{done.stdout}", done.stdout
