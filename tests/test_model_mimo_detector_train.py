"""Training of detectors: it learns, it resumes exactly, files come back or say what is wrong."""

import numpy as np
import pytest
import torch

from model import npz, train
from model.errors import InputError
from model.mimo_detector import link, networks
from model.mimo_detector.conjugate_gradient import LcgNet
from model.mimo_detector.detnet import DetNet, ScNet, staircase
from model.mimo_detector.oamp import OampNet
from model.mimo_detector.parameters import DetectorParameters
from model.mimo_detector.system import System
from model.mimo_detector.training import DetectorPlan, DetectorTrainer
from model.mimo_detector.unfolded import UnfoldedDetector

SMALL = System(8, 3, "qpsk")
QUICK = [
    *("--code", "mimo_detector", "--antennas", "8", "--users", "3", "--modulation", "qpsk"),
    *("--rounds", "3", "--snr", "2:6", "--batch", "10", "--vectors", "4", "--seed", "5"),
]

pytestmark = pytest.mark.usefixtures("one_thread")


def run(tmp_path, *more, out="p.npz"):
    assert train.main([*QUICK, "--out", str(tmp_path / out), *more]) == 0
    return DetectorParameters.load(tmp_path / out)


def test_training_lowers_the_symbol_error_rate():
    system = System(16, 6, "16qam")
    plain, trained = (UnfoldedDetector(system, 4) for _ in range(2))
    plan = DetectorPlan(steps=40, batch=20, vectors=6, snr_db=(12.0, 12.0), lr=0.05)
    trainer = DetectorTrainer(trained, plan)
    trainer.run()
    count = link.measure(
        {"plain": lambda b: (plain.detect(b), 0.3), "trained": lambda b: (trained.detect(b), 0.3)},
        system, 12.0, errors=400, most_vectors=3000,
    )  # fmt: skip
    assert trainer.step == len(trainer.history) == 40
    assert count["trained"].ser < 0.8 * count["plain"].ser


@pytest.mark.parametrize(
    "more",
    [[], ["--start", "lmmse", "--loss", "cross-entropy"], ["--weights", "whitened", "--eta",
     "sigmoid"], ["--no-momentum", "--channel", "mixed", "--discount", "0.5"]],
)  # fmt: skip
def test_resume_equals_an_uninterrupted_run(tmp_path, more):
    options = [*more, "--decay", "constant"]
    whole = run(tmp_path, *options, "--steps", "6")
    run(tmp_path, *options, "--steps", "2", "--keep-checkpoint", out="q.npz")
    rest = run(tmp_path, *options, "--steps", "6", "--resume", out="q.npz")
    for name in ("gamma", "momentum", "theta", "theta_0", "alpha", "llr_noise"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(rest, name))
    assert bool(whole.momentum.any()) == ("--no-momentum" not in more)
    assert "--rounds 3" in whole.metadata["made"]["command"]


def test_stages_hand_their_numbers_on():
    detector = UnfoldedDetector(SMALL, 3)
    plan = DetectorPlan(steps=12, batch=4, vectors=2, incremental=True)
    trainer = DetectorTrainer(detector, plan)
    assert [trainer.depth(step) for step in range(12)] == [1, 1, 2, 2, 3, 3] + [3] * 6
    trainer.run(until=3)
    before = detector.gamma.detach().clone(), detector.momentum.detach().clone()
    trainer.run(until=4)
    trainer.prepare(4)
    assert detector.gamma[2] == detector.gamma[1] != before[0][1]
    assert detector.momentum[2] == detector.momentum[1] != 0 == detector.momentum[0]


