"""The build command: what it writes, what it refuses, and that it starts without torch."""

import hashlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from odd_folders import odd_folder
from small_specs import flooding_spec, small_spec

from hw import build as build_module
from hw import emit, engines
from hw import folder as build_folder
from hw.build import build, main
from hw.record import read_record, verilog_of
from model.errors import InputError
from model.files import write_atomic
from quant import sources
from quant import spec as spec_module

ARRAY_CODE = Path(__file__).parent / "data" / "array_z31.qc"
KEYS = {"name", "verilog", "spec", "spec_sha", "seconds"}


@pytest.fixture(scope="module")
def small_build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build")
    return build(small_spec(5), folder), folder


def test_build_folder(small_build):
    record, folder = small_build
    assert KEYS <= record.keys()
    text = (folder / "tiny.v").read_text()
    assert record["verilog_sha"] == hashlib.sha256(text.encode()).hexdigest()
    assert spec_module.load(folder / "spec.json").sha == record["spec_sha"] == small_spec(5).sha
    assert json.loads((folder / "build.json").read_text()) == record
    assert record["cycles_per_frame_full"] == (
        record["cycles_per_frame_per_iteration"] * record["iterations"]
    )


def test_the_same_spec_gives_the_same_text(small_build, tmp_path):
    record, _ = small_build
    assert build(small_spec(5), tmp_path / "again")["verilog_sha"] == record["verilog_sha"]


def test_verilog_is_portable(small_build):
    _, folder = small_build
    text = (folder / "tiny.v").read_text()
    ports = json.loads((folder / "build.json").read_text())["ports"]
    header = text[text.index("module tiny (") :].split(";")[0]
    assert list(ports) == re.findall(r"^  (?:input|output) .*?(\w+),?$", header, re.MULTILINE)
    for word in ("TRELLIS", "DP16KD", "CCU2C", "always_comb", "logic ", "\\"):
        assert word not in text


def test_command_line_and_json(tmp_path, capsys):
    path = small_spec(3).save(tmp_path / "mine.json")
    for option in ("--spec", "--code"):
        out = tmp_path / option.strip("-")
        assert main([option, str(path), "--out", str(out), "--slots", "2", "--json"]) == 0
        record = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert record["options"]["slots"] == 2 and Path(record["verilog"]).is_file()


def test_rank_deficient_file_is_said(tmp_path, capsys):
    assert main(["--code", str(ARRAY_CODE), "--out", str(tmp_path / "array")]) == 0
    assert "3 of 124 checks follow from the others; k = 251" in capsys.readouterr().err


