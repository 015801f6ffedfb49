"""A family that another package brings: one line of its entry points, no other file edited."""

import importlib.metadata
import json
from pathlib import Path

import pytest
from test_sim_fer import InlineEngine

from hw import build as hw_build
from model import families
from model.errors import InputError
from quant import kinds
from quant.sources import spec_for
from sim import cosim, engines, fer
from synth import build as build_command
from synth import report
from synth.explore import __main__ as explore

TOY = Path(__file__).parent / "toy"


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.syspath_prepend(TOY)
    families.families.cache_clear()
    yield
    families.families.cache_clear()


def test_one_line_brings_a_family(toy):
    assert "repetition" in families.families() and "toy_repetition" in families.kinds()
    spec = spec_for("repetition")
    assert kinds.from_record(json.loads(spec.to_json()), "x") == spec
    assert spec.describe() == "repetition code, 6 bits 5 times"


def test_without_the_line_it_is_unknown():
    assert "repetition" not in families.families()
    assert not [e for e in importlib.metadata.entry_points(group=families.GROUP)]


def test_it_is_built_and_its_verilog_equals_golden(toy, tmp_path, capsys):
    assert hw_build.main(["--code", "repetition", "--out", str(tmp_path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["kind"] == "toy_repetition" and record["options"]["result_delay"] == 1
    result = cosim.run(tmp_path, frames=64)
    assert result.ok and result.fault_frames > 0, result.fault


def test_its_folder_has_a_testbench_and_a_datasheet(toy, tmp_path):
    assert build_command.main(["--code", "repetition", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "tb" / "in.hex").exists() and not (tmp_path / "cmodel").exists()
    text = (tmp_path / "datasheet.html").read_text()
    assert "repetition code, 6 bits 5 times" in text and "No curve is on record" in text


def test_it_is_routed_and_explored(toy, tmp_path, capsys):
    """One design is built, routed and reported, and another one beside it."""
    command = ["--code", "repetition", "--sweep", "result_delay=1,2", "--no-counts",
               "--workers", "1", "--out", str(tmp_path / "explore"), "--json"]  # fmt: skip
    assert explore.main(command) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    designs = sorted((tmp_path / "explore" / "designs").iterdir())
    assert len(found["designs"]) == len(designs) == 2
    assert report.main(["--build", str(designs[0]), "--json"]) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert measured["routed"] and measured["fmax_mhz"] > 50 and measured["ebr"] == 0
    assert measured["comb"] in {design["comb"] for design in found["designs"]}


def test_its_error_rates_are_counted_on_and_drawn(toy, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(engines, "make", lambda name, workers, address: InlineEngine())
    out = str(tmp_path / "rates.json")
    command = ["--code", "repetition", "--snr=-2,0", "--min-frame-errors", "20",
               "--out", out, "--json"]  # fmt: skip
    for wanted in ("400", "800"):
        assert fer.main([*command, "--max-frames", wanted]) == 0
        points = json.loads(capsys.readouterr().out.splitlines()[-1])["points"]
        assert [point["snr_db"] for point in points] == [-2.0, 0.0]
        assert points[0]["fer"] > points[1]["fer"] > 0
    assert fer.main([*command, "--max-frames", "800", "--plot", str(tmp_path / "rates.png")]) == 0
    assert (tmp_path / "rates.png").stat().st_size > 1000


def test_its_options_are_on_the_command_line(toy, capsys, tmp_path):
    with pytest.raises(SystemExit):
        hw_build.main(["--help"])
    help_text = capsys.readouterr().out
    assert "options of repetition" in help_text and "--result-delay N" in help_text
    with pytest.raises(InputError, match="result_delay is 9, must be 1 to 8"):
        hw_build.main(["--code", "repetition", "--result-delay", "9", "--out", str(tmp_path)])
    with pytest.raises(InputError, match="--slots 2: not an option of"):
        hw_build.main(["--code", "repetition", "--slots", "2", "--out", str(tmp_path)])


BROKEN = {
    "two lines": (families.Family("other", ("toy_repetition",)), "kind 'toy_repetition' has two"),
    "same name": (families.Family("min_sum", ("new",)), "family 'min_sum' has two lines"),
    "same code": (families.Family("o", ("n",), codes=("repetition",)), "code 'repetition' has two"),
    "no name": (families.Family("a b", ("n",)), "family 'a b' is not a Verilog identifier"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_registries_are_one_line(toy, case, monkeypatch):
    line, message = BROKEN[case]
    monkeypatch.setattr(families, "OWN", (*families.OWN, line))
    with pytest.raises(InputError, match=message):
        families.families()


def test_a_part_that_raises_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "broken_family_quant.py").write_text("raise RuntimeError('first\\nsecond')")
    monkeypatch.syspath_prepend(tmp_path)
    family = families.Family("broken", ("broken",), modules="broken_family_{room}")
    assert family.part("hw") is None
    with pytest.raises(InputError) as caught:
        families.need(family, "SPEC")
    text = str(caught.value)
    assert "family 'broken': its part in quant cannot be imported: RuntimeError" in text
    assert text.isprintable()


def test_what_is_missing_has_one_message(toy):
    repetition = families.families()["repetition"]
    for part in ("c_model", "search", "qat", "fit", "loss", "train"):
        with pytest.raises(InputError, match="family 'repetition' has no .*; there is one for"):
            families.need(repetition, part)