@pytest.mark.parametrize(
    ("kind", "network", "more"),
    [("oamp-net", OampNet, ["--numbers", "2"]), ("lcg-net", LcgNet, ["--incremental"]),
     ("det-net", DetNet, []), ("sc-net", ScNet, [])],
)  # fmt: skip
def test_networks_learn_and_come_back(tmp_path, kind, network, more):
    path = tmp_path / "n.npz"
    argv = [*QUICK, "--detector", kind, *more, "--steps", "25", "--lr", "0.02", "--out", str(path)]
    assert train.main(argv) == 0
    found = networks.load(path)
    assert type(found) is network and found.rounds == 3 and found.system == SMALL
    content, header = npz.read(path, networks.SCHEMA, ())
    assert header["made"]["loss"]["last"] < header["made"]["loss"]["first"]
    again = networks.load(networks.save(found, tmp_path / "again.npz"))
    blocks = SMALL.blocks(3, 2, "iid", 5.0, np.random.default_rng(1))
    np.testing.assert_array_equal(again.detect(blocks), found.detect(blocks))
    header["rounds"] = 4
    npz.write(path, content, header)
    with pytest.raises(InputError, match=r"n.npz: \w+ has shape .*, expected"):
        networks.load(path)


def test_the_staircase_ends_at_the_outer_levels():
    points = System(4, 2, "16qam").constellation
    x = torch.linspace(-3, 3, 61)
    found = staircase(x, points, torch.tensor(points.unit)).numpy()
    np.testing.assert_allclose(found, np.clip(x.numpy(), *points.levels[[0, -1]]), atol=1e-6)


def test_options_of_other_detectors_are_refused(tmp_path):
    for more, text in (
        (["--detector", "lcg-net", "--start", "lmmse"], "--start is an option of projected-grad"),
        (["--rounds", "0"], "--rounds must be from 1 to 100, not 0"),
        (["--detector", "sc-net", "--loss", "cross-entropy"], "no noise of its own"),
        (["--device", "cuda"], "--device must be cpu"),
        (["--vectors", "0"], "vectors must be at least 1, not 0"),
    ):
        with pytest.raises(InputError, match=text):
            train.main([*QUICK, "--steps", "2", "--out", str(tmp_path / "x.npz"), *more])


def numbers(**changed):
    plain = {
        "start": "lmmse", "weights": "whitened", "gamma": [1, 1.1], "momentum": [0, 0.2],
        "theta": [0.3, 0.2], "theta_0": 0.4, "alpha": 0.5, "llr_noise": 0.1,
    }  # fmt: skip
    return DetectorParameters(SMALL, **plain | changed)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"start": "random"}, "start 'random'; choose from zero, lmmse"),
        ({"weights": "w"}, "weights 'w'; choose from matched, whitened"),
        ({"eta": "relu"}, "eta 'relu'; choose from posterior, sigmoid"),
        ({"gamma": []}, r"gamma has shape \(0,\), expected \(rounds,\)"),
        ({"theta": [0.3]}, r"theta has shape \(1,\), gamma has \(2,\)"),
        ({"momentum": [0.1, 0.2]}, r"momentum\[0\] = 0.1, must be 0"),
        ({"gamma": [1, np.nan]}, r"gamma\[1\] = nan is not within"),
        ({"theta": [0.3, -0.2]}, r"theta\[1\] = -0.2 is not from 1e-06"),
        ({"theta_0": None}, "theta_0 is None; it belongs to start 'lmmse'"),
        ({"weights": "matched"}, "alpha is 0.5; it belongs to weights 'whitened'"),
        ({"llr_noise": 0.0}, r"llr_noise\[0\] = 0.0 is not from"),
    ],
)
def test_bad_numbers_are_named(changed, text):
    with pytest.raises(InputError, match=text):
        numbers(**changed)


def test_files_come_back_and_broken_ones_are_named(tmp_path):
    path = numbers().save(tmp_path / "p.npz")
    found = DetectorParameters.load(path)
    for name in ("gamma", "momentum", "theta", "theta_0", "alpha", "llr_noise", "start", "eta"):
        np.testing.assert_array_equal(getattr(found, name), getattr(numbers(), name))
    content, header = npz.read(path, "unfoldhw.mimo_detector/1", ())
    for change, text in (
        ({"users": "3"}, "p.npz: metadata: users is '3', no whole number"),
        ({"start": 1}, "metadata: start is 1, no text"),
        ({"schema": "other"}, "schema 'other', expected"),
    ):
        npz.write(path, content, header | change)
        with pytest.raises(InputError, match=text):
            DetectorParameters.load(path)
    npz.write(path, content | {"alpha": np.ones(2)}, header)
    with pytest.raises(InputError, match=r"alpha has shape \(2,\), one number is due"):
        DetectorParameters.load(path)
