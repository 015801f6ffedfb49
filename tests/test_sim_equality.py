"""The two commands about the C model: equality with golden, and speed beside peers."""

import json
from pathlib import Path

import pytest

from model import catalog
from model.errors import InputError
from quant import golden
from quant.document import content_sha
from quant.fit import default_spec
from sim import comparing, engines, equality, peers, tally

CODE = ("--codes", "ccsds_128_64", "--widths", "3", "--workers", "1")
UNIT_FRAMES, UNITS = 20, 8


def run(*options: object) -> int:
    return equality.main([*CODE, *map(str, options)])


def sums(path: Path) -> list[dict]:
    return [entry["sums"] for entry in json.loads(path.read_text())["specs"]]


def test_no_frame_differs(capsys):
    assert run("--frames", UNIT_FRAMES * UNITS, "--json") == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["different"] == 0 and record["frames"] == UNIT_FRAMES * UNITS
    rates = record["specs"][0]["error_rates"]
    assert rates[0] > 0.5 > rates[-1]


@pytest.mark.slow
def test_no_frame_differs_on_any_code_and_width():
    assert equality.main(["--frames", "10000"]) == 0


def changing(monkeypatch, change) -> None:
    """Golden's answers go through ``change(call number, answer)``."""
    right, calls = golden.decode, []

    def wrong(spec, codes):
        calls.append(1)
        return change(len(calls), right(spec, codes))

    monkeypatch.setattr(golden, "decode", wrong)


def flip(_call: int, found):
    found.bits[0, -1] ^= 1
    return found


def test_a_difference_is_counted(monkeypatch, capsys):
    changing(monkeypatch, flip)
    assert run("--frames", 16) == 1
    assert "8 different of 16 frames" in capsys.readouterr().out


@pytest.fixture(scope="module")
def counted(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("equality") / "e.json"
    assert run("--frames", UNIT_FRAMES * UNITS, "--out", path) == 0
    return path


def test_an_interrupted_run_goes_on_without_a_frame_twice(counted, tmp_path, monkeypatch, capsys):
    path = tmp_path / "e.json"

    def interrupt(call: int, found):
        if call == 4:
            raise KeyboardInterrupt
        return found

    changing(monkeypatch, interrupt)
    with pytest.raises(KeyboardInterrupt):
        run("--frames", UNIT_FRAMES * UNITS, "--out", path)
    before = sums(path)[0]["units"]
    assert 0 < before < 4
    calls = []
    changing(monkeypatch, lambda call, found: calls.append(call) or found)
    assert run("--frames", UNIT_FRAMES * UNITS, "--out", path) == 0
    assert len(calls) == UNITS - before and sums(path) == sums(counted)
    assert f"goes on from {before * UNIT_FRAMES} frames" in capsys.readouterr().err


def test_more_frames_are_added_to_those_there(counted, tmp_path, capsys):
    path = tmp_path / "e.json"
    path.write_bytes(counted.read_bytes())
    assert run("--frames", 10, "--out", path) == 0  # there are enough
    assert sums(path) == sums(counted)
    assert run("--frames", 200, "--out", path) == 0
    assert [(each["units"], each["frames"]) for each in sums(path)] == [(16, 320)]
    assert "0 different of 320 frames" in capsys.readouterr().out


def test_workers_do_not_change_the_sums(counted, tmp_path):
    path = tmp_path / "e.json"
    words = ["--codes", "ccsds_128_64", "--widths", "3", "--workers", "2"]
    words += ["--frames", str(UNIT_FRAMES * UNITS), "--out", str(path)]
    assert equality.main(words) == 0
    assert sums(path) == sums(counted)


def test_differences_are_kept(tmp_path, monkeypatch):
    changing(monkeypatch, flip)
    path = tmp_path / "e.json"
    assert run("--frames", 16, "--out", path) == 1
    monkeypatch.undo()
    assert run("--frames", 16, "--out", path) == 1
    assert sums(path)[0]["different"] == 8


def refused(path: Path, message: str, *options: str) -> None:
    before = path.read_bytes()
    words = [*CODE, "--frames", "8", "--out", str(path), *options]
    with pytest.raises(InputError, match=message) as caught:
        equality.main(words)
    assert path.read_bytes() == before and "\n" not in str(caught.value)


def test_a_file_of_something_else_is_refused(counted, tmp_path, monkeypatch):
    refused(counted, "holds a comparison of seed 1, not 2", "--seed", "2")
    refused(counted, "of ccsds_128_64 3 bits, not of ccsds_128_64 4 bits$", "--widths", "4")
    refused(counted, "of ccsds_128_64 3 bits, not of wifi_648_r12 3 bits$", "--codes",
            "wifi_648_r12")  # fmt: skip
    with monkeypatch.context() as patched:
        other = default_spec(catalog.get("ccsds_128_64"), iterations=7)
        patched.setattr(equality, "default_spec", lambda *_, **__: other)
        refused(counted, "holds a comparison of ccsds_128_64 with content ")
    with monkeypatch.context() as patched:
        patched.setattr(comparing, "fingerprint", lambda _: "later")
        refused(counted, "e.json: counted with another version of the program; count again into")


def entry_with(**values):
    def change(record: dict) -> None:
        record["specs"][0]["sums"] |= values

    return change


FALSE = {
    "schema is 'unfoldhw.fer/3'": lambda record: record.update(schema="unfoldhw.fer/3"),
    "field 'more' is": lambda record: record.update(more=1),
    "specs.0..sums.units is -1": entry_with(units=-1),
    "specs.0..sums.units is 1.5": entry_with(units=1.5),
    "specs.0..sums.frames is 161": entry_with(frames=161),
    "specs.0..sums.different is 999": entry_with(different=999),
    "specs.0..sums.wrong.0. is 21": entry_with(wrong=[21] * 8),
    "specs.0..sums.wrong is no list": entry_with(wrong=[1]),
    "specs.0..sums.points_db.1. is None": entry_with(points_db=[1.0] + [None] * 7),
    "specs.0..sums.rate is": entry_with(rate="SER"),
    "seed is -1": lambda record: record.update(seed=-1),
    "not a comparison": lambda record: record.update(specs=7),
}


@pytest.mark.parametrize("message", FALSE)
def test_false_files_are_refused_whatever_their_hash(counted, tmp_path, message):
    record = json.loads(counted.read_text())
    FALSE[message](record)
    path = tmp_path / "e.json"
    path.write_text(json.dumps(record))
    refused(path, "(sha256|schema|field 'more') is")
    record["sha256"] = content_sha({k: v for k, v in record.items() if k != "sha256"})
    path.write_text(json.dumps(record))
    refused(path, f"^{path}: .*{message}")


def test_a_second_run_into_one_file_is_refused(counted):
    with equality.locked(counted):
        refused(counted, "is writing there; wait for it or name another place")


def test_a_killed_worker_is_one_line(monkeypatch):
    class Broken(engines.InlineEngine):
        def call(self, function, *arguments):
            raise tally.BrokenProcessPool("gone")

    monkeypatch.setattr(engines, "InlineEngine", Broken)
    with pytest.raises(InputError, match="was killed at ccsds_128_64 3 bits, unit 0"):
        run("--frames", 8)


@pytest.mark.parametrize("option", [("--frames", "0"), ("--seed", "-1"), ("--workers", "0")])
def test_wrong_numbers_are_one_line(option):
    with pytest.raises(InputError, match="must be"):
        run(*option)


def test_peers_need_a_code_that_they_know():
    with pytest.raises(InputError, match="quasi-cyclic code without puncturing"):
        peers.main(["--code", "nr5g_bg2_z16"])
