"""The results file of an exploration: false rows, torn ends, full disks, several runs at once."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.errors import InputError
from synth.explore import rows
from synth.explore.store import Store
from synth.memo import remembered

ROOT = Path(__file__).resolve().parent.parent
NAN, INF = float("nan"), float("inf")


def row(number: int, **changes) -> dict:
    """A row of a routed design."""
    return {
        "key": f"{number:064x}", "design": "d" * 64, "portable": "e" * 64, "spec": "qc_ldpc",
        "spec_sha": "f" * 64, "message_bits": 3, "app_bits": 9,
        "options": {"slots": 3, "target": "ecp5", "fifo": None, "free": True}, "device": "ecp5-85k",
        "seed": 1, "lut": 10, "comb": 20, "ff": 30, "ebr": 0.5, "dsp": 0, "distributed_ram": 0,
        "routed": True, "reason": None, "fmax_mhz": 210.5, "credited_mhz": 200.0,
        "cycles_per_frame": 886.7, "coded_bits_per_frame": 1296, "frames_in_flight": 3,
        "critical_path": "a to b", "loss_db": 0.05, "verilog_sha": "0", "tools": {"yosys": "0.70"},
        "seconds": 9.5,
    } | changes  # fmt: skip


WORDS = (None, 1, "", [], {}, "a\nb", "\x1b[2J", "x" * 601)
FALSE = [
    *[(name, v) for name in ("key", "design", "portable", "spec_sha")
      for v in (None, 1, "", "0" * 63, "G" * 64, "0" * 64 + "\n", ["0" * 64])],
    *[("spec", v) for v in WORDS if v != ""],
    *[("critical_path", v) for v in WORDS if v not in (None, "")],
    *[("reason", v) for v in WORDS if v not in (None, "")],
    *[(name, v) for name in ("lut", "ff", "dsp", "distributed_ram")
      for v in (-1, 1.5, None, "1", True, 10**10)],
    *[(name, v) for name in ("message_bits", "app_bits") for v in (-1, 1.5, "1", True, 10**10)],
    *[("comb", v) for v in (0, -1, None, 1.5, "20")],
    *[("ebr", v) for v in (-0.5, NAN, None, "1", True, 10**300)],
    *[("fmax_mhz", v) for v in (0, -1, NAN, INF, None, "200", 199.0, 10**399)],
    *[("credited_mhz", v) for v in (0, -1, NAN, None, "200", 211)],
    *[("cycles_per_frame", v) for v in (0, -1, NAN, INF, None, "9")],
    *[("coded_bits_per_frame", v) for v in (0, -1, 1.5, None)],
    *[("frames_in_flight", v) for v in (-1, 1.5, "3")],
    *[("loss_db", v) for v in (NAN, INF, "0", 1000, True)],
    *[("seconds", v) for v in (-1, NAN, None)],
    *[("seed", v) for v in (-1, 2**65, 1.0, None, True)],
    *[("device", v) for v in (None, "", "ice40", ["xc7"], "xc7")],  # xc7 is never routed
    *[("routed", v) for v in (None, 0, 1, "true")],
    *[("options", v) for v in (None, [], {"a b": 1}, {"": 1}, {"a": [1]}, {"a": "\n"}, {"a": NAN},
                               {"a": {}}, {"A": 1}, {"a": 10**20})],
    *[("tools", v) for v in (None, [], {"a": 1}, {"a\n": "1"}, {"a": "\x07"})],
    ("more", 1), ("schema", "x"),
]  # fmt: skip


def refused(path: Path, text: str, match: str = ".") -> None:
    path.write_text(text)
    with pytest.raises(InputError, match=match) as caught:
        Store(path)
    told = str(caught.value)
    assert told.startswith(f"{path}, line ") and "\n" not in told and len(told) <= 600
    assert path.read_text() == text


@pytest.mark.parametrize(("name", "value"), FALSE)
def test_false_rows_are_refused_whatever_their_hash(tmp_path, name, value):
    path = tmp_path / "results.jsonl"
    good = json.dumps(rows.sealed(row(1)))
    false = row(2, **{name: value})
    refused(path, f"{good}\n{json.dumps(rows.sealed(false))}\n", "line 2: ")
    refused(path, json.dumps(rows.sealed(row(2)) | {name: value}) + "\n", "line 1: ")


def test_rows_that_are_no_rows_are_refused(tmp_path):
    path, good = tmp_path / "results.jsonl", rows.sealed(row(1))
    for text in ("", "x", "null", "[]", '"x"', "[" * 10**5, "{}", '{"key": 1, "key": 2}',
                 '"\\ud800"', "1" * 500):  # fmt: skip
        refused(path, text + "\n")
    for name in good:
        refused(path, json.dumps({k: v for k, v in good.items() if k != name}) + "\n")
    refused(path, json.dumps(row(1)) + "\n", "no content hash .* measured again")
    refused(path, 2 * (json.dumps(good) + "\n"), "line 2: the row of key .* is there twice")
    path.write_bytes(b"\xff\n")
    with pytest.raises(InputError, match="line 1: not a row"):
        Store(path)


def test_rows_of_designs_that_were_not_routed_or_only_counted():
    nothing = dict(routed=False, fmax_mhz=None, credited_mhz=None, critical_path=None)
    rows.check(rows.sealed(row(1, reason="not routed: too large", **nothing)))
    counted = dict(device="xcup", comb=None, reason="counts only", loss_db=None)
    rows.check(rows.sealed(row(1, **nothing, **counted)))


def test_two_stores_of_one_file_lose_nothing(tmp_path):
    path = tmp_path / "a" / "results.jsonl"
    first, second = Store(path), Store(path)
    assert not path.parent.exists()  # reading leaves nothing behind
    first.add([row(1), row(2)])
    second.add([row(2, seconds=1.0), row(3)])
    assert set(second.rows) == {row(n)["key"] for n in (1, 2, 3)}
    assert second.rows[row(2)["key"]]["seconds"] == 9.5  # what was there stays
    first.read()
    assert first.rows == second.rows == Store(path).rows
    assert len(path.read_text().splitlines()) == 3


def test_a_torn_end_is_removed_by_who_writes_next_and_by_nobody_else(tmp_path):
    path = tmp_path / "results.jsonl"
    Store(path).add([row(1)])
    whole = path.read_bytes()
    for torn in (b'{"key": "', b"\xff\xfe", json.dumps(rows.sealed(row(2))).encode()):
        path.write_bytes(whole + torn)
        store = Store(path)
        assert len(store.rows) == 1 and path.read_bytes() == whole + torn
        store.add([row(3)])
        assert len(Store(path).rows) == 2 and path.read_bytes().startswith(whole)


@pytest.mark.parametrize("fail", ["full", KeyboardInterrupt])
def test_a_write_that_fails_leaves_the_rows_that_were_there(tmp_path, monkeypatch, fail):
    path = tmp_path / "results.jsonl"
    store = Store(path)
    store.add([row(1)])
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        if fail == "full":
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
            with pytest.raises(InputError, match="jsonl: cannot be written: File too large"):
                store.add([row(n) for n in range(2, 9)])
        else:

            def stop(_handle):
                raise fail

            monkeypatch.setattr(os, "fsync", stop)
            with pytest.raises(fail):
                store.add([row(2)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before and len(store.rows) == len(Store(path).rows) == 1


def test_a_row_that_could_not_be_read_again_is_not_written(tmp_path):
    path = tmp_path / "results.jsonl"
    with pytest.raises(InputError, match="cycles_per_frame"):
        Store(path).add([row(1), row(2, cycles_per_frame=NAN)])
    assert not path.exists()


def numbers(path: Path, n: int) -> list[int]:
    """Keys that leave ``n`` when divided by three."""
    return sorted(int(key, 16) for key in Store(path).rows if int(key, 16) % 3 == n)


def test_writers_that_are_killed_tear_nothing(tmp_path):
    """Three processes add rows all the time; each is killed, and what is there is whole."""
    path = tmp_path / "results.jsonl"
    text = (
        "import sys, time\nfrom pathlib import Path\nfrom test_synth_explore_store import row\n"
        "from synth.explore.store import Store\n"
        f"store, number = Store(Path({str(path)!r})), int(sys.argv[1])\n"
        "while True:\n store.add([row(number), row(number + 3)])\n number += 6\n time.sleep(0.03)\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    writers = [
        subprocess.Popen([sys.executable, "-c", text, str(n)], env=environment) for n in range(3)
    ]
    try:
        started = time.monotonic()
        while min(len(numbers(path, n)) for n in range(3)) < 4:
            assert time.monotonic() - started < 60
            time.sleep(0.05)
        for writer, number in zip(writers, (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL),
                                  strict=True):  # fmt: skip
            seen = set(Store(path).rows)
            writer.send_signal(number)
            writer.wait(timeout=10)
            time.sleep(0.2)
            assert seen <= set(Store(path).rows)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    for n in range(3):  # a writer's rows are there from its first on, none is missing
        mine = numbers(path, n)
        assert mine == list(range(n, mine[-1] + 1, 3))
    store = Store(path)
    before = len(store.rows)
    store.add([row(10**6)])
    assert len(Store(path).rows) == before + 1


@pytest.mark.parametrize(
    "text", ["", "x", "[]", '{"key": "k"}', '{"key": "k", "result": 1}', "[" * 10**5, "\x00"]
)
def test_a_broken_memory_is_computed_anew(tmp_path, text):
    path = tmp_path / "kept.json"
    path.write_text(text)
    assert remembered(path, "k", lambda: {"a": 1}) == {"a": 1}
    assert remembered(path, "k", lambda: {"a": 2}) == {"a": 1}
