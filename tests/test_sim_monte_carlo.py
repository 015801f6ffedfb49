"""One Monte Carlo for every family: precoders count bits, a new family needs three functions."""

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from small_precoders import small_precoder
from small_specs import small_spec
from test_sim_fer import InlineEngine
from test_sim_results import refused, sealed_again

from model import families
from model.errors import InputError
from quant import kinds, monte_carlo
from quant.precoder.monte_carlo import Downstream, PrecoderMonteCarlo
from sim import engines, equality, fer, replay, results, tally, units, waterfall
from sim.tally import Enough, Tally
from sim.units import Job

TOY = Path(__file__).parent / "toy"


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    monkeypatch.setattr(engines, "make", lambda name, workers, address: InlineEngine())


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.syspath_prepend(TOY)
    families.families.cache_clear()
    yield
    families.families.cache_clear()


@pytest.fixture(scope="module")
def precoder_file(tmp_path_factory) -> str:
    return str(small_precoder().save(tmp_path_factory.mktemp("spec") / "tiny.json"))


def run(capsys, *options: str) -> dict:
    assert fer.main([*options, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def counts(record: dict) -> list[dict]:
    """What does not depend on the clock."""
    return [{k: v for k, v in p.items() if not k.endswith("_per_s")} for p in record["points"]]


# --- precoders ------------------------------------------------------------------------------------

POINTS = ("--snr", "2,8", "--min-bit-errors", "400")


def test_c_model_and_golden_count_the_same_bits(precoder_file, capsys):
    compiled = run(capsys, "--spec", precoder_file, *POINTS)
    assert counts(compiled) == counts(
        run(capsys, "--spec", precoder_file, *POINTS, "--model", "golden")
    )
    low, high = compiled["points"]
    assert set(low) == {
        "snr_db", "frames", "frame_errors", "fer", "fer_low", "fer_high", "ber", "ber_low",
        "ber_high", "bit_errors", "saturated", "channel_saturated", "frames_per_s",
        "decode_frames_per_s",
    }  # fmt: skip
    assert low["ber"] > high["ber"] and high["ber_low"] < high["ber"] < high["ber_high"]
    assert all(p["bit_errors"] >= 400 and p["frames"] % 64 == 0 for p in compiled["points"])


@pytest.mark.parametrize(
    "link",
    [Downstream("rayleigh", "block", 7), Downstream("los", "genie-real", 3), Downstream("los")],
)
def test_other_links_count_the_same_for_both_models(link):
    measured = PrecoderMonteCarlo(small_precoder())
    found, due = (measured.count(m, link, 5.0, 3, 64, 64).counts for m in ("c", "golden"))
    assert all((np.asarray(found[name]) == due[name]).all() for name in due)
    assert 0 < due["bit_errors"].sum() < 64 * measured.frame_bits(link) / 3


def test_a_better_receiver_makes_fewer_errors():
    measured = PrecoderMonteCarlo(small_precoder())
    errors = {
        receiver: measured.count("c", Downstream("rayleigh", receiver), 4.0, 1, 0, 128)
        .counts["bit_errors"].sum()
        for receiver in ("genie", "genie-real", "block")
    }  # fmt: skip
    assert errors["genie"] < errors["block"]


def test_workers_do_not_change_the_counts(precoder_file):
    job = Job(Path(precoder_file).read_text(), "c", Downstream(), 6.0, 3)
    found = []
    for workers in (1, 2):
        engine, sums = engines.LocalEngine(workers), Tally(PrecoderMonteCarlo, 6.0)
        tally.fill(sums, engine, job, Enough(20_000, 10**6), lambda sums: None)
        engine.close()
        found.append((sums.units, sums.counts))
    assert found[0] == found[1] and found[0][1]["bit_errors"] >= 20_000 and found[0][0] > 2


def test_resuming_counts_no_block_twice(precoder_file, capsys, tmp_path):
    base = ("--spec", precoder_file, "--snr", "3,9", "--min-bit-errors", "100000")
    out = ("--out", str(tmp_path / "r.json"))
    run(capsys, *base, *out, "--max-frames", "100")
    resumed = run(capsys, *base, *out, "--max-frames", "300")
    assert counts(resumed) == counts(run(capsys, *base, "--max-frames", "300"))
    assert [p["frames"] for p in resumed["points"]] == [320, 320]
    with pytest.raises(InputError, match="results of link channel rayleigh, receiver genie"):
        fer.main([*base, *out, "--receiver", "block"])


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict:
    path = tmp_path_factory.mktemp("written") / "r.json"
    text = small_precoder().to_json()
    found = results.Results(text, "c", Downstream(), 1)
    for point_db in (3.0, 9.0):
        for unit in units.count(Job(text, "c", Downstream(), point_db, 1), 0, 2):
            found.tally(point_db).add(unit)
    found.save(path)
    assert results.load(path).counted() == found.counted()
    return json.loads(path.read_text())


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("snr_db", lambda v: 101), ("frame_errors", lambda v: 129), ("frame_errors", lambda v: -1),
        ("bit_errors", lambda v: 0), ("bit_errors", lambda v: 10**9), ("bit_errors", float),
        ("squared_bit_errors", lambda v: 1), ("squared_bit_errors", lambda v: 10**12),
        ("saturated", lambda v: -1), ("saturated", lambda v: 128 * 20 + 1),
        ("channel_saturated", lambda v: 128 * 64 + 1), ("seconds", lambda v: 0),
        ("units", lambda v: 0), ("failures", lambda v: []),
    ],
)  # fmt: skip
def test_false_counts_are_refused_whatever_their_hash(written, tmp_path, name, change):
    point = {**written["points"][0]}
    point[name] = change(point.get(name))
    false = {**written, "points": [point, written["points"][1]]}
    told = refused(results.load, tmp_path / "r.json", json.dumps(sealed_again(false)))
    assert name in told


