"""The fuzzer: what it calls a finding, and a second of it for every loader."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from fuzz import NAMES, all_targets, cases, workers
from fuzz.target import Target, independent_rank

from model.errors import InputError

ROOT = Path(__file__).resolve().parent.parent


def bad_line(_data):
    error = InputError("x")
    error.args = ("two\nlines",)
    raise error


def memory_as_input_error(_data):
    try:
        np.ones(1 << 40)
    except MemoryError:
        raise InputError("broken") from None


def nonsense(data):
    assert int(data) < 0


def busy(_data):
    while True:
        pass


FAULTS = {
    "ZeroDivisionError": lambda _data: 1 // 0,
    "nonsense": nonsense,
    "message": bad_line,
    "memory": memory_as_input_error,
    "hang": busy,
    "died": lambda _data: os.kill(os.getpid(), signal.SIGSEGV),
    "RuntimeWarning": lambda _data: np.float64(1e300) * np.float64(1e300),
}


def target(use, every=7):
    """A target whose every seventh case, for the most part, is what ``use`` makes of it."""

    def chosen(data, folder):
        (folder / "case").write_bytes(data)
        if int(data) % every == 0:
            use(data)
        elif int(data) % 2:
            raise InputError("refused")

    def mutate(rng, _data, _others):
        return str(rng.randrange(1000)).encode()

    made = Target("fake", [b"1"], mutate, chosen)
    # Of digits alone: bytes are not changed on top.
    return type("Digits", (Target,), {
        "case": lambda self, seed, number: str(seed * number % 1000).encode()
    })(*(getattr(made, name) for name in ("name", "seeds", "mutate", "use")))  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_what_is_a_finding(monkeypatch, kind):
    monkeypatch.setattr(cases, "MOST_SECONDS", 0.1)
    tally = workers.fuzz(target(FAULTS[kind]), 1, 0.6, 2)
    assert tally.counts[kind] > 0 and tally.n_findings == tally.counts[kind]
    assert tally.counts[cases.REFUSED] > 0 and tally.counts[cases.ACCEPTED] > 0
    for signature, found in tally.findings.items():
        assert signature.startswith(kind)
        assert all(number % 7 == 0 or 1000 <= number for number, _ in found)


def test_too_much_memory_is_a_finding(monkeypatch):
    monkeypatch.setattr(cases, "MOST_MEGABYTES", 100)
    tally = workers.fuzz(target(lambda _data: np.ones(20 << 20).sum()), 1, 0.6, 1)
    assert tally.counts["memory"] > 0 and tally.megabytes >= 100


def test_a_case_that_sleeps_is_a_finding(monkeypatch):
    monkeypatch.setattr(workers, "_STUCK_SECONDS", 0.5)
    monkeypatch.setattr(workers, "_LOOK_SECONDS", 0.1)
    tally = workers.fuzz(target(lambda _data: time.sleep(3), every=997), 997, 0.2, 1)
    assert tally.counts["hang"] > 0 and tally.n_findings == tally.counts["hang"]


def test_no_faults_no_findings():
    tally = workers.fuzz(target(lambda _data: None), 1, 0.3, 2)
    assert tally.n_findings == 0 and tally.total > 100 and 0.25 < tally.cpu_seconds < 1.5


def test_cases_are_the_same_for_the_same_numbers():
    (alist,) = all_targets(["alist"])
    first = [alist.case(3, number) for number in range(50)]
    assert first == [alist.case(3, number) for number in range(50)]
    assert first != [alist.case(4, number) for number in range(50)]


def test_rank_of_its_own():
    assert independent_rank([0b110, 0b011, 0b101, 0, 0b111]) == 3


def test_a_moment_of_every_loader(tmp_path):
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", "0.4", "--jobs", "1"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "found")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == list(NAMES)
    for line in lines[1:-1]:
        assert re.match(r"\S+ +[1-9]\d+ +\d+ +[1-9]\d* +[1-9]\d* +0 ", line), line
    assert not (tmp_path / "found").exists()
