"""Results and failures files: nothing lost, nothing counted twice, nothing false accepted."""

import contextlib
import copy
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_sim_workers import below, living, wait_until

from model import catalog
from model.errors import InputError
from quant import document, kinds
from quant.fit import default_spec
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from sim import failures, replay, results, sealed, tally, units
from sim.failures import Failures
from sim.results import Results
from sim.tally import Tally
from sim.units import Count, Job

ROOT = Path(__file__).resolve().parent.parent
NAN, INF = float("nan"), float("inf")
AWGN = Channel("awgn", "bpsk")


@pytest.fixture(scope="module")
def spec():
    return default_spec(catalog.get("ccsds_128_64"))


@pytest.fixture(scope="module")
def spec_file(spec, tmp_path_factory) -> str:
    units.measured(spec.to_json()).prepare("c")  # compiled before limits are set
    return str(spec.save(tmp_path_factory.mktemp("spec") / "spec.json"))


def counted(ebn0_db: float, number: int) -> Tally:
    """A tally of so many units with five wrong frames in each."""
    sums = Tally(DecoderMonteCarlo, ebn0_db)
    for unit in range(number):
        wrong = tuple(512 * unit + 3 * i for i in range(5))
        sums.add(unit_count(unit, 0.5, 0.25, wrong))
    return sums


def unit_count(unit: int, seconds: float, decode_seconds: float, wrong: tuple) -> Count:
    """A unit of 12 bit errors, 1700 iterations and one undetected frame."""
    counts = dict(zip(DecoderMonteCarlo.names(), (len(wrong), 12, 1700, 1), strict=True))
    return Count(unit, counts, seconds, decode_seconds, wrong)


def kept(spec, *tallies: Tally) -> Results:
    return Results(spec.to_json(), "c", AWGN, 7, list(tallies))


def test_files_are_read_as_they_were_written(spec, tmp_path):
    due = kept(spec, counted(3.5, 2), counted(-0.125, 300), Tally(DecoderMonteCarlo, 2.0))
    path = tmp_path / "r.json"
    due.save(path)
    found = results.load(path)
    assert found.counted() == due.counted() and len(found.tallies) == 2
    assert (found.model, found.link, found.seed) == ("c", AWGN, 7)
    assert found.spec_sha == spec.sha and len(found.tally(-0.125).failures) == 1000
    before = path.stat()
    found.save(path)
    assert path.stat().st_mtime_ns == before.st_mtime_ns  # nothing to add

    wrong = Failures.of(due.spec, AWGN, 7, due.counted())
    wrong.save(tmp_path / "f.json")
    assert failures.load(tmp_path / "f.json") == wrong and len(wrong.frames) == 1010
    assert wrong.frames[0] == (-0.125, 0)


# What is changed in a results file, by its place. All of it is refused, also with a hash that fits.
POINT = ("points", 0)
FALSE = [
    *[((*POINT, "units"), v) for v in (0, -1, 2**50, 2.0, True, "2", None, 10**300)],
    *[((*POINT, "frame_errors"), v) for v in (-1, 1025, 9, 11, 10.0, None)],
    *[((*POINT, "bit_errors"), v) for v in (-1, 9, 10 * 64 + 1, 24.0, "24")],
    *[((*POINT, "iterations"), v) for v in (0, 1023, 1024 * 10 + 1, -1, False)],
    *[((*POINT, "undetected"), v) for v in (-1, 11, 2.5)],
    *[((*POINT, "seconds"), v) for v in (0, -1.0, 1e300, NAN, INF, "1", True, None, 10**350)],
    *[((*POINT, "decode_seconds"), v) for v in (0, -1.0, 1e300, NAN)],
    *[((*POINT, "ebn0_db"), v) for v in (101, -100.5, NAN, -INF, 3.0004, "3", None, True, 10**399)],
    ((*POINT, "ebn0_db"), 3.5),  # the second point's
    ((*POINT, "ebn0_db"), 4.0),  # out of order
    *[((*POINT, "failures"), v) for v in (None, {}, [], [1], list(range(11)), [5] * 10)],
    *[((*POINT, "failures", 9), v) for v in (1024, 515, -1, 1e3, "1", None, 2**70)],
    ((*POINT, "more"), 1),
    (POINT, None),
    (POINT, []),
    *[(("points",), v) for v in (None, {}, "x", 3, [[]] * 3)],
    *[(("model",), v) for v in ("d", None, ["c"], 1)],
    *[(("link", "channel"), v) for v in ("", "AWGN", None, ["awgn"], "bsc\n")],
    *[(("link", "modulation"), v) for v in ("qpsk", None, 4)],
    *[(("link",), v) for v in (None, "awgn", {}, {"channel": "bsc", "modulation": "qam16"})],
    *[(("seed",), v) for v in (-1, 2**64, 1.0, "1", None, True)],
    *[(("unit_frames",), v) for v in (256, 0, None, 512.0)],
    *[(("spec_sha",), v) for v in ("0" * 64, "", None, 1)],
    *[(("spec", "iterations"), v) for v in (9, -1, None)],  # the spec has a hash of its own
    *[(("spec", "kind"), v) for v in ("c2po_precoder", None, [], "x")],
    *[(("spec",), v) for v in (None, [], "x")],
    *[(("schema",), v) for v in ("unfoldhw.fer/2", "unfoldhw.failures/3", None, 2)],
    (("extra",), 1),
]  # fmt: skip


