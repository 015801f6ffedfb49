"""The detector's commands: fit with its search, loss, error rates, comparison; what is shipped."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_detectors import small_detector, small_parameters

from model.errors import InputError
from quant import fit as fit_command
from quant import kinds, loss
from quant.mimo_detector import fit, golden, monte_carlo, shipped, tune
from quant.mimo_detector.comparison import DetectorComparer
from quant.mimo_detector.fit_command import calibrated
from quant.mimo_detector.loss import measure
from quant.mimo_detector.monte_carlo import DetectorMonteCarlo, Upstream

pytestmark = pytest.mark.usefixtures("one_thread")
SHIPPED = {
    "mimo_detector": 12.0, "mimo_detector_32x8": 12.0, "mimo_detector_32x16": 15.0,
    "mimo_detector_overloaded": 20.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Trained numbers, and a spec that a short search made of them."""
    folder = tmp_path_factory.mktemp("detector")
    path = small_parameters(16, 4).save(folder / "small.npz")
    out = folder / "fitted.json"
    options = ["--code", "mimo_detector", "--params", str(path), "--out", str(out), "--snr", "10"]
    search = ["--evaluations", "12", "--blocks", "40", "--vectors", "20"]
    assert fit_command.main([*options, *search]) == 0
    return path, kinds.load(out)


def test_the_search_finds_fewer_errors(written):
    _, spec = written
    found = spec.provenance
    assert 12 <= found["trials"] <= 13 and found["count_after"] < found["count_before"]
    assert found["parameters"] == "small.npz" and found["symbols"] == 40 * 20 * 4


def test_a_smooth_count_is_near_the_hard_one():
    parameters = small_parameters(16, 4)
    plan = tune.TunePlan(10.0, blocks=60, vectors=20, evaluations=1)
    spec = fit.fit(parameters, calibrated(parameters, 10.0))
    both, hard = tune.Objective(parameters, plan)(spec)
    assert hard > 20 and 1.5 * hard < both < 3 * hard


def test_numbers_go_and_come_back():
    parameters, words = small_parameters(), fit.Words()
    same, ranges = tune.with_numbers(parameters, words, tune.numbers_of(parameters))
    for name in ("gamma", "momentum", "theta", "theta_0"):
        np.testing.assert_allclose(getattr(same, name), getattr(parameters, name))
    assert ranges.clip == pytest.approx(words.clip)


def test_loss_command(written, capsys, tmp_path):
    path, spec = written
    file = spec.save(tmp_path / "spec.json")
    options = ["--spec", str(file), "--snr", "10", "--errors", "200"]
    with pytest.raises(InputError, match="names no shipped parameters"):
        loss.main(options)
    assert loss.main([*options, "--params", str(path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert min(record["spec_errors"], record["float_errors"]) >= 200
    assert record["low_db"] <= record["loss_db"] <= record["high_db"]
    assert -0.2 < record["loss_db"] < 0.5
    information = record["information"]
    assert 0.9 < information["spec"] < 1 and abs(information["spec"] - information["float"]) < 0.01


def test_loss_refuses_other_numbers(written):
    path, spec = written
    with pytest.raises(InputError, match="made for 16x4 16qam, start 'lmmse'"):
        shipped.load(small_detector(), path)
    with pytest.raises(InputError, match="3 rounds; the spec is"):
        shipped.load(replace(spec, rounds=(spec.rounds[0], *spec.rounds)), path)


def test_monte_carlo_counts_the_same_with_both_models(written):
    measured, link = DetectorMonteCarlo(written[1]), Upstream(vectors=7, channel="mixed")
    found = [measured.count(m, link, 8.0, 3, 16, 32).counts for m in ("c", "golden")]
    for name, counts in found[0].items():
        assert counts.shape == (32,)
        np.testing.assert_array_equal(counts, found[1][name])
        assert counts.max() <= measured.most(link)[name]
    assert found[0]["bit_errors"].sum() >= found[0]["symbol_errors"].sum() > 0
    assert (found[0]["vector_errors"] <= found[0]["symbol_errors"]).all()


def test_a_wrong_or_estimated_channel_costs(written):
    measured = DetectorMonteCarlo(written[1])
    links = [Upstream(), Upstream(h_percent=120), Upstream(pilots=4)]
    wrong = [measured.count("c", k, 9.0, 1, 0, 160).counts["symbol_errors"].sum() for k in links]
    assert wrong[0] < wrong[1] and 1.2 * wrong[0] < wrong[2]
    with pytest.raises(InputError, match="3 pilots are fewer than 4 users"):
        measured.count("c", Upstream(pilots=3), 9.0, 1, 0, 16)


def test_weights_of_another_channel_are_no_crash(written):
    spec = written[1]
    measured = DetectorMonteCarlo(spec)
    blocks = measured.blocks(Upstream(), 12.0, 1, 0)
    matrices, y, _ = monte_carlo.prepared(spec, blocks)
    other = replace(matrices, w=matrices.w[::-1], w0=matrices.w0[::-1])
    found = golden.detect(spec, other, y)
    assert found.r_saturated.mean() > golden.detect(spec, matrices, y).r_saturated.mean()


def test_comparer_finds_no_difference_and_sees_one(written, monkeypatch):
    comparer = DetectorComparer(written[1])
    for number in range(4):
        unit = comparer.compare(10.0, 1, number, 320)
        assert unit.different == 0 and unit.frames == 320
    detect, third = golden.detect, (np.arange(20) == 3)[:, None, None]

    def wrong(*given):
        found = detect(*given)
        return replace(found, r=found.r + 2 * third)

    monkeypatch.setattr("quant.mimo_detector.comparison.golden.detect", wrong)
    assert comparer.compare(10.0, 1, 0, 320).different == 16


@pytest.mark.parametrize("snr_db", [-5.0, 40.0])
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_specs_at_the_ends_of_the_range(name, snr_db):
    spec = kinds.resolve(name)
    measured = DetectorMonteCarlo(spec)
    found = measured.count("golden", Upstream(vectors=4), snr_db, 1, 0, 16).counts
    rate = found["bit_errors"].sum() / (16 * measured.frame_bits(Upstream(vectors=4)))
    assert rate < 0.02 if snr_db > 0 else 0.05 < rate < 0.5


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_specs_name_their_numbers(name):
    spec = kinds.resolve(name)
    path, _ = shipped.load(spec)
    assert path.name == f"{name}.params.npz" and spec.name == name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mimo_detector", "mimo_detector_32x8", "mimo_detector_32x16"])
def test_shipped_specs_lose_at_most_a_tenth_of_a_decibel(name):
    spec = kinds.resolve(name)
    _, parameters = shipped.load(spec)
    paired, _ = measure(spec, parameters, SHIPPED[name], errors=2000, seed=5)
    assert paired.loss_db()[0] <= 0.1


@pytest.mark.slow
def test_the_overloaded_spec_makes_at_most_a_tenth_more_errors():
    spec = kinds.resolve("mimo_detector_overloaded")
    _, parameters = shipped.load(spec)
    _, bits = measure(spec, parameters, 20.0, errors=2000, seed=5)
    assert bits.wrong["spec"] <= 1.1 * bits.wrong["float"]
