"""What is compiled and kept: never used broken, never made twice at once, never anybody else's."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model import kept as kept_module
from model import processes
from model.asides import aside
from model.errors import InputError
from model.files import own_folder
from model.kept import find, kept
from model.plain import checked_plain, is_plain, temporary_folder

# A process that makes an entry slowly, and says on standard output that it has begun.
SLOW = """
import sys, time
sys.prefix = sys.base_prefix
from model.kept import kept
def make(folder):
    (folder / "part").write_text("half")
    with open(sys.argv[1], "a") as log:
        print("making", file=log)
    time.sleep(float(sys.argv[2]))
    (folder / "thing").write_text("whole")
    return [folder / "thing"]
print((kept("a test", "shelf", "entry", make)[0] / "thing").read_text())
"""


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A folder for what is kept, of this test alone."""
    monkeypatch.setattr("sys.prefix", sys.base_prefix)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "unfoldhw"


def make(folder: Path) -> list[Path]:
    (folder / "thing").write_text("good")
    (folder / "rest").write_text("not kept")
    return [folder / "thing"]


def spoil_content(entry: Path) -> None:
    (entry / "thing").write_text("evil")


def spoil_length(entry: Path) -> None:
    os.truncate(entry / "thing", 2)


def spoil_link(entry: Path) -> None:
    (entry / "thing").rename(entry.parent / "same")
    (entry / "thing").symlink_to(entry.parent / "same")


def spoil_more(entry: Path) -> None:
    (entry / "more").write_text("")


def spoil_seal(entry: Path) -> None:
    (entry / "kept.json").write_text("{")


def spoil_type(entry: Path) -> None:
    (entry / "kept.json").write_text('{"thing": 5}')


def spoil_missing(entry: Path) -> None:
    (entry / "thing").unlink()


def spoil_pipe(entry: Path) -> None:
    (entry / "thing").unlink()
    os.mkfifo(entry / "thing")


SPOILT = [spoil_content, spoil_length, spoil_link, spoil_more, spoil_seal, spoil_type,
          spoil_missing, spoil_pipe]  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_a_broken_entry_is_made_again(place, spoil):
    entry, made = kept("a test", "shelf", "entry", make)
    assert made and kept("a test", "shelf", "entry", None) == (entry, False)
    spoil(entry)
    assert find(entry) is None
    entry, made = kept("a test", "shelf", "entry", make)
    assert made and (entry / "thing").read_text() == "good"
    assert {path.name for path in entry.iterdir()} == {"thing", "kept.json"}


def test_an_entry_that_is_no_folder_is_replaced(place):
    (place / "shelf").mkdir(parents=True)
    (place / "shelf" / "entry").write_text("a file")
    assert (kept("a test", "shelf", "entry", make)[0] / "thing").read_text() == "good"
    assert (place / "shelf").stat().st_mode & 0o777 == 0o700


def test_what_fails_leaves_nothing(place):
    def fail(folder):
        (folder / "thing").write_text("half")
        raise InputError("does not compile")

    def full(folder):
        raise OSError(28, "No space left on device")

    for bad, text in ((fail, "does not compile"), (full, "cannot be written: No space left")):
        with pytest.raises(InputError, match=text):
            kept("a test", "shelf", "entry", bad)
        assert all(path.name.endswith(".lock") for path in (place / "shelf").iterdir())


def start(place: Path, log: Path, seconds: float) -> subprocess.Popen:
    words = [sys.executable, "-c", SLOW, str(log), str(seconds)]
    environment = os.environ | {"XDG_CACHE_HOME": str(place.parent)}
    root = Path(__file__).resolve().parents[1]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root, env=environment
    )


def wait_for(condition, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.02)


def test_two_processes_make_it_once(place, tmp_path):
    log = tmp_path / "log"
    both = [start(place, log, 3.0) for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in both]
    assert [out for out, _ in ended] == ["whole\n", "whole\n"]
    assert log.read_text() == "making\n"