def changed(record: dict, place: tuple, value: object) -> dict:
    found = copy.deepcopy(record)
    inner = found
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return found


def sealed_again(record: dict) -> dict:
    content = {k: v for k, v in record.items() if k not in ("sha256", "spec")}
    return record | {"sha256": document.content_sha(content)}


def refused(load, path: Path, text: str, match: str = ".") -> str:
    path.write_text(text)
    with pytest.raises(InputError, match=match) as caught:
        load(path)
    told = str(caught.value)
    assert told.startswith(str(path)) and "\n" not in told and len(told) <= 600
    return told


@pytest.fixture(scope="module")
def written(spec, tmp_path_factory) -> dict:
    path = tmp_path_factory.mktemp("written") / "r.json"
    kept(spec, counted(3.0, 2), counted(3.5, 300)).save(path)
    return json.loads(path.read_text())


@pytest.mark.parametrize(("place", "value"), FALSE)
def test_false_results_are_refused_whatever_their_hash(written, tmp_path, place, value):
    path = tmp_path / "r.json"
    false = changed(written, place, value)
    refused(results.load, path, json.dumps(sealed_again(false)))
    if place[0] not in ("schema", "spec", "extra"):
        refused(results.load, path, json.dumps(false), "sha256 is .* but the content hashes to")


def test_results_without_a_field_a_hash_or_a_whole_file_are_refused(written, tmp_path):
    path = tmp_path / "r.json"
    for name in written:
        refused(results.load, path, json.dumps({k: v for k, v in written.items() if k != name}))
    for name in written["points"][0]:
        false = copy.deepcopy(written)
        del false["points"][0][name]
        told = refused(results.load, path, json.dumps(sealed_again(false)))
        assert f"field 'points[0].{name}' is missing" in told
    text = json.dumps(written)
    for size in (0, 1, 100, len(text) // 2, len(text) - 1):
        refused(results.load, path, text[:size])
    for bad in ("NaN", "[" * 10**5, "{}", "[]", "null", '"x"', "1e999", r'"\ud800"'):
        refused(results.load, path, bad)
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match="not a text file"):
        results.load(path)
    refused(results.load, path, text.replace('"seconds": 1.0', '"seconds": NaN', 1))
    refused(results.load, path, text.replace('"seed"', '"seed": 1, "seed"', 1), "there twice")


def test_old_files_are_refused_with_the_way_out(written, tmp_path):
    for number in (1, 2):
        old = json.dumps(written | {"schema": f"unfoldhw.fer/{number}"})
        message = f"'unfoldhw.fer/{number}'.*count again into another"
        refused(results.load, tmp_path / "r.json", old, message)


def test_a_file_too_large_is_neither_read_nor_written(spec, tmp_path, monkeypatch):
    path = tmp_path / "r.json"
    with path.open("wb") as file:
        file.truncate(sealed.MOST_BYTES + 1)
    with pytest.raises(InputError, match="r.json: .* bytes, at most"):
        results.load(path)
    path.unlink()
    monkeypatch.setattr(sealed, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="r.json: .* bytes of results, a file has at most 1000"):
        kept(spec, counted(3.0, 2)).save(path)
    assert not path.exists()


FRAMES = [
    None, {}, "x", [1], [[3.0]], [[3.0, 1, 2]], [[3.0, -1]], [[3.0, 2**60]], [[3.0, 1.0]],
    [[3.0, True]], [[3.0, "1"]], [["3", 1]], [[None, 1]], [[True, 1]], [[101.0, 1]],
    [[3.0004, 1]], [[10**399, 1]], [[3.0, 2], [3.0, 2]], [[3.0, 2], [3.0, 1]], [[3.5, 1], [3.0, 2]],
]  # fmt: skip


