"""Frames of wrong length and illegal streams: right builds pass, a mutant does not."""

import json

import driver_builds
import pytest

from model.errors import InputError
from sim import soak


@pytest.fixture(scope="module", params=["tagged", "precoder"])
def folder(request, tmp_path_factory):
    return driver_builds.write(request.param, tmp_path_factory.mktemp("soak") / request.param)


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    return driver_builds.write("tagged", tmp_path_factory.mktemp("soak") / "tagged")


@pytest.fixture(scope="module")
def direct(tmp_path_factory):
    return driver_builds.write("direct", tmp_path_factory.mktemp("soak") / "direct")


def test_only_right_frames_come_out(folder):
    result = soak.run(folder, frames=2000, wrong=0.9)
    assert result.ok, result.fault
    counts = result.counts
    wrong = sum(counts[kind] for kind in ("length_1", "too_short", "too_long", "very_long"))
    assert result.frames == 2000 == counts["right"] + wrong
    assert 100 < counts["right"] < 400 and result.results == counts["right"]
    assert counts["most_dropped_in_a_row"] > 15 and counts["results_with_saturated_count"] > 5
    assert min(counts["withdrawn"], counts["changed_while_waiting"]) > 100
    assert counts["garbage_while_idle"] > 100 and counts["stalled_cycles"] > 100
    assert counts["longest_wait_cycles"] < counts["bound_cycles"]


def test_channels_change_under_a_precoder(tmp_path):
    result = soak.run(driver_builds.write("precoder", tmp_path), frames=5000, wrong=0.3, seed=2)
    assert result.ok, result.fault
    assert result.counts["contexts"] > 5 and result.counts["wrong_contexts"] > 5


@pytest.mark.parametrize("wrong", [0.0, 0.5])
def test_fewer_wrong_frames(tagged, wrong):
    result = soak.run(tagged, frames=1000, wrong=wrong)
    assert result.ok, result.fault
    assert abs(result.counts["right"] - 1000 * (1 - wrong)) < 60
    assert result.counts["overtaken"] > 10


def test_a_flipped_bit_is_found(direct, tmp_path, capsys):
    """One bit of a result that comes with a saturated drop count, which few do."""
    pattern = r"assign m_axis_tdata = ([^;]*);"
    text = r"assign m_axis_tdata = \1 ^ { 7'h00, m_axis_tuser[11:8] == 4'hf };"
    folder = driver_builds.mutant(direct, tmp_path / "mutant", pattern, text)
    assert soak.main(["--build", str(folder), "--frames", "2000", "--json"]) == 1
    *_, line, last = capsys.readouterr().out.strip().splitlines()
    assert line.startswith("FAILED: frame ") and "tdata 0x" in line
    assert json.loads(last)["fault"] in line


def test_a_missing_strobe_is_found(direct, tmp_path):
    folder = driver_builds.mutant(
        direct, tmp_path / "mutant", r"\.dropped\(frame_dropped\)", ".dropped()"
    )
    result = soak.run(folder, frames=300)
    assert not result.ok and "frame_dropped strobed 0 times" in result.fault


def test_a_core_that_stops_is_a_deadlock(direct, tmp_path):
    folder = driver_builds.mutant(direct, tmp_path / "mutant", *driver_builds.SILENT)
    result = soak.run(folder, frames=300)
    assert not result.ok and "deadlock: " in result.fault and "results are due" in result.fault


def test_the_command_prints_json_last(tagged, capsys):
    assert soak.main(["--build", str(tagged), "--frames", "500", "--json"]) == 0
    *_, line, last = capsys.readouterr().out.strip().splitlines()
    record = json.loads(last)
    assert record["frames"] == 500 and record["results"] == record["counts"]["right"] > 0
    assert line.startswith("500 frames: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--frames", "0"], "--frames is 0"),
        (["--frames", "-1"], "--frames is -1"),
        (["--wrong", "1"], "--wrong is 1.0"),
        (["--wrong", "nan"], "--wrong is nan"),
        (["--seed", "-1"], "--seed is -1"),
    ],
)
def test_bad_requests_are_refused(tagged, arguments, message):
    with pytest.raises(InputError) as error:
        soak.main(["--build", str(tagged), *arguments])
    assert message in str(error.value) and "\n" not in str(error.value)


def test_no_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such build folder"):
        soak.run(tmp_path / "nowhere", frames=10)
