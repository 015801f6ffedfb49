"""Co-simulation where things are not as they should be: folders, tools, disks, kills, neighbours.

What is the Verilog's fault is exit code 1; whatever else goes wrong is one line and exit code 2.
"""

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import standin
from odd_folders import odd_folder

from model.errors import InputError
from model.files import own_folder
from sim import cosim, simulators
from sim.bench_run import _verdict

ROOT = Path(__file__).resolve().parents[1]
# The command, for a build of the stand-in core; further arguments are cosim's.
COMMAND = """
import sys
sys.path.insert(0, "tests")
import standin
from model import cli
from sim import cosim
standin.choose("none")
cli.run(lambda argv: cosim.main(sys.argv[1:]))
"""
# The same with what is kept in XDG_CACHE_HOME.
ALONE = "import sys; sys.prefix = sys.base_prefix" + COMMAND


@pytest.fixture(scope="module")
def build(tmp_path_factory) -> Path:
    """A build whose model is compiled."""
    folder = standin.write_build(tmp_path_factory.mktemp("standin"))
    assert cosim.run(folder, frames=2).ok
    return folder


def start(build: Path, *more: str, program: str = COMMAND, limit: str = "", **environment: str):
    """The command in a process of its own; ``limit`` is a shell's, e.g. ``ulimit -f 100``."""
    words = [sys.executable, "-c", program, "--build", str(build), *more]
    if limit:
        words = ["bash", "-c", f'{limit}; exec "$@"', "bash", *words]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env=os.environ | environment,
    )  # fmt: skip


def outcome(process: subprocess.Popen) -> tuple[int, str, list[str]]:
    """Exit code, last line, and what of standard error is no progress bar."""
    out, error = process.communicate(timeout=300)
    lines = [line for line in error.splitlines() if line.strip() and "cosim: " not in line]
    return process.returncode, out.strip().splitlines()[-1] if out.strip() else "", lines


def wait_for(condition, seconds: float = 120):
    ends = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.02)
    return found


def processes_with(words: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if words.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def hidden(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith(".") and p.is_dir()]


@pytest.fixture
def alone(tmp_path) -> Path:
    """A folder for what is kept, with the simulator's own parts but no model."""
    place = tmp_path / "cache" / "unfoldhw"
    place.mkdir(parents=True)
    shutil.copytree(own_folder("a test") / "simulators", place / "simulators")
    return place


def changed(build: Path, folder: Path, more: str = "") -> Path:
    """A copy of a build's inputs whose Verilog has ``more`` text, so that it is compiled anew."""
    folder.mkdir(parents=True)
    for name in ("spec.json", "build.json", "standin.v"):
        shutil.copy(build / name, folder / name)
    with (folder / "standin.v").open("a") as file:
        file.write(more)
    return folder


def test_a_folder_of_any_name(build, tmp_path, monkeypatch):
    folder = odd_folder(tmp_path) / "build"
    standin.write_build(folder)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.chdir(folder)
    result = cosim.run(folder, frames=4)
    assert result.ok, result.fault
    assert cosim.run(".", frames=4).ok
    assert {p.name for p in (folder / "sim" / "run").iterdir()} >= {"bench.log", "result.json"}
    assert not [*tmp_path.rglob("hit")]


def test_the_waves_are_where_they_are_said_to_be(build, tmp_path):
    folder = changed(build, tmp_path / "w a")
    assert cosim.run(folder, frames=2, waves=True).ok
    assert (folder / "sim" / "run" / "dump.vcd").stat().st_size > 1000


def test_an_environment_in_an_odd_folder_is_one_line(build, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.prefix", sys.base_prefix)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a b"))
    with pytest.raises(InputError, match="what is compiled for simulators lies in '/.*a b"):
        simulators.get("verilator")
    monkeypatch.undo()
    monkeypatch.setattr("sys.executable", "/opt/my python/bin/python")
    with pytest.raises(InputError, match="Python lies in '/opt/my python"):
        simulators.get("verilator")