def test_false_failures_are_refused_whatever_their_hash(spec, tmp_path):
    path = tmp_path / "f.json"
    Failures(spec.to_json(), AWGN, 7, [(3.0, 5), (3.0, 6), (3.5, 2)]).save(path)
    record = json.loads(path.read_text())
    false = [(("frames",), value) for value in FRAMES]
    shared = ("link", "seed", "spec", "spec_sha", "extra", "schema")
    false += [(place, value) for place, value in FALSE if place[0] in shared]
    for place, value in false:
        if (place, value) == (("schema",), "unfoldhw.failures/3"):
            continue
        other = changed(record, place, value)
        refused(failures.load, path, json.dumps(sealed_again(other)))
        refused(failures.load, path, json.dumps(other))
    for name in record:
        refused(failures.load, path, json.dumps({k: v for k, v in record.items() if k != name}))


def test_counts_of_a_decoder_are_none_of_a_precoder(written, tmp_path):
    precoder = json.loads(kinds.presets()["mimo_precoder"].read_text())
    other = sealed_again(written | {"spec": precoder, "spec_sha": precoder["sha256"]})
    message = "field 'link.receiver' is missing"
    refused(results.load, tmp_path / "r.json", json.dumps(other), message)


def test_replay_refuses_before_it_decodes(spec, tmp_path):
    path = tmp_path / "f.json"
    Failures(spec.to_json(), AWGN, 7, []).save(path)
    with pytest.raises(InputError, match="holds no frames"):
        replay.main(["--failures", str(path)])


# Several runs and one file.


def test_what_two_runs_counted_is_joined(spec, tmp_path):
    path = tmp_path / "r.json"
    kept(spec, counted(3.0, 4), counted(2.0, 1)).save(path)
    kept(spec, counted(3.0, 2), counted(4.0, 300), counted(2.0, 3)).save(path)
    found = results.load(path)
    assert [(t.point_db, t.units) for t in found.tallies] == [(2.0, 3), (3.0, 4), (4.0, 300)]
    assert found.tallies == [counted(2.0, 3), counted(3.0, 4), counted(4.0, 300)]
    mine = kept(spec, counted(4.0, 250), counted(5.0, 1))
    mine.take_in(path)
    assert [t.units for t in mine.counted()] == [3, 4, 300, 1]


@pytest.mark.parametrize("name", ["frame_errors", "bit_errors", "iterations", "undetected"])
@pytest.mark.parametrize("number", [2, 3])
def test_counts_that_cannot_both_be_right_are_refused(spec, tmp_path, name, number):
    path = tmp_path / "r.json"
    false = counted(3.0, 2)
    if name == "frame_errors":
        false.failures[-1] += 1
    else:
        false.counts[name] += 1 if number == 2 else 2000
    for kind, most in (("bit_errors", 640), ("undetected", 10), ("iterations", 10240)):
        false.counts[kind] = min(false.counts[kind], most)
    kept(spec, false).save(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="r.json: 3 dB: .* cannot both be right"):
        kept(spec, counted(3.0, number)).save(path)
    assert path.read_bytes() == before


def test_the_deterministic_units_are_a_prefix(spec):
    job = Job(spec.to_json(), "c", AWGN, 3.0, 5)
    sums = [Tally(DecoderMonteCarlo, 3.0) for _ in range(2)]
    for found in units.count(job, 0, 4):
        sums[0].add(found)
    for found in (*units.count(job, 0, 1), *units.count(job, 1, 1)):
        sums[1].add(found)
    assert sums[0].begins_with(sums[1]) and sums[0].frame_errors > sums[1].frame_errors > 0
    assert not sums[0].begins_with(Tally(DecoderMonteCarlo, 3.0, units=4))


def test_a_unit_is_added_whole_or_not_at_all():
    """An interrupt at any instruction of ``add`` leaves the sums of the units before."""
    before, after = counted(3.0, 1), counted(3.0, 1)
    unit = unit_count(1, 0.5, 0.25, (512, 515))
    after.add(unit)
    instructions = 0

    def trace(frame, event, _argument):
        nonlocal instructions
        if frame.f_code is not Tally.add.__code__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            instructions += 1
            if instructions == stop:
                raise KeyboardInterrupt
        return trace

    outer, found = sys.gettrace(), []
    for stop in range(1, 1000):
        sums, instructions = counted(3.0, 1), 0
        sys.settrace(trace)
        try:
            sums.add(unit)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(outer)
        found.append(sums)
        if instructions < stop:
            break
    assert found[0] == before and found[-1] == after and len(found) > 50
    assert all(sums in (before, after) for sums in found)


