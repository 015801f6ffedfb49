"""Worker processes, and what they start, end with the command, however it ends."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from model.errors import InputError
from sim.workers import Workers

ROOT = Path(__file__).resolve().parent.parent


def living(pids) -> set[int]:
    """Those of the processes that run; a dead one that nobody has waited for does not."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(pid)
    return found


def below(pid: int) -> set[int]:
    """All processes that ``pid`` started, and those that they started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def wait_until(true, seconds: float) -> float:
    """Wait for it; returns the seconds that it took."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds, "waited too long"
        time.sleep(0.02)
    return time.monotonic() - started


def stay(folder: str) -> None:
    """What a worker does here: start a tool and wait for it."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(97)"])
    (Path(folder) / f"{os.getpid()}").touch()
    child.wait()


def start(workers: Workers, folder: Path) -> set[int]:
    """Two workers at work with a tool each; the four processes."""
    for _ in range(2):
        workers.call(stay, str(folder))
    wait_until(lambda: len(list(folder.iterdir())) == 2, 30)
    pids = {int(path.name) for path in folder.iterdir()}
    return pids.union(*(below(pid) for pid in pids))


def test_closing_does_not_wait_for_what_is_still_computed(tmp_path):
    workers = Workers(2)
    pids = start(workers, tmp_path)
    assert len(pids) == 4
    started = time.monotonic()
    workers.close()
    assert time.monotonic() - started < 20
    wait_until(lambda: not living(pids), 2)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_is_left_when_the_command_is_killed(tmp_path, number):
    folder, script = tmp_path / "started", tmp_path / "command.py"
    folder.mkdir()
    script.write_text(
        "import time\nfrom pathlib import Path\nfrom sim.workers import Workers\n"
        "from test_sim_workers import start\n"
        "if __name__ == '__main__':\n"
        f"    print(*start(Workers(2), Path({str(folder)!r})), flush=True)\n"
        "    time.sleep(97)\n"
    )
    command = subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
    )  # fmt: skip
    try:
        pids = {int(word) for word in command.stdout.readline().split()}
        assert len(pids) == 4
        pids |= below(command.pid)  # multiprocessing's own, too
        command.send_signal(number)
        command.wait(timeout=10)
        wait_until(lambda: not living(pids), 3)
    finally:
        command.kill()
        command.stdout.close()


def test_a_killed_worker_is_told(tmp_path):
    workers = Workers(1)
    future = workers.call(stay, str(tmp_path))
    wait_until(lambda: list(tmp_path.iterdir()), 30)
    (path,) = tmp_path.iterdir()
    os.killpg(int(path.name), signal.SIGKILL)
    with pytest.raises(BrokenProcessPool):
        future.result(timeout=10)
    with pytest.raises(BrokenProcessPool):
        workers.call(stay, str(tmp_path))
    workers.close()


def test_so_many_workers_are_a_mistake():
    from sim import engines  # not above: workers import this file

    for count in (-1, 10**9):
        with pytest.raises(InputError, match=f"--workers must be 1 to 1024, not {count}"):
            engines.LocalEngine(count)
