"""--channel and --modulation in fit, search, loss and training on integers."""

import json
from dataclasses import replace

import pytest
from small_specs import small_spec

from model import catalog
from model.errors import InputError
from quant import channel_fit, fit, kinds, loss
from quant.cmodel import CModel
from quant.cmodel.tunable import TunableModel
from quant.fit import default_spec
from quant.measured import summary
from quant.min_sum.link import Channel
from quant.provenance import checked_provenance, fitted_for
from quant.qat import __main__ as qat
from quant.qat.training import Plan
from quant.search import __main__ as search
from quant.search.candidates import Tables
from quant.search.trial import Trial, waterfall_db
from quant.spec import load

FADING = Channel("rayleigh", "qam16")
OPTIONS = ["--channel", "rayleigh", "--modulation", "qam16"]
CODE = "ccsds_128_64"


@pytest.fixture(scope="module")
def spec():
    return default_spec(catalog.get(CODE), iterations=5)


def test_the_step_of_the_channel_is_found_by_frame_errors(spec, monkeypatch):
    """From a step of twice the size it comes to about the same."""
    monkeypatch.setattr(channel_fit, "_MOST", 1500)
    found = channel_fit.suited(spec, FADING)
    fitted = found.provenance["fitted_for"]
    assert (fitted["channel"], fitted["modulation"]) == ("rayleigh", "qam16")
    step = found.channel.lsb_llr
    assert step == pytest.approx(fitted["llr_scale"] * spec.channel.lsb_llr, rel=1e-3)
    assert found.maps == spec.maps and found.thresholds == spec.thresholds
    coarse = replace(spec, channel=replace(spec.channel, lsb_llr=2 * step))
    assert channel_fit.suited(coarse, FADING).channel.lsb_llr < 1.7 * step