@pytest.mark.parametrize(
    ("name", "value"),
    [("vectors", 0), ("vectors", True), ("vectors", "5"), ("receiver", "x"), ("channel", None)],
)
def test_false_links_are_refused(written, tmp_path, name, value):
    false = {**written, "link": {**written["link"], name: value}}
    told = refused(results.load, tmp_path / "r.json", json.dumps(sealed_again(false)))
    assert f"link: {name} is" in told


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ebn0", "3"], "--ebn0 3: not an option of family 'precoder', which has --snr"),
        (["--snr", "3", "--min-frame-errors", "5"], "--min-frame-errors 5: not an option of"),
        (["--snr", "3", "--model", "float"], "--model float: family 'precoder' has c, golden"),
        (["--snr", "3", "--save-failures", "f.json"], "family 'precoder' has no replay of wrong"),
        (["--snr", "3", "--min-bit-errors", "0"], "--min-bit-errors must be at least 1, not 0"),
        (["--snr", "200"], "SNR is 200.0 dB, must be -100..100"),
        (["--snr", "1:2"], "--snr '1:2' is neither START:STOP:STEP"),
        (["--snr", "3", "--vectors", "0"], "vectors is 0, must be 1 to 1000"),
        ([], "--snr is needed: SNR in dB"),
    ],
)
def test_bad_options_are_named(precoder_file, options, message):
    with pytest.raises(InputError, match=message):
        fer.main(["--spec", precoder_file, *options])


def test_decoders_do_not_take_a_precoder_s_options(tmp_path):
    path = str(small_spec(3).save(tmp_path / "s.json"))
    for options in (["--snr", "3"], ["--ebn0", "3", "--min-bit-errors", "5"]):
        with pytest.raises(InputError, match="not an option of family 'min_sum', which has --ebn0"):
            fer.main(["--spec", path, *options])
    with pytest.raises(InputError, match="unrecognized arguments: --receiver"):
        fer.main(["--spec", path, "--ebn0", "3", "--receiver", "block"])


def test_curves_of_one_kind_share_a_picture(precoder_file, capsys, tmp_path):
    spec_file = str(small_spec(3).save(tmp_path / "s.json"))
    decoder, first = (str(tmp_path / name) for name in ("decoder.json", "first.json"))
    run(capsys, "--spec", spec_file, "--ebn0", "3", "--max-frames", "512", "--out", decoder)
    base = ("--spec", precoder_file, "--snr", "4,6", "--max-frames", "64")
    run(capsys, *base, "--out", first)
    plot = tmp_path / "p.png"
    run(capsys, *base, "--seed", "2", "--plot", str(plot), "--with", first)
    assert plot.read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(InputError, match="frame error rate over Eb/N0 in no picture of bit error"):
        fer.main([*base, "--plot", str(plot), "--with", decoder])


def test_a_precoder_has_no_frame_error_rate():
    with pytest.raises(InputError, match="family 'precoder' has no frame error rate; there is one"):
        waterfall.point_at(small_precoder(), 0.01)


