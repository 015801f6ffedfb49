"""Resets at every cycle of small builds; a register that is not reset is found."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import driver_builds
import pytest

from model.errors import InputError
from sim import resets

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """Name to build folder; each is made when it is asked for."""
    made = {}

    def get(name: str) -> Path:
        if name not in made:
            made[name] = driver_builds.write(name, tmp_path_factory.mktemp(name) / "a build's $1;")
        return made[name]

    return get


@pytest.mark.parametrize("name", driver_builds.BUILDS)
def test_what_follows_a_reset_does_not_depend_on_what_was_before(builds, name):
    result = resets.run(builds(name), resets=300, every_cycle=True, lengths=(1, 2, 3))
    assert (result.fault, result.wrong, result.phantoms) == (None, 0, 0)
    # Every cycle, three lengths, with and without frames behind them.
    assert result.ok and result.trials == 300 + 6 * result.window_cycles
    assert result.window_cycles > 20


def test_a_register_without_reset_is_found(builds, tmp_path):
    """The frame guard goes on swallowing a frame that is too long."""
    changed = driver_builds.without_reset("swallowing", "tiny_guard")
    folder = driver_builds.mutant(builds("direct"), tmp_path / "mutant", *changed)
    result = resets.run(folder, every_cycle=True)
    assert not result.ok and result.wrong > 0
    assert "reset of " in result.fault and "expected 0x" in result.fault


def test_a_phantom_is_counted(builds, tmp_path):
    """The valid bit of a whole frame without a reset: it is decoded behind the reset."""
    changed = driver_builds.without_reset("o__valid", "tiny_core_loader")
    folder = driver_builds.mutant(builds("direct"), tmp_path / "mutant", *changed)
    result = resets.run(folder, every_cycle=True, lengths=(1,))
    assert result.phantoms > 0 and result.wrong >= result.phantoms


def test_a_core_that_gives_nothing_fails(builds, tmp_path, capsys):
    silent = driver_builds.mutant(builds("direct"), tmp_path / "silent", *driver_builds.SILENT)
    assert resets.main(["--build", str(silent), "--every-cycle", "--json"]) == 1
    lines = capsys.readouterr().out.strip().splitlines()
    assert "nothing to compare with" in lines[-2]
    assert json.loads(lines[-1])["trials"] == 0


def test_the_command_prints_json_last(builds, capsys):
    assert resets.main(["--build", str(builds("direct")), "--resets", "50", "--json"]) == 0
    *_, line, last = capsys.readouterr().out.strip().splitlines()
    record = json.loads(last)
    assert (record["trials"], record["wrong"], record["phantoms"]) == (50, 0, 0)
    assert record["lengths"] == [1, 2, 3] and record["resets_per_second"] > 0
    assert line.startswith("50 resets of 1, 2, 3 cycles within ") and " 0 wrong" in line


def test_the_same_seed_gives_the_same_trials(builds):
    first, again = (resets.run(builds("direct"), resets=40, seed=7) for _ in range(2))
    assert first.cycles == again.cycles != resets.run(builds("direct"), 40, seed=8).cycles


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resets", "0"], "--resets is 0, at least 1"),
        (["--resets", "-3"], "--resets is -3"),
        (["--lengths", "0"], "--lengths is '0'"),
        (["--lengths", "1,1001"], "--lengths is '1,1001'"),
        (["--lengths", "1,,2"], "--lengths is '1,,2'"),
        (["--lengths", "short"], "--lengths is 'short'"),
        (["--seed", "-1"], "--seed is -1"),
    ],
)
def test_bad_requests_are_refused(builds, arguments, message):
    with pytest.raises(InputError) as error:
        resets.main(["--build", str(builds("direct")), *arguments])
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_folder_that_is_none_is_one_line(tmp_path):
    command = [sys.executable, "-m", "sim.resets", "--build", str(tmp_path / "nowhere")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and not done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and "no such build folder" in line


def _driver_of(process: int) -> int | None:
    """The child of a process, if it has one."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(children[0]) if children else None


def _started(folder: Path) -> tuple[subprocess.Popen, int]:
    """A command that will not end by itself, and its driver, at work."""
    command = [sys.executable, "-m", "sim.resets", "--build", str(folder), "--resets", "10000000"]
    # A shell that puts the tests into the background lets them ignore Ctrl-C; not the command.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, before)
    seen = ""
    while "/10000000" not in seen:  # the bar knows the number from the driver
        seen += process.stderr.read(1)
    return process, _driver_of(process.pid)


def _gone(process: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":  # its parent is gone; whoever is left collects it
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl_c", "term"]
)
def test_an_interrupt_keeps_what_was_counted(builds, number, code):
    process, driver = _started(builds("direct"))
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == code
    (line,) = output.splitlines()
    assert " 0 wrong, 0 phantom frames" in line and line.endswith("interrupted")
    assert _gone(driver)


def test_no_driver_outlives_the_command(builds):
    process, driver = _started(builds("direct"))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert _gone(driver)