def test_fit_command(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(channel_fit, "_MOST", 1000)
    usual, mine = tmp_path / "usual.json", tmp_path / "mine.json"
    common = ["--code", CODE, "--iterations", "5"]
    assert fit.main([*common, "--out", str(usual)]) == 0
    assert load(usual).sha == default_spec(catalog.get(CODE), iterations=5).sha
    assert "fitted_for" not in load(usual).provenance
    assert fit.main([*common, *OPTIONS, "--out", str(mine), "--json"]) == 0
    found = load(mine)
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["fitted_for"] == found.provenance["fitted_for"]
    assert found.channel.bits == 6 and load(usual).channel.bits == 4
    assert found.sha != load(usual).sha


def test_what_it_was_fitted_for_decides_no_bit(spec):
    noted = replace(spec, provenance=fitted_for(spec.provenance, FADING, 9.5, 1.1))
    assert noted.sha == spec.sha and noted == spec
    assert checked_provenance(noted.provenance)["fitted_for"]["ebn0_db"] == 9.5
    assert "fitted_for" not in fitted_for(noted.provenance, Channel(), 3.0)


@pytest.mark.parametrize(
    "fitted", [1, {"channel": "a\nb", "modulation": "bpsk", "ebn0_db": 1},
               {"channel": "awgn", "modulation": "bpsk", "ebn0_db": 1e9},
               {"channel": "awgn", "modulation": "bpsk", "ebn0_db": 1, "llr_scale": "x"}]
)  # fmt: skip
def test_bad_notes_are_refused(fitted):
    with pytest.raises(InputError, match="provenance.fitted_for"):
        checked_provenance({"fitted_for": fitted})


def test_the_waterfall_lies_where_it_is(spec):
    model = CModel(spec)
    at = waterfall_db(model, FADING, 0.1, seed=1, frames=4000)
    counts = model.simulate(FADING.at(at, spec), 2, 9, 0, 4000)
    assert 0.07 < (counts.bit_errors > 0).mean() < 0.14
    assert at > waterfall_db(model, Channel(), 0.1, seed=1, frames=4000) + 2
    with pytest.raises(InputError, match="of all frames fail at 46 dB, rayleigh, qam16"):
        waterfall_db(model, FADING, -1.0, seed=1, frames=100)


def test_loss_sees_the_frames_of_the_channel(spec, tmp_path, capsys):
    point = loss.measure(spec, 9.0, 5, 512, channel=FADING)
    counts = CModel(spec).simulate(FADING.at(9.0, spec), 1, 109_000, 0, point.frames)
    assert point.integer_errors == (counts.bit_errors > 0).sum() > 0
    path = spec.save(tmp_path / "s.json")
    options = ["--errors", "20", "--target", "0.1", "--most-frames", "2048", "--record", "--json"]
    assert loss.main(["--spec", str(path), *OPTIONS, *options]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (record["channel"], record["modulation"]) == ("rayleigh", "qam16")
    assert record["points"][0]["ebn0_db"] > 5 and -0.2 < record["loss_db"] < 1
    assert summary(load(path)).endswith("at FER 0.1 on rayleigh, qam16")


def test_search_sees_the_frames_of_the_channel(spec, tmp_path):
    trial = Trial(TunableModel(spec), FADING, 8.0, 9.0, 200, 200)
    assert [link.kind for link in trial.links] == ["rayleigh", "rayleigh"]
    assert trial.begin(Tables.of(spec), 1)[0].waterfall.any()
    out = tmp_path / "found.json"
    options = ["--minutes", "0.02", "--frames", "500", "--tail-frames", "500", "--ebn0", "8"]
    assert search.main(["--spec", str(spec.save(tmp_path / "s.json")), "--out", str(out),
                        *OPTIONS, *options]) == 0  # fmt: skip
    fitted = load(out).provenance["fitted_for"]
    assert fitted == {"channel": "rayleigh", "modulation": "qam16", "ebn0_db": 8.0}


@pytest.mark.slow
def test_training_sees_the_frames_of_the_channel(tmp_path):
    start = small_spec(3, iterations=5, maps="one").save(tmp_path / "s.json")
    out = tmp_path / "t.json"
    options = ["--ebn0", "6", "--steps", "2", "--batch", "4", "--count-frames", "200"]
    assert qat.main(["--spec", str(start), "--out", str(out), *OPTIONS, *options]) == 0
    assert kinds.load(out).provenance["fitted_for"]["channel"] == "rayleigh"


def test_plans_of_the_usual_channel_are_those_of_before():
    assert not {"channel", "modulation"} & set(Plan().must_match())
    assert Plan(channel="rayleigh").must_match()["channel"] == "rayleigh"


COMMANDS = {"fit": fit.main, "search": search.main, "loss": loss.main, "qat": qat.main}


@pytest.mark.parametrize("name", COMMANDS)
def test_bad_values_are_one_line(name, tmp_path):
    main = COMMANDS[name]
    words = {"fit": ["--code", CODE], "search": ["--code", CODE], "loss": ["--spec", "qc_ldpc"],
             "qat": ["--spec", "qc_ldpc"]}[name]  # fmt: skip
    if name != "loss":
        words += ["--out", str(tmp_path / "x.json")]
    for bad in (["--channel", "fog"], ["--modulation", "qpsk"]):
        with pytest.raises(InputError, match=f"{bad[0]}: invalid choice: '{bad[1]}'"):
            main([*words, *bad])
    with pytest.raises(InputError, match="channel bsc has modulation bpsk, not qam64"):
        main([*words, "--channel", "bsc", "--modulation", "qam64"])
    assert not list(tmp_path.iterdir())


def test_a_given_step_is_not_measured(tmp_path):
    with pytest.raises(InputError, match="--lsb 0.5: the step is measured for rayleigh, qam16"):
        fit.main(["--code", CODE, *OPTIONS, "--lsb", "0.5", "--out", str(tmp_path / "x.json")])
    assert not list(tmp_path.iterdir())
