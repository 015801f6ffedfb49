"""The command of bit error rates, the precoders it knows, and the parameters that are shipped."""

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from model import curves
from model.errors import InputError
from model.precoder import link
from model.precoder.parameters import PrecoderParameters
from model.precoder.system import System
from quant import kinds
from quant.precoder import shipped
from sim import ber
from sim.precoder import precoders

SHIPPED = sorted(Path(str(resources.files("quant.presets"))).glob("mimo_precoder_*.npz"))
SMALL = ["--code", "mimo_precoder", "--antennas", "32", "--users", "4", "--vectors", "5"]

pytestmark = pytest.mark.usefixtures("one_thread")


def test_command_prints_draws_and_reports(tmp_path, capsys):
    names = ["zf", "wf-1bit", "c2po:4", "learned:4"]
    options = ["--snr", "2", "8", "--errors", "200", "--precoders", *names]
    picture = tmp_path / "ber.png"
    assert ber.main([*SMALL, *options, "--plot", str(picture), "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "32x4 16qam, rayleigh, receiver genie" in lines[0]
    assert [line.split()[2] for line in lines[2:10]] == names * 2
    assert picture.read_bytes().startswith(b"\x89PNG")
    record = json.loads(lines[-1])
    assert list(record["points"]) == names and record["receiver"] == "genie"
    for low, high in record["points"].values():
        assert low["bit_errors"] >= 200 and low["ber"] > high["ber"]
        assert low["interval"][0] < low["ber"] < low["interval"][1]
    at_8_db = {name: points[1]["ber"] for name, points in record["points"].items()}
    assert at_8_db["zf"] < at_8_db["learned:4"] < at_8_db["c2po:4"] < at_8_db["wf-1bit"]


def test_receiver_and_channel_are_said(capsys):
    options = ["--snr", "4", "--errors", "50", "--precoders", "c2po:3", "--channel", "los"]
    rates = {}
    for receiver in ("genie", "genie-real", "block"):
        assert ber.main([*SMALL, *options, "--receiver", receiver, "--json"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert f"los, receiver {receiver}, 5 vectors a block" in lines[0]
        rates[receiver] = json.loads(lines[-1])["points"]["c2po:3"][0]["ber"]
    assert rates["genie"] < rates["block"]


def test_integer_precoders_by_name_and_file(capsys):
    path = kinds.presets()["mimo_precoder_32x4"]
    names = ["spec:mimo_precoder_32x4", f"spec:{path}", "learned:4"]
    assert ber.main([*SMALL, "--snr", "8", "--errors", "500", "--precoders", *names, "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    by_name, by_file, learned = (record["points"][name][0]["ber"] for name in names)
    assert by_name == by_file and by_name == pytest.approx(learned, rel=0.2)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--precoders", "magic"], "precoder 'magic' is unknown; choose from zf, wf,"),
        (["--precoders", "c2po:0"], "iterations must be at least 1, not 0"),
        (["--precoders", "c2po:x"], "precoder 'c2po:x' is unknown"),
        (["--precoders", "learned:99"], "t99 is not shipped; there are mimo_precoder_128x16"),
        (["--precoders", "none.npz"], "none.npz: cannot be read"),
        (["--precoders", "spec:none"], "none: cannot be read"),
        (["--precoders", "spec:mimo_precoder"], "made for 128x16 16qam, not 32x4 16qam"),
        (["--precoders", "spec:qc_ldpc"], "kind is 'qc_ldpc_layered', expected 'c2po_precoder'"),
        (["--precoders", str(SHIPPED[0])], "made for 128x16, not 32x4"),
        (["--modulation", "8psk"], "'8psk' is not supported"),
        (["--users", "40"], "40 users are more than 32 antennas"),
        (["--errors", "0", "--precoders", "zf"], "errors must be at least 1, not 0"),
        (["--plot", "ber.txt", "--precoders", "zf"], "suffix '.txt' is none of"),
        (["--seed", "-1"], "seed must not be negative"),
    ],
)
def test_bad_input(options, text):
    with pytest.raises(InputError, match=text) as caught:
        ber.main([*SMALL, *options])
    assert "\n" not in str(caught.value)


def test_curves_take_points_without_errors(tmp_path):
    path = curves.draw(
        tmp_path / "c.svg", "t", "x", "y", {"a": [(1, 0.1, 0.05, 0.2), (2, 0.0, 0.0, 0.01)]}
    )
    assert "<svg" in path.read_text()


@pytest.mark.parametrize("text", ["$x_$", "a$b", "$", "$\\frac$", "a\nb\x1b", "\\$x$"])
def test_any_text_may_stand_in_a_picture(tmp_path, text):
    path = curves.draw(
        tmp_path / "c.svg", text, "x", "y", {text: [(1, 0.1, 0.05, 0.2)]}, {text: [(1, 0.1)]}
    )
    assert "<svg" in path.read_text()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.split(".")[0])
def test_shipped_parameters_say_how_they_were_made(path):
    parameters = PrecoderParameters.load(path)
    system = parameters.system
    made = parameters.metadata["made"]
    assert made["command"].startswith("python -m model.train --code mimo_precoder ")
    assert made["command"].endswith(f"--out quant/presets/{path.name}")
    tied = parameters.metadata["tied"]
    assert shipped.parameters(system, parameters.iterations, tied) == path
    assert len(np.unique(parameters.tau)) == (1 if tied else parameters.iterations)


@pytest.mark.parametrize(
    ("modulation", "snr_db", "name", "published"),
    [("16qam", 10.0, "learned:4", "c2po:8"), ("qpsk", 2.0, "learned:2", "c2po:4")],
)
def test_learned_numbers_are_worth_twice_the_iterations(modulation, snr_db, name, published):
    system = System(128, 16, modulation)
    pair = {key: precoders.get(key, system) for key in (name, published)}
    found = link.measure(pair, system, snr_db, errors=1000, vectors=5)
    assert found[name].ber < found[published].ber
