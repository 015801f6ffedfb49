"""The co-simulation passes a right core and catches every wrong one, with the place named."""

import json
import re

import pytest
import standin

from model.errors import InputError
from sim import cosim, plan

FRAMES = 48


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return standin.write_build(tmp_path_factory.mktemp("standin"))


@pytest.fixture(autouse=True)
def right_frames():
    standin.choose("none")


def test_right_core_is_proven(build):
    result = cosim.run(build, frames=FRAMES)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (FRAMES, 0)
    assert result.fault_frames >= 15
    assert result.cycles_per_frame == 2 * standin.BEATS
    again = cosim.run(build, frames=8, seed=2)
    assert again.ok and again.compile_seconds == 0, "a second run must not compile again"


def test_one_frame_is_enough(build):
    assert cosim.run(build, frames=1).ok


@pytest.mark.parametrize(
    ("bug", "pattern"),
    [
        ("wrong_bit", r"frame 3, beat 2: tdata 0x\w+, expected 0x\w+"),
        ("no_tlast", r"hang: .*without tlast"),
        ("hang", r"hang: no whole output frame.* 5 came out; s_axis_tready=0"),
        ("status", r"frame 4, status iterations: 13, expected 12"),
        ("unstable", r"m_axis changed an offered beat"),
        ("extra", r"frame 8, beat 0: .*expected"),
        ("keeps_wrong", r"after a frame too short"),
        ("no_reset", r"after a reset during"),
    ],
)
def test_wrong_core_is_caught(build, bug, pattern):
    standin.choose(bug)
    result = cosim.run(build, frames=FRAMES)
    assert not result.ok
    assert result.mismatches > 0
    assert re.search(pattern, result.fault), result.fault


def test_command_prints_json_last_and_fails_with_1(build, capsys):
    argv = ["--build", str(build), "--frames", "10", "--json"]
    assert cosim.main(argv) == 0
    output = capsys.readouterr().out.strip().splitlines()
    record = json.loads(output[-1])
    assert set(record) == {"frames", "mismatches", "cycles_per_frame", "full_cycles_per_frame",
                           "ebn0_db", "simulator", "spec_sha"}  # fmt: skip
    assert (record["frames"], record["mismatches"]) == (10, 0)
    standin.choose("wrong_bit")
    assert cosim.main(argv) == 1
    record = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert record["mismatches"] == 1


def test_verilog_that_does_not_compile_fails(build, tmp_path):
    for name in ("spec.json", "build.json"):
        (tmp_path / name).write_text((build / name).read_text())
    (tmp_path / "standin.v").write_text("module standin(input clk;\nendmodule\n")
    result = cosim.run(tmp_path, frames=4)
    assert not result.ok and result.mismatches == 4 and "does not compile" in result.fault


def _changed(build, folder, **fields):
    record = {**json.loads((build / "build.json").read_text()), **fields}
    for name in ("spec.json", "standin.v"):
        (folder / name).write_text((build / name).read_text())
    (folder / "build.json").write_text(json.dumps(record))
    return folder


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"spec_sha": "0" * 64}, "spec_sha '0000"),
        ({"kind": "tanner_flooding"}, "kind 'tanner_flooding' is not that of"),
        ({"kind": "teapot"}, "kind 'teapot' is unknown"),
        ({"top": None}, "field 'top' is None"),
        ({"latency_cycles": "x"}, "field 'latency_cycles' is 'x'"),
        ({"verilog": "gone.v"}, "gone.v: cannot be read"),
        ({"verilog_sha": "1" * 64}, "verilog_sha '1111"),
    ],
)
def test_broken_build_folder_is_refused(build, tmp_path, fields, message):
    with pytest.raises(InputError, match=re.escape(message)):
        cosim.run(_changed(build, tmp_path, **fields), frames=4)


def test_bad_requests_are_refused(build, tmp_path):
    with pytest.raises(InputError, match="--frames is 0"):
        cosim.run(build, frames=0)
    with pytest.raises(InputError, match="--seed is -1"):
        cosim.run(build, frames=4, seed=-1)
    with pytest.raises(InputError, match="--ebn0 is nan"):
        cosim.run(build, frames=4, ebn0_db=float("nan"))
    with pytest.raises(InputError, match="no such build folder"):
        cosim.run(tmp_path / "nowhere", frames=4)
    (tmp_path / "build.json").write_text("{")
    with pytest.raises(InputError, match="build.json: not JSON at line 1"):
        cosim.run(tmp_path, frames=4)


def test_missing_simulator_is_one_line(build, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(InputError, match="simulator icarus is missing: iverilog"):
        cosim.run(build, frames=4, simulator="icarus")
    with pytest.raises(InputError, match="simulator verilator needs perl"):
        cosim.run(build, frames=4)
    with pytest.raises(InputError, match="'vcs' is unknown"):
        cosim.run(build, frames=4, simulator="vcs")


@pytest.mark.parametrize("frames", [1, 2, 7, 10, 100, 1000, 5000])
def test_regimes_start_at_full_speed_and_ascend(frames):
    regimes = plan.regimes(frames)
    assert regimes[0] == [0, 0, 0]
    starts = [first for first, *_ in regimes]
    assert starts == sorted(set(starts)) and starts[-1] < frames
    if frames >= 10:
        assert {tuple(levels) for _, *levels in regimes} == {
            (0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2)
        }