def test_programs_in_a_build_folder_are_never_run(build, tmp_path):
    """Compiled models, scripts and packages that came with the folder."""
    folder = changed(build, tmp_path / "b")
    hit = tmp_path / "hit"
    kept = [p.name for p in (own_folder("a test") / "simulations").iterdir() if p.is_dir()]
    for name in [*kept, "verilator-0123456789abcdef"]:
        for place in (folder / "sim" / name, folder / "sim" / "run"):
            place.mkdir(parents=True, exist_ok=True)
            for file in ("standin", "compiled", "verilator", "make", "g++"):
                path = place / file
                path.write_text(f"#!/bin/sh\ntouch '{hit}'\n")
                path.chmod(path.stat().st_mode | stat.S_IXUSR)
    for place in (folder, folder / "sim", folder / "sim" / "run"):
        for module in ("sitecustomize", "numpy", "cocotb", "random", "sim"):
            text = f"open({str(hit)!r}, 'w'); raise SystemExit(9)\n"
            (place / f"{module}.py").write_text(text)
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{COMMAND}"
    program = program.replace('"tests"', repr(str(ROOT / "tests")))
    words = [sys.executable, "-P", "-c", program, "--build", ".", "--frames", "2"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    )
    assert outcome(process)[:2] == (0, "bit-exact on 2 frames: Verilog = golden")
    assert not hit.exists()


def test_nothing_is_written_through_a_link_in_the_folder(build, tmp_path):
    folder = changed(build, tmp_path / "b")
    (tmp_path / "home" / "run").mkdir(parents=True)
    (folder / "sim").symlink_to(tmp_path / "home")
    with pytest.raises(InputError, match="sim: a link, not a folder"):
        cosim.run(folder, frames=2)
    (folder / "sim").unlink()
    (folder / "sim").mkdir()
    (folder / "sim" / "run").symlink_to(tmp_path / "home" / "run")
    assert cosim.run(folder, frames=2).ok
    assert not [*(tmp_path / "home" / "run").iterdir()] and not (folder / "sim/run").is_symlink()


def test_two_at_once(build, tmp_path):
    folder = changed(build, tmp_path / "b")
    runs = [start(folder, "--frames", str(frames), "--json") for frames in (60, 61, 62)]
    found = [outcome(process) for process in runs]
    assert [code for code, *_ in found] == [0, 0, 0], found
    assert [json.loads(line)["frames"] for _, line, _ in found] == [60, 61, 62]
    assert hidden(folder / "sim") == [] and {"result.json"} < {
        p.name for p in (folder / "sim" / "run").iterdir()
    }


def test_two_compile_at_once_and_one_is_killed(build, alone, tmp_path):
    folder = changed(build, tmp_path / "b", "// alone\n")
    surroundings = {"program": ALONE, "XDG_CACHE_HOME": str(alone.parent)}
    first = start(folder, "--frames", "3", **surroundings)
    making = wait_for(lambda: [*alone.glob("simulations/.making-*/work/Vtop.mk")])[0]
    second = start(folder, "--frames", "3", **surroundings)
    time.sleep(0.5)
    first.kill()
    first.communicate()
    wait_for(lambda: not processes_with(str(making.parent)), 60)
    code, last, lines = outcome(second)
    assert (code, last) == (0, "bit-exact on 3 frames: Verilog = golden"), lines
    assert hidden(alone / "simulations") == [
        p.name for p in (alone / "simulations").iterdir() if p.name.startswith(".making-")
    ] == []  # fmt: skip
    again = start(folder, "--frames", "3", "--json", **surroundings)
    assert outcome(again)[0] == 0


def test_a_kill_while_it_runs_leaves_no_simulator_and_no_folder(build, tmp_path):
    folder = changed(build, tmp_path / "b")
    assert cosim.run(folder, frames=2).ok
    before = (folder / "sim" / "run" / "result.json").read_bytes()
    for number in (signal.SIGKILL, signal.SIGTERM):
        code, simulators = _ended_by(number, folder)
        assert code in (-signal.SIGKILL, 128 + signal.SIGTERM)
        wait_for(lambda those=simulators: not any(map(_is_alive, those)), 20)
        assert (folder / "sim" / "run" / "result.json").read_bytes() == before
    assert cosim.run(folder, frames=2).ok and hidden(folder / "sim") == []