def test_the_c_model_of_a_precoder_is_compared_with_golden(precoder_file, capsys):
    compared = ["--specs", precoder_file, "--workers", "1"]
    assert equality.main([*compared, "--frames", "1000", "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["different"] == 0 and record["frames"] >= 1000
    rates = record["specs"][0]["error_rates"]
    assert record["specs"][0]["rate"] == "BER" and rates[0] > rates[-1]


def test_a_difference_of_a_precoder_is_counted(precoder_file, monkeypatch, capsys):
    right = PrecoderMonteCarlo.precode

    def wrong(self, model, channel, odd):
        precoded, clipped = right(self, model, channel, odd)
        return precoded, clipped + (model == "golden")

    monkeypatch.setattr(PrecoderMonteCarlo, "precode", wrong)
    assert equality.main(["--specs", precoder_file, "--frames", "100", "--workers", "1"]) == 1
    assert "384 different of" in capsys.readouterr().out  # every block of six units


# --- a family with three functions ----------------------------------------------------------------


def test_three_functions_are_enough(toy, capsys, tmp_path):
    options = ("--code", "repetition", "--snr=-6,0", "--min-frame-errors", "60")
    found = run(capsys, *options, "--out", str(tmp_path / "r.json"), "--plot",
                str(tmp_path / "p.png"))  # fmt: skip
    low, high = found["points"]
    assert low["snr_db"] == -6 and low["fer"] > high["fer"] > 0
    assert 0 < low["ber"] < low["fer"]
    again = run(capsys, *options, "--out", str(tmp_path / "r.json"), "--min-frame-errors", "90")
    at_once = run(capsys, *options, "--min-frame-errors", "90")
    assert counts(again) == counts(at_once) and again["points"][0]["frames"] > low["frames"]
    kept = results.load(tmp_path / "r.json")
    assert type(kept.measured) is monte_carlo.of(families.families()["repetition"])
    assert kept.measured.frame_bits(kept.link) == 6


def test_it_has_workers_and_a_waterfall(toy):
    from quant.sources import spec_for

    spec = spec_for("repetition")
    part = monte_carlo.of(kinds.family_of(spec))
    job, found = Job(spec.to_json(), "golden", part.link(), 0.0, 1), []
    for workers in (1, 2):
        engine, sums = engines.LocalEngine(workers), Tally(part, 0.0)
        tally.fill(sums, engine, job, Enough(50, 10**5), lambda sums: None)
        engine.close()
        found.append((sums.units, sums.counts, sums.failures))
    assert found[0] == found[1] and found[0][1]["frame_errors"] >= 50
    point_db = waterfall.point_at(spec, 0.1)
    assert waterfall._rate(spec, point_db, seed=9) == pytest.approx(0.1, rel=0.5)


def test_what_it_has_not_is_said_in_one_way(toy, tmp_path):
    cases = {
        "no replay of wrong frames; there is one for min_sum": lambda: fer.main(
            ["--code", "repetition", "--snr", "0", "--save-failures", str(tmp_path / "f.json")]
        ),
        "no comparison of its C model with golden; there is one for min_sum, precoder":
            lambda: equality.main(["--specs", saved(tmp_path)]),
    }  # fmt: skip
    for message, call in cases.items():
        with pytest.raises(InputError, match=f"family 'repetition' has {message}"):
            call()
    with pytest.raises(InputError, match="--model c: family 'repetition' has golden to compute"):
        fer.main(["--code", "repetition", "--snr", "0", "--model", "c"])


def saved(folder: Path) -> str:
    from quant.sources import spec_for

    return str(spec_for("repetition").save(folder / "s.json"))


@pytest.fixture
def strange(monkeypatch):
    """A family of this process whose score returns what is asked for."""
    module = ModuleType("strange_quant")
    module.SPEC = type(small_precoder())
    module.traffic = lambda spec, snr_db, rng, frames: (np.zeros((frames, 4), np.uint8), None)
    module.golden = lambda spec, seen: None
    monkeypatch.setitem(sys.modules, "strange_quant", module)
    return module, families.Family("strange", ("strange",), modules="strange_{room}")


@pytest.mark.parametrize("scored", [None, {}, [1], {"bit_errors": 3}, {"bit_errors": [0.5] * 64}])
def test_a_score_that_is_none_is_one_line(strange, scored):
    module, family = strange
    assert monte_carlo.find(family) is None
    module.score = lambda spec, sent, got: scored
    part = monte_carlo.find(family)
    with pytest.raises(InputError, match="family 'strange': its score must return") as caught:
        part(None).count("golden", part.link(), 0.0, 1, 0, 64)
    assert "\n" not in str(caught.value)


def test_replay_of_a_family_without_one(tmp_path):
    from sim.failures import Failures

    path = tmp_path / "f.json"
    Failures(small_precoder().to_json(), Downstream(), 1, []).save(path)
    with pytest.raises(InputError, match="family 'precoder' has no replay of wrong frames"):
        replay.main(["--failures", str(path)])
