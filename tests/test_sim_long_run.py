"""Co-simulation of many frames in a compiled bench: each frame once, wrong ones are found."""

import driver_builds
import pytest

from model.errors import InputError
from sim import cosim, long_run


@pytest.fixture(scope="module")
def direct(tmp_path_factory):
    return driver_builds.write("direct", tmp_path_factory.mktemp("long") / "direct")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(long_run, "PART_FRAMES", 128)


def test_every_frame_is_golden(direct):
    result = cosim.run(direct, frames=300, driver=True)
    assert result.ok, result.fault
    assert result.frames == 300 and result.fault_frames == 0
    summary = result.summary
    assert summary["decoded"] + summary["not_decoded"] == 300
    assert min(summary["decoded"], summary["not_decoded"]) > 20
    assert 1 < summary["mean_iterations"] < 20
    assert "bit-exact on 300 frames" in cosim.report(result)


def test_means_are_weighted_by_frames():
    total = {}
    long_run._add(total, {"decoded": 3, "mean_iterations": 2.0}, 4, 4)
    long_run._add(total, {"decoded": 1, "mean_iterations": 5.0}, 6, 2)
    assert total == {"decoded": 4, "mean_iterations": 3.0}


def test_a_seed_gives_the_same_frames_again(direct):
    first, second, other = (cosim.run(direct, frames=150, seed=seed, driver=True).summary
                            for seed in (1, 1, 2))  # fmt: skip
    assert first == second != other


def test_a_bit_that_is_wrong_now_and_then_is_found(direct, tmp_path, capsys):
    pattern = r"assign m_axis_tdata = ([^;]*);"
    text = r"assign m_axis_tdata = \1 ^ { 7'h00, m_axis_tuser[7:1] == 7'd3 };"
    folder = driver_builds.mutant(direct, tmp_path / "mutant", pattern, text)
    assert cosim.main(["--build", str(folder), "--frames", "300", "--driver"]) == 1
    assert "FAILED: part " in capsys.readouterr().out.splitlines()[-1]


def test_what_it_does_not_do_is_refused(direct, tmp_path):
    with pytest.raises(InputError, match="--driver: works with Verilator, without --waves"):
        cosim.run(direct, frames=10, driver=True, waves=True)
    precoder = driver_builds.write("precoder", tmp_path / "precoder")
    with pytest.raises(InputError, match="--driver: its core has a second input stream"):
        cosim.run(precoder, frames=10, driver=True)