def _ended_by(number: int, folder: Path) -> tuple[int, list[int]]:
    """End a run by a signal; its exit code, and the processes that it had started."""
    running = start(folder, "--frames", "30000")
    wait_for(lambda: [*folder.glob("sim/.run-*/progress")])
    started = wait_for(lambda: _children(running.pid))
    running.send_signal(number)
    running.communicate()
    return running.returncode, started


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def _is_alive(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_simulator_that_is_killed_is_no_fault_of_the_verilog(build, tmp_path):
    folder = changed(build, tmp_path / "b")
    running = start(folder, "--frames", "30000")
    wait_for(lambda: [*folder.glob("sim/.run-*/progress")])
    os.kill(wait_for(lambda: _children(running.pid))[0], signal.SIGKILL)
    code, last, lines = outcome(running)
    assert code == 2 and last == "" and len(lines) == 1
    assert "ended without results (killed by signal 9), see" in lines[0]
    assert (folder / "sim" / "run" / "bench.log").is_file() and hidden(folder / "sim") == []


@pytest.mark.parametrize("tool", ["g++", "make", "perl"])
def test_a_tool_that_fails_is_no_fault_of_the_verilog(build, alone, tmp_path, tool):
    folder = changed(build, tmp_path / "b", "// fails\n")
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / tool
    fake.write_text("#!/bin/sh\necho 'error: it is broken' >&2\nexit 9\n")
    fake.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    process = start(folder, program=ALONE, XDG_CACHE_HOME=str(alone.parent), PATH=path)
    code, last, lines = outcome(process)
    assert (code, last) == (2, "") and len(lines) == 1, lines
    assert lines[0].startswith("error: verilator cannot compile standin: exit code")
    assert hidden(alone / "simulations") == [] and not (folder / "sim").exists()


def test_a_full_disk_is_no_fault_of_the_verilog(build, alone, tmp_path):
    """A limit on the size of files takes the part of the disk."""
    folder = changed(build, tmp_path / "b")
    for kib in (1, 20):  # of the frames; of what the simulator says of them
        code, last, lines = outcome(start(folder, "--frames", "2000", limit=f"ulimit -f {kib}"))
        assert (code, last) == (2, "") and len(lines) == 1, lines
        assert "too large" in lines[0].lower()
    again = changed(build, tmp_path / "c", "// full\n")
    process = start(
        again, limit="ulimit -f 60", program=ALONE, XDG_CACHE_HOME=str(alone.parent)
    )
    code, last, lines = outcome(process)
    assert (code, last) == (2, "") and len(lines) == 1, lines
    assert hidden(alone / "simulations") == []
    assert cosim.run(folder, frames=2).ok


@pytest.mark.parametrize("wrong", ["module;\n", "module x(input a);\nassign a = ;\nendmodule\n"])
def test_verilog_that_does_not_compile_is_its_own_fault(build, tmp_path, wrong):
    folder = changed(build, tmp_path / "b", wrong)
    code, last, lines = outcome(start(folder))
    assert code == 1 and last.startswith("FAILED: verilator does not compile standin: %Error")
    assert "%Error" in (folder / "sim" / "compile.log").read_text() and lines == []


def test_how_a_run_ended(tmp_path):
    """What says something about the Verilog is returned, the rest raised."""
    results, log = tmp_path / "results.xml", tmp_path / "bench.log"
    case = '<testsuites><testsuite><testcase>{}</testcase></testsuite></testsuites>'
    log.write_text("%Error: standin.v:3: Active region did not converge\n")
    assert "Active region did not converge, see" in _verdict(results, log, "exit code 1")
    log.write_text("ImportError: no module\n")
    with pytest.raises(InputError, match=r"without results \(ImportError: no module\)"):
        _verdict(results, log, None)
    results.write_text("<half")
    with pytest.raises(InputError, match=r"without results \(killed by signal 11\)"):
        _verdict(results, log, "killed by signal 11")
    results.write_text(case.format('<failure type="OSError" message="[Errno 28] No space" />'))
    with pytest.raises(InputError, match=r"could not go on: OSError: \[Errno 28\] No space"):
        _verdict(results, log, None)
    results.write_text(case.format('<failure type="AssertionError" message="frame 3" />'))
    assert _verdict(results, log, None).startswith("the bench failed, see")
    results.write_text(case.format(""))
    assert _verdict(results, log, None) is None


def test_a_record_that_does_not_fit_its_spec_is_one_line(build, tmp_path, monkeypatch):
    folder = changed(build, tmp_path / "b")

    def broken(*_):
        raise KeyError("llrs_per_beat")

    monkeypatch.setattr(standin, "stimulus", broken)
    with pytest.raises(InputError, match=r"build\.json: no frames can be made .*llrs_per_beat"):
        cosim.run(folder, frames=2)
