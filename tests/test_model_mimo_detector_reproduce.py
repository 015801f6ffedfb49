"""The tables of detectors: their rows are training commands, a tiny run, what is kept of it."""

import json

import pytest

from model.errors import InputError
from model.mimo_detector import train
from model.reproduce import __main__ as command
from model.reproduce import detection, detector_table
from model.reproduce.detectors import CASES, SNR_12

TINY = ["--steps", "2", "--errors", "5", "--vectors", "40"]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_row_is_a_training_command_of_the_cases_system(case):
    assert case.name.split("_")[0] == f"{case.system().antennas}x{case.system().users}"
    assert len({row.name for row in case.rows}) == len(case.rows)
    for row in case.rows:
        assert set(row.bars) | set(row.published) <= set(case.points)
        if row.options:
            args = train.parser().parse_args([*case.argv(row), "--out", "x"])
            assert train.detector_of(args).system == case.system() and row.file
        else:
            assert row.name in detector_table.PLAIN


def test_a_run_measures_remembers_and_trains_once(tmp_path, capsys, monkeypatch):
    argv = ["detectors", "--cases", "16x8", *TINY, "--out", str(tmp_path), "--json"]
    assert command.main([*argv, "--only", "lmmse", "oamp", "pgd_t6", "lcg_net"]) == 0
    text = capsys.readouterr().out
    found = json.loads(text.splitlines()[-1])["cases"]["16x8"]
    assert [found[name]["numbers"] for name in ("lmmse", "oamp", "pgd_t6", "lcg_net")] == [
        0, 0, 18, 17
    ]  # fmt: skip
    assert found["lmmse"]["points"]["6 dB iid"]["symbols"] == 40 * 8
    assert "| learned projected gradient, T = 6 | 18 | " in text
    assert "| detector | BER and bit information at 6 dB iid |" in text
    assert "| learned projected gradient, T = 6 |" in (tmp_path / "detectors_16x8.md").read_text()

    def never(*_, **__):
        raise AssertionError("again")

    monkeypatch.setattr(train, "main", never)
    monkeypatch.setattr(detection.link, "measure", never)
    assert command.main([*argv, "--only", "lmmse", "pgd_t6"]) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])["cases"]["16x8"]
    assert again["pgd_t6"]["points"] == found["pgd_t6"]["points"]
    with pytest.raises(AssertionError, match="again"):  # other options: other numbers
        command.main([*argv, "--only", "pgd_t6", "--steps", "3"])


def test_cells_say_bars_and_published_rates():
    case = next(case for case in CASES if case.name == "64x16")
    row = next(row for row in case.rows if row.name == "oamp_net")
    point = SNR_12
    record = {"symbol_errors": 300, "ser": 9.5e-4, "ber": 2.4e-4, "interval": [9e-4, 1e-3]}
    cell = detection.cell(case, row, point, record)
    assert cell == "9.50e-4 (9.00-10.00), bar 0.00096 met; published 9.10e-4"
    assert "MISSED" in detection.cell(case, row, point, record | {"ser": 9.7e-4})
    assert detection.cell(case, row, point, record | {"symbol_errors": 99}) == "< 1.0e-3 *"


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["--cases", "8x9"], "case '8x9' is unknown; choose from 64x16, 64x32"),
        (["--only", "mmse"], "detector 'mmse' is unknown; choose from zf, lmmse"),
        (["--errors", "0"], "--errors must be at least 1, not 0"),
        (["--seed", "-1"], "--seed must not be negative"),
    ],
)
def test_bad_options(argv, text, tmp_path):
    with pytest.raises(InputError, match=text):
        command.main(["detectors", *argv, "--out", str(tmp_path)])
