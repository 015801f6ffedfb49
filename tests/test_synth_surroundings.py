"""Reports where things are not as they should be: folders, names, files from elsewhere, kills."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from injection import PAYLOADS
from odd_folders import odd_folder
from test_synth_report import make_build

from model.errors import InputError
from synth import flow, yosys
from synth.flow import synthesise
from synth.record import Report, read_report, text_table
from synth.report import main
from synth.targets import target_named

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def answers() -> dict:
    """What Yosys said to commands on a text: files and their bytes."""
    return {}


@pytest.fixture
def again(answers, monkeypatch) -> list[str]:
    """Yosys' answer to the same commands on the same text is taken from memory the second time.

    The folders in which it was asked for a netlist.
    """
    run_commands, asked = yosys.run_commands, []

    def answer(commands, folder, log):
        asked.extend(folder.glob("tiny.v"))
        key = (*commands, *(path.read_bytes() for path in sorted(folder.iterdir())))
        if key not in answers:
            run_commands(commands, folder, log)
            answers[key] = {path.name: path.read_bytes() for path in folder.iterdir()}
        for name, content in answers[key].items():
            (folder / name).write_bytes(content)

    monkeypatch.setattr(yosys, "run_commands", answer)
    return asked


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Path:
    """A build with a netlist and a report without placement."""
    folder = make_build(tmp_path_factory.mktemp("packed") / "tiny")
    synthesise(folder, stop_after="packing")
    return folder


def test_a_folder_of_any_name(packed, tmp_path, monkeypatch):
    """Also for temporary files, and for the current one, where a module of Yosys' name lies."""
    folder = make_build(odd_folder(tmp_path) / "build")
    (folder / "pyosys.py").write_text(f"open({str(tmp_path / 'hit')!r}, 'w')\n")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.chdir(folder)
    report = synthesise(folder)
    assert report.routed and report.comb > 0
    assert [p.name for p in folder.glob("synth/.mapping-*")] == []
    assert (folder / "synth" / "ecp5-85k.json").read_bytes() == (
        packed / "synth" / "ecp5-85k.json"
    ).read_bytes()
    assert not [*tmp_path.rglob("hit")]