def test_a_kill_leaves_nothing_that_is_used(place, tmp_path):
    log = tmp_path / "log"
    killed = start(place, log, 300)
    wait_for(log.exists)
    killed.kill()
    killed.communicate()
    assert [*(place / "shelf").glob(".making-*")] and not (place / "shelf" / "entry").exists()
    out, error = start(place, log, 0).communicate(timeout=120)
    assert (out, error) == ("whole\n", "")
    assert not [*(place / "shelf").glob(".making-*")]


def test_what_lives_is_not_swept(tmp_path):
    with aside(tmp_path, ".making-") as first, aside(tmp_path, ".making-") as second:
        assert first.is_dir() and second.is_dir() and first != second
        (first / "file").write_text("")
        second.rename(tmp_path / "named")
    assert [path.name for path in tmp_path.iterdir()] == ["named"]


def test_the_least_used_goes_first(place, monkeypatch):
    entries = [kept("a test", "shelf", f"entry{number}", make)[0] for number in range(3)]
    for number, entry in enumerate(entries):
        os.utime(entry / "kept.json", (1000 + number, 1000 + number))
    assert find(entries[0]) is not None  # which is a use
    monkeypatch.setattr(kept_module, "MOST_BYTES", 1)
    last, _ = kept("a test", "shelf", "last", make)
    left = {path.name for path in (place / "shelf").iterdir() if not path.name.startswith(".")}
    assert left == {"entry0", "last"}


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.prefix", str(tmp_path / "environment"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first, second = (tmp_path / part / "unfoldhw" for part in ("environment/var", "cache"))
    assert own_folder("a test") == first
    first.chmod(0o777)
    assert own_folder("a test") == first and first.stat().st_mode & 0o022 == 0
    first.parent.chmod(0o777)
    assert own_folder("a test") == second
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)  # all is somebody else's
    with pytest.raises(InputError, match="no writable folder for a test that is this user's"):
        own_folder("a test")


def test_a_shelf_of_somebody_else_is_not_used(place, monkeypatch):
    own_folder("a test")
    (place / "elsewhere").mkdir()
    (place / "shelf").symlink_to(place / "elsewhere")
    with pytest.raises(InputError, match="shelf: not a folder of this user"):
        kept("a test", "shelf", "entry", make)


def runs(words: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if words.encode() in path.read_bytes():
                return True
    return False


def alive(words: str) -> bool:
    """Whether it still runs after the time that a killed process may take on a busy machine."""
    until = time.monotonic() + 10
    while runs(words) and time.monotonic() < until:
        time.sleep(0.05)
    return runs(words)


def test_a_tool_ends_when_its_call_is_left(tmp_path):
    with (tmp_path / "log").open("w+b") as log:
        assert processes.run(["sh", "-c", "echo said; exit 3"], log) == 3
        assert processes.run(["no-such-tool"], log) == 127
        assert processes.run(["sh", "-c", "kill -9 $$"], log) == -9
        words = "sleep 86399.25 & sleep 86399.25"
        with pytest.raises(subprocess.TimeoutExpired):
            processes.run(["sh", "-c", words], log, timeout=0.5)
        assert not alive("86399.25")
        log.seek(0)
        assert log.read().decode().startswith("said\nno-such-tool: No such file")


def test_a_tool_ends_with_the_process_that_started_it(tmp_path):
    program = (
        "import sys; from model import processes; "
        "processes.run(['sleep', '86398.25'], open(sys.argv[1], 'wb'))"
    )
    root = Path(__file__).resolve().parents[1]
    words = [sys.executable, "-c", program, str(tmp_path / "log")]
    starter = subprocess.Popen(words, cwd=root)
    wait_for(lambda: runs("sleep\x0086398.25"))
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    wait_for(lambda: not runs("86398.25"), 10)


def test_plain_paths(monkeypatch, tmp_path):
    assert is_plain("/a/b-c_1.2,+@/é") and checked_plain("/a", "it") == Path("/a")
    for odd in ("", *(f"/a{character}b" for character in " '\"$;#\\\n:*?&|<>()=%~`!\x1b")):
        assert not is_plain(odd)
        with pytest.raises(InputError, match="it lies in"):
            checked_plain(odd, "it")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "a b"))
    assert is_plain(temporary_folder())
    monkeypatch.setattr("model.plain._OTHER_TEMPORARY", ())
    with pytest.raises(InputError, match="TMPDIR is"):
        temporary_folder()