def test_a_killed_worker_is_one_line_wherever_it_is_noticed():
    class Broken:
        workers = 1

        def submit(self, *_):
            raise tally.BrokenProcessPool("gone")

    with pytest.raises(InputError, match="a worker process was killed at 3 dB, unit 0;"):
        sums = Tally(DecoderMonteCarlo, 3.0)
        tally.fill(sums, Broken(), None, tally.Enough(1, 512), lambda sums: None)


@contextlib.contextmanager
def running(spec_file: str, out: Path, *options: str, limit: int | None = None):
    """``sim.fer`` as a process; ``limit``: no file of it may grow beyond so many bytes."""

    def prepare():
        # Jobs in the background start with the signal ignored, and so would this one.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "sim.fer", "--spec", spec_file, "--out", str(out), *options]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=prepare,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def units_of(out: Path) -> int:
    return sum(t.units for t in results.load(out).tallies) if out.exists() else 0


ENDLESS = ("--ebn0", "9", "--max-frames", "100000000000", "--workers", "1")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_a_run_that_is_ended_loses_nothing_and_leaves_nothing(spec_file, tmp_path, number, code):
    out = tmp_path / "r.json"
    with running(spec_file, out, *ENDLESS) as process:
        wait_until(lambda: units_of(out) > 0, 60)
        pids = below(process.pid)
        assert pids
        before = units_of(out)
        time.sleep(0.7)
        process.send_signal(number)
        if number != signal.SIGKILL:
            process.send_signal(number)  # also when it is in a hurry
        started = time.monotonic()
        _, errors = process.communicate(timeout=10)
        assert process.returncode == code and time.monotonic() - started < 30
        wait_until(lambda: not living(pids), 3)
    if number != signal.SIGKILL:
        assert errors.rstrip().endswith("interrupted") and "Traceback" not in errors
        assert units_of(out) > before
    assert units_of(out) >= before
    assert set(os.listdir(tmp_path)) - {".r.json.lock"} == {"r.json"}


def test_two_runs_at_once_lose_nothing_and_count_nothing_twice(spec_file, tmp_path):
    """Both count 3 dB, and each a point of its own."""
    out, alone = tmp_path / "r.json", tmp_path / "alone.json"
    options = ("--min-frame-errors", "100000", "--max-frames", "40000", "--workers", "1")
    with (
        running(spec_file, out, "--ebn0", "2,3", *options) as first,
        running(spec_file, out, "--ebn0", "3,4", *options) as second,
    ):
        for process in (first, second):
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
    with running(spec_file, alone, "--ebn0", "2:4:1", *options) as process:
        process.communicate(timeout=120)
    found, due = ([(t.units, t.counts, t.failures)
                   for t in results.load(path).tallies] for path in (out, alone))  # fmt: skip
    assert found == due and [t[0] for t in found] == [79, 79, 79]


def test_a_full_disk_keeps_what_is_there(spec, spec_file, tmp_path):
    out = tmp_path / "r.json"
    Results(spec.to_json(), "c", AWGN, 1, [counted(2.0, 300)]).save(out)
    before = out.read_bytes()
    with running(spec_file, out, "--ebn0", "3", "--max-frames", "512", limit=4096) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2 and "Traceback" not in errors
    assert errors.splitlines()[-1] == f"error: {out}: cannot be written: File too large"
    assert out.read_bytes() == before and os.listdir(tmp_path) == ["r.json"]


def test_a_place_that_cannot_be_written_is_told_before_the_work(spec_file, tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "r.json"
    with running(spec_file, out, *ENDLESS) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2 and errors.startswith(f"error: {out}: cannot be written")


def test_one_run_at_a_time_writes_a_failures_file(spec_file, tmp_path):
    saved = str(tmp_path / "f.json")
    with running(spec_file, tmp_path / "a.json", *ENDLESS, "--save-failures", saved) as first:
        wait_until((tmp_path / "a.json").exists, 60)
        other = running(spec_file, tmp_path / "b.json", *ENDLESS, "--save-failures", saved)
        with other as second:
            _, errors = second.communicate(timeout=60)
        assert second.returncode == 2
        assert errors.startswith(f"error: {saved}: process {first.pid} is writing there")
