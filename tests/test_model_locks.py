"""One writer at a time, whole files, signals that wait: what keeps results from being lost."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.errors import InputError
from model.files import OLD_SECONDS, write_atomic
from model.locks import locked
from model.signals import held

ROOT = Path(__file__).resolve().parent.parent


@contextlib.contextmanager
def another_process(text: str):
    """A process that runs ``text`` and has printed a line."""
    child = subprocess.Popen([sys.executable, "-c", text], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def holder(place: Path) -> str:
    return (f"import time; from model.locks import locked\nwith locked({str(place)!r}):"
            "\n print('held', flush=True); time.sleep(60)")  # fmt: skip


@pytest.mark.parametrize("kind", ["missing", "file", "folder", "link", "made_meanwhile", "long"])
def test_a_second_writer_is_refused_until_the_first_is_dead(tmp_path, kind):
    place = name = tmp_path / ("x" * 250 if kind == "long" else "place")
    if kind == "file":
        place.write_text("")
    elif kind == "folder":
        place.mkdir()
    elif kind == "link":
        name = tmp_path / "link"
        name.symlink_to(place)
    with another_process(holder(name)) as child:
        if kind == "made_meanwhile":
            place.mkdir()
        with (
            pytest.raises(InputError, match=f"place: process {child.pid} is writing there")
            if kind != "long"
            else pytest.raises(InputError, match="x: process")
        ):
            with locked(place):
                pass
        started = time.monotonic()
        with pytest.raises(InputError, match="is writing there"), locked(place, wait_seconds=0.3):
            pass
        assert time.monotonic() - started > 0.3
        child.kill()
        with locked(place, wait_seconds=5):
            assert len(list(tmp_path.glob(".*.lock"))) == 1
    assert not list(tmp_path.glob(".*.lock"))


def test_many_writers_are_never_two_at_once(tmp_path):
    """Each adds one to a number in a file, again and again, while locks come and go."""
    path, rounds = tmp_path / "number", 60
    path.write_text("0")
    text = (
        "from pathlib import Path\nfrom model.locks import locked\n"
        f"path = Path({str(path)!r})\nprint('ready', flush=True)\n"
        f"for _ in range({rounds}):\n"
        "    with locked(path, wait_seconds=None):\n"
        "        number = int(path.read_text())\n        path.write_text(str(number + 1))\n"
    )
    with contextlib.ExitStack() as stack:
        writers = [stack.enter_context(another_process(text)) for _ in range(4)]
        assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0, 0]
    assert path.read_text() == str(4 * rounds) and os.listdir(tmp_path) == ["number"]


def test_a_place_that_cannot_be_locked_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"), locked(tmp_path / "file" / "x"):
        pass


def test_a_failed_write_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "results"
    write_atomic(path, "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(InputError, match="results: cannot be written: File too large"):
            write_atomic(path, b"x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["results"]


@pytest.mark.parametrize("raised", [KeyboardInterrupt, MemoryError, OSError])
@pytest.mark.parametrize("where", ["fsync", "replace", "fchmod"])
def test_whatever_ends_a_write_leaves_no_temporary(tmp_path, monkeypatch, raised, where):
    path = tmp_path / "results"
    write_atomic(path, "before")

    def fail(*_):
        raise raised

    with monkeypatch.context() as patched:
        patched.setattr(os, where, fail)
        with pytest.raises(InputError if raised is OSError else raised):
            write_atomic(path, "after")
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["results"]


def test_folders_and_devices_are_not_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "null").symlink_to("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    for name, kind in (("folder", "a folder"), ("null", "no regular"), ("pipe", "no regular")):
        with pytest.raises(InputError, match=f"{name}: cannot be written: it is {kind}"):
            write_atomic(tmp_path / name, "x")
    with pytest.raises(InputError, match="/dev/null/x: cannot be written"):
        write_atomic("/dev/null/x", "x")


def test_links_are_followed_and_long_names_written(tmp_path):
    (tmp_path / "link").symlink_to("real")
    assert write_atomic(tmp_path / "link", "new") == tmp_path / "link"
    assert (tmp_path / "real").read_text() == "new" and (tmp_path / "link").is_symlink()
    assert write_atomic(tmp_path / ("ä" * 120), "\ud800").read_text() == "\\ud800"


def test_temporaries_of_dead_processes_are_swept_when_old(tmp_path):
    old, young, other = (tmp_path / f".{name}.part" for name in ("r.a1234567", "r.b", "s.a"))
    for path in (old, young, other):
        path.write_text("")
        age = 0 if path is young else OLD_SECONDS + 60
        os.utime(path, (time.time() - age, time.time() - age))
    write_atomic(tmp_path / "r", "x")
    assert sorted(os.listdir(tmp_path)) == [young.name, other.name, "r"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_wait_for_the_end_of_what_is_held(number):
    def handler(found, _frame):
        raise KeyboardInterrupt(found)

    done, before = [], signal.signal(number, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            with held():
                signal.raise_signal(number)
                signal.raise_signal(number)
                done.append(True)
        assert done and signal.getsignal(number) is handler
        with held():
            pass
    finally:
        signal.signal(number, before)