def test_list_names_presets_and_codes(capsys):
    assert main(["--list"]) == 0
    text = capsys.readouterr().out
    assert main(["--list", "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["presets"] == [*sources.presets()] and "wifi_648_r12" in record["codes"]
    assert "qc_ldpc" in text and "nr5g_bg1_z384" in text and "ccsds_128_64" in text
    lines = {line.split()[0]: line for line in text.splitlines()[1:] if line.strip()}
    assert "EBR on ecp5-85k" in lines["qc_ldpc_flooding"]


def test_list_says_what_is_on_record():
    spec = spec_module.load(sources.presets()["wifi_648_r12"])
    assert spec.provenance["loss"]["loss_db"] < 0.15 and spec.provenance["cost"]["comb"] > 2000
    line = next(x for x in sources.listing().splitlines() if x.startswith("  wifi_648_r12"))
    assert re.search(r"loses 0\.\d{3} dB to float .*, \d+ COMB, \d+ EBR on ecp5-85k, \d+", line)


def refused(capsys, *arguments: str) -> str:
    """Error text of a command line that must be refused in one line."""
    with pytest.raises(InputError) as error:
        main([*map(str, arguments)])
    assert "\n" not in str(error.value)
    return str(error.value)


def test_bad_input_is_one_line(tmp_path, capsys):
    broken = tmp_path / "broken.json"
    broken.write_text(small_spec(3).to_json().replace('"app_bits": 7', '"app_bits": 8'))
    assert "wifi_648_r12" in refused(capsys, "--code", "wifi_648_r21")
    assert "sha256" in refused(capsys, "--spec", broken)
    assert "missing.json" in refused(capsys, "--spec", tmp_path / "missing.json")
    good = small_spec(3).save(tmp_path / "good.json")
    assert "'small_z3'" in refused(capsys, "--code", "wifi_648_r12", "--spec", good)
    assert "slots is 99" in refused(capsys, "--spec", good, "--slots", "99")
    occupied = tmp_path / "file"
    occupied.write_text("in the way")
    message = refused(capsys, "--spec", good, "--out", occupied / "below")
    assert str(occupied) in message and occupied.read_text() == "in the way"


def test_all_files_or_none(tmp_path, monkeypatch):
    (tmp_path / "blocked" / "build.json").mkdir(parents=True)
    with pytest.raises(InputError, match="build.json: cannot be written: Is a directory"):
        build(small_spec(3), tmp_path / "blocked")
    assert [path.name for path in (tmp_path / "blocked").iterdir()] == ["build.json"]

    def full(path, content):
        if Path(path).name == "build.json":
            raise InputError(f"{path}: cannot be written: No space left on device")
        return write_atomic(path, content)

    monkeypatch.setattr(build_folder, "write_atomic", full)
    with pytest.raises(InputError, match="No space left"):
        build(small_spec(3), tmp_path / "full")
    assert not (tmp_path / "full").exists()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_written_when_the_emitter_fails(error, tmp_path, monkeypatch):
    def fail(*_):
        raise error("no ports today")

    monkeypatch.setattr(emit, "port_table", fail)
    (tmp_path / "there").mkdir()
    for out in ("there", "new", "above/new"):
        with pytest.raises(error):
            build(small_spec(3), tmp_path / out)
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]


def test_a_refused_option_leaves_no_folder(tmp_path):
    with pytest.raises(InputError, match="slots is 99"):
        build(small_spec(3), tmp_path / "new", {"slots": 99})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", [("--slots", "99"), ("--lanes", "3"), ("--form", "unrolled")])
def test_options_are_checked_before_anything_is_said(option, tmp_path, capsys):
    spec = str(small_spec(4).save(tmp_path / "s.json"))
    with pytest.raises(InputError, match=option[0].strip("-")):
        main(["--spec", spec, "--out", str(tmp_path / "o"), *option])
    assert capsys.readouterr() == ("", "") and not (tmp_path / "o").exists()


def test_exit_code_and_one_line_on_standard_error():
    command = [sys.executable, "-m", "hw.build", "--code", "wifi_648_r21"]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 2
    assert finished.stderr.startswith("error: ") and len(finished.stderr.splitlines()) == 1


def test_starts_without_torch():
    program = (
        "import sys, hw.build, quant.sources; quant.sources.spec_for('qc_ldpc'); "
        "quant.sources.spec_for('wifi_648_r12'); import hw.min_sum.layered; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


@pytest.mark.parametrize(
    ("ties", "architecture", "module"),
    [
        (False, None, "hw.direct.kind"),
        (False, "flooding", "hw.min_sum.layered"),
        (True, None, "hw.min_sum.layered"),
        (True, "direct", "hw.direct.kind"),
    ],
)
def test_architecture_of_a_flooding_spec(ties, architecture, module):
    assert engines.of(flooding_spec(z=5, ties=ties), architecture).__name__ == module


def test_unknown_kind():
    with pytest.raises(InputError, match="'turbo'"):
        engines.of(SimpleNamespace(kind="turbo", name="x"))
    assert build_module.build.__doc__ and small_spec(5).describe().startswith("small_z5")


# Writes the files of a build with one text in all of them, slowly, over and over.
WRITER = """
import sys, time
from pathlib import Path
from hw import folder
out, text, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
write = folder.write_atomic
def slowly(path, content):
    write(path, content)
    time.sleep(seconds)
folder.write_atomic = slowly
for _ in range(int(sys.argv[4])):
    folder.write_together(out, {name: text * 50_000 for name in ("a.v", "spec.json", "build.json")})
"""


def writer(out: Path, text: str, seconds: float, times: int) -> subprocess.Popen:
    words = [sys.executable, "-c", WRITER, str(out), text, str(seconds), str(times)]
    return subprocess.Popen(words, cwd=Path(__file__).resolve().parents[1])


def test_of_two_builds_at_once_one_is_left_whole(tmp_path):
    both = [writer(tmp_path, text, 0, 40) for text in "ab"]
    assert [process.wait(120) for process in both] == [0, 0]
    texts = {name: (tmp_path / name).read_text() for name in ("a.v", "spec.json", "build.json")}
    assert len(set(texts.values())) == 1
    assert not [*tmp_path.glob(".writing-*")]


def test_what_a_killed_build_leaves_is_removed(tmp_path):
    (tmp_path / "a.v").write_text("before")
    killed = writer(tmp_path, "new", 300, 1)
    ends = time.monotonic() + 60
    while not [*tmp_path.glob(".writing-*/a.v")]:
        assert time.monotonic() < ends
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    assert (tmp_path / "a.v").read_text() == "before" and [*tmp_path.glob(".writing-*")]
    assert writer(tmp_path, "new", 0, 1).wait(60) == 0
    assert (tmp_path / "a.v").read_text() == "new" * 50_000 and not [*tmp_path.glob(".writing-*")]


def test_a_kill_between_two_files_is_noticed(tmp_path):
    """The record is the last to be renamed, and its hashes are those of the other files."""
    record = build(flooding_spec(z=3), tmp_path / "old")
    build(flooding_spec(z=5), tmp_path / "new")
    (tmp_path / "new" / "tiny.v").replace(tmp_path / "old" / "tiny.v")
    assert list(read_record(tmp_path / "old", ("verilog",))) == list(record)
    with pytest.raises(InputError, match=r"tiny\.v: not the text that .*build\.json records"):
        verilog_of(tmp_path / "old", record)


def test_in_a_folder_of_any_name(tmp_path, monkeypatch, capsys):
    folder = odd_folder(tmp_path)
    monkeypatch.chdir(folder)
    path = flooding_spec(z=3).save("my $pec;.json")
    assert main(["--spec", str(path), "--out", "b 'x'", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = json.loads(lines[-1])
    assert Path(shown["verilog"]) == Path("b 'x'/tiny.v") and Path(shown["verilog"]).is_file()
    assert lines[0].startswith("b 'x'/tiny.v written in")
    assert main(["--spec", str(path), "--out", str(folder / "again")]) == 0
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())
    assert verilog_of(folder / "again", read_record(folder / "again", ("verilog",))).is_file()
    moved = tmp_path / "moved"
    (folder / "again").rename(moved)
    assert verilog_of(moved, read_record(moved, ("verilog",))) == moved / "tiny.v"