@pytest.mark.parametrize("field", ["top", "mapped_once", "verilog"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_becomes_a_command(tmp_path, monkeypatch, field, payload):
    folder = make_build(tmp_path / "tiny")
    path = folder / "build.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: PAYLOADS[payload]}))
    monkeypatch.setattr("model.processes.run", None)
    before = {p.relative_to(tmp_path) for p in tmp_path.rglob("*")}
    with pytest.raises(InputError) as error:
        synthesise(folder)
    assert len(str(error.value)) <= 600 and str(error.value).isprintable()
    assert {p.relative_to(tmp_path) for p in tmp_path.rglob("*")} == before


def test_names_are_checked_where_the_commands_are_made(tmp_path):
    verilog, device = make_build(tmp_path / "tiny") / "tiny.v", target_named("xc7")
    for top, once in (("a; exec -- touch hit", None), ("tiny", "a\nexec"), ("-top x", None)):
        with pytest.raises(InputError, match="is no name of a module"):
            yosys.synthesise(verilog, top, device, tmp_path / "n", tmp_path / "l", once)


def copy(packed: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    shutil.copytree(packed, folder)
    return folder


def broken(text: str, kind: str) -> str:
    netlist = json.loads(text)
    module = netlist["modules"]["tiny"]
    cell = next(iter(module["cells"].values()))
    match kind:
        case "truncated":
            return text[: len(text) // 2]
        case "empty":
            return "{}"
        case "deep":
            return "[" * 100_000
        case "no module":
            netlist["modules"] = {"other": module}
        case "cells":
            module["cells"] = {"a": None}
        case "bits":
            cell["connections"] = {"A": "x"}
        case "ports":
            module["ports"] = 5
    return json.dumps(netlist)


BROKEN = ("truncated", "empty", "deep", "no module", "cells", "bits", "ports")


@pytest.mark.parametrize("kind", BROKEN)
def test_a_netlist_that_was_changed_is_made_again(packed, tmp_path, again, kind):
    """By its hash; one whose hash was changed, too, is refused in one line."""
    folder = copy(packed, tmp_path)
    (report,) = folder.glob("report-*.json")
    report.unlink()
    path = folder / "synth" / "ecp5-85k.json"
    good = path.read_bytes()
    path.write_text(broken(good.decode(), kind))
    assert synthesise(folder, stop_after="packing").comb > 0 and path.read_bytes() == good
    assert len(again) == 1
    report.unlink()
    path.write_text(broken(good.decode(), kind))
    stamp = path.with_suffix(".made.json")
    made = json.loads(stamp.read_text())
    made["result"]["sha"] = flow._digest(path)
    stamp.write_text(json.dumps(made))
    with pytest.raises(InputError, match=r"ecp5-85k\.json: .*remove it"):
        synthesise(folder, stop_after="packing")


def test_a_stamp_that_is_none_is_not_believed(packed, tmp_path, again):
    folder = copy(packed, tmp_path)
    (report,) = folder.glob("report-*.json")
    stamp = folder / "synth" / "ecp5-85k.made.json"
    made = json.loads(stamp.read_text())
    for result in ({}, {"packed": 5, "sha": "x"}, {"packed": {"DP16KD": "1"}, "sha": None}):
        report.unlink()
        stamp.write_text(json.dumps(made | {"result": result}))
        assert synthesise(folder, stop_after="packing").ebr_output_registers == 1
    assert len(again) == 3


def values(report: Report) -> list[dict]:
    """The report's JSON with each field in turn as it must not be."""
    good = report.to_json()
    bad = []
    for name, value in good.items():
        for wrong in ("x\x1b[2J", "a\nb", -1, float("inf"), [1], {"a": "\n"}, True, 10**30):
            same = isinstance(value, bool) and wrong is True
            if not same:
                bad.append(good | {name: wrong})
        bad.append({key: kept for key, kept in good.items() if key != name})
    return [*bad, good | {"more": 1}]


def test_reports_of_a_folder_are_checked(packed, tmp_path):
    (path,) = packed.glob("report-*.json")
    report = read_report(path)
    refused = 0
    for content in values(report):
        changed = tmp_path / "report.json"
        changed.write_text(json.dumps(content))
        try:
            text = text_table(read_report(changed))
        except InputError as error:
            refused += 1
            assert str(error).startswith(f"{changed}: not a synthesis report: ")
        else:
            assert all(line.isprintable() for line in text.splitlines())
    assert refused > 250


def test_a_report_that_says_more_is_no_answer(packed, tmp_path, capsys):
    folder = copy(packed, tmp_path)
    (path,) = folder.glob("report-*.json")
    path.write_text(path.read_text().replace('"ecp5-85k"', r'"\u001b[2J"', 1))
    assert main(["--build", str(folder), "--stop-after", "packing"]) == 0
    assert "\x1b" not in capsys.readouterr().out and r"\u001b" not in path.read_text()


def test_nothing_is_written_through_links(packed, tmp_path, again):
    folder = copy(packed, tmp_path)
    precious = tmp_path / "precious"
    precious.write_text("keep")
    for path in [*folder.glob("report-*"), *folder.glob("synth/*")]:
        path.unlink()
        path.symlink_to(precious)
    assert synthesise(folder, stop_after="packing").comb > 0
    assert precious.read_text() == "keep"
    shutil.rmtree(folder / "synth")
    (folder / "synth").symlink_to(tmp_path)
    with pytest.raises(InputError, match="synth: a link, not a folder"):
        synthesise(folder, "xc7")


def test_a_kill_in_mid_synthesis_leaves_no_tool_and_no_half_netlist(tmp_path):
    folder = make_build(tmp_path / "tiny")
    words = [sys.executable, "-m", "synth.report", "--build", str(folder)]
    running = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL)
    ends = time.monotonic() + 120
    while not [*folder.glob("synth/.mapping-*/tiny.v")]:
        assert time.monotonic() < ends
        time.sleep(0.01)
    (tool,) = _children(running.pid)
    running.kill()
    running.wait()
    while os.path.exists(f"/proc/{tool}") and time.monotonic() < ends:
        time.sleep(0.02)
    assert not os.path.exists(f"/proc/{tool}")
    assert not (folder / "synth" / "ecp5-85k.json").exists()
    assert synthesise(folder, stop_after="packing").comb > 0
    assert not [*folder.glob("synth/.mapping-*")]


def _children(pid: int) -> list[int]:
    ends = time.monotonic() + 60
    path = Path(f"/proc/{pid}/task/{pid}/children")
    while not (found := path.read_text().split()):
        assert time.monotonic() < ends
    return [int(word) for word in found]


def test_two_reports_at_once(tmp_path):
    folder = make_build(tmp_path / "tiny")
    words = [sys.executable, "-m", "synth.report", "--build", str(folder), "--stop-after",
             "packing", "--json"]  # fmt: skip
    both = [
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    found = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], found
    counts = [json.loads(out.splitlines()[-1])["comb"] for out, _ in found]
    assert counts[0] == counts[1] > 0
