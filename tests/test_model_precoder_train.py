"""Training of the precoder: it learns, it resumes exactly, it says how it was made."""

import json

import numpy as np
import pytest

from model import train
from model.errors import InputError
from model.precoder import link
from model.precoder.parameters import PrecoderParameters
from model.precoder.system import System
from model.precoder.training import PrecoderPlan, PrecoderTrainer
from model.precoder.unfolded import UnfoldedPrecoder

SMALL = System(16, 3, "qpsk")
QUICK = [
    *("--code", "mimo_precoder", "--antennas", "16", "--users", "3", "--modulation", "qpsk"),
    *("--iterations", "3", "--snr", "2:6", "--batch", "10", "--vectors", "4", "--seed", "5"),
]

pytestmark = pytest.mark.usefixtures("one_thread")


def run(tmp_path, *more, out="p.npz"):
    assert train.main([*QUICK, "--out", str(tmp_path / out), *more]) == 0
    return PrecoderParameters.load(tmp_path / out)


def test_training_lowers_the_bit_error_rate():
    system = System(32, 6, "16qam")
    plain, trained = (UnfoldedPrecoder(system, 3, 2.0**-6) for _ in range(2))
    plan = PrecoderPlan(steps=60, batch=20, vectors=10, loss="vector-mse")
    trainer = PrecoderTrainer(trained, plan)
    trainer.run()
    count = link.measure(
        {
            "plain": lambda h, s, _: plain.precode(h, s),
            "trained": lambda h, s, _: trained.precode(h, s),
        },
        system, 10.0, errors=1500,
    )  # fmt: skip
    assert trainer.step == len(trainer.history) == 60
    assert count["trained"].ber < 0.85 * count["plain"].ber


@pytest.mark.parametrize("more", [[], ["--incremental"], ["--loss", "max-user-mse", "--tied"]])
def test_resume_equals_an_uninterrupted_run(tmp_path, more):
    options = [*more, "--decay", "constant", "--discount", "0.5"]
    whole = run(tmp_path, *options, "--steps", "8")
    if more != ["--incremental"]:
        run(tmp_path, *options, "--steps", "3", "--keep-checkpoint", out="q.npz")
        rest = run(tmp_path, *options, "--steps", "8", "--resume", out="q.npz")
    else:
        # The stages depend on the number of steps, so this run is stopped on the way.
        plan = PrecoderPlan(
            steps=8, batch=10, vectors=4, snr_db=(2.0, 6.0), decay="constant", discount=0.5,
            incremental=True, seed=5,
        )  # fmt: skip
        first = PrecoderTrainer(UnfoldedPrecoder(SMALL, 3), plan, tmp_path / "c")
        first.run(until=3)
        second = PrecoderTrainer(UnfoldedPrecoder(SMALL, 3), plan, tmp_path / "c")
        second.resume()
        second.run()
        rest = second.precoder.export()
    np.testing.assert_array_equal(rest.tau, whole.tau)
    np.testing.assert_array_equal(rest.rho, whole.rho)
    assert rest.start == whole.start != 1


def test_incremental_stages():
    trainer = PrecoderTrainer(
        UnfoldedPrecoder(SMALL, 4), PrecoderPlan(steps=16, incremental=True, batch=5, vectors=3)
    )
    assert [trainer.depth(step) for step in range(10)] == [1, 1, 2, 2, 3, 3, 4, 4, 4, 4]
    trainer.run(until=2)
    log = trainer.precoder.log_tau
    assert log[0] != log[1] == log[3]
    # Neither the start nor the last gain moves a sign after one iteration.
    assert trainer.precoder.log_start == 0 and len(set(trainer.precoder.log_rho.tolist())) == 1
    trained = log[0].item()
    trainer.prepare(2)
    assert log[1].item() == log[3].item() == trained


def test_more_steps_may_not_move_the_stages(tmp_path):
    options = ["--incremental", "--decay", "constant"]
    run(tmp_path, *options, "--steps", "4", "--keep-checkpoint")
    with pytest.raises(InputError, match="made with steps = 4, asked for 8"):
        run(tmp_path, *options, "--steps", "8", "--resume")


def test_tied_numbers_stay_equal(tmp_path):
    tied = run(tmp_path, "--steps", "3", "--tied")
    assert (tied.tau == tied.tau[0]).all() and tied.tau[0] != 1 / 16
    assert (tied.rho == tied.rho[0]).all() and tied.rho[0] != 1.25


def test_file_says_how_it_was_made(tmp_path, capsys):
    made = run(tmp_path, "--steps", "3", "--json").metadata["made"]
    out = capsys.readouterr().out.splitlines()
    last = json.loads(out[-1])
    assert "seed 5" in out[0] and "16x3 qpsk" in out[0]
    assert (last["steps"], last["seed"], last["parameters"]) == (3, 5, 7)
    assert made["command"].startswith("python -m model.train --code mimo_precoder ")
    assert made["plan"]["snr_db"] == [2.0, 6.0] and len(made["loss"]["curve"]) == 3
    assert made["start"] == {"tau": 1 / 16, "rho": 1.25, "start": 1.0}
    assert [p.name for p in tmp_path.iterdir()] == ["p.npz"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--users", "17"], "17 users are more than 16 antennas"),
        (["--modulation", "8psk"], "'8psk' is not supported"),
        (["--iterations", "0"], "iterations must be at least 1, not 0"),
        (["--tau", "-1"], r"tau\[0\] = -1.0 is not a number > 0"),
        (["--vectors", "0"], "vectors must be at least 1, not 0"),
        (["--width", "0"], "width must be a positive number, not 0"),
        (["--snr", "9:2"], "SNR range 9.0:2.0"),
        (["--resume"], "cannot be read"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(tmp_path, options, text):
    with pytest.raises(InputError, match=text) as caught:
        train.main([*QUICK, "--out", str(tmp_path / "p.npz"), *options])
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_help_is_the_family_s_own(capsys):
    for arguments, option in ((["--code", "mimo_precoder"], "--antennas"), ([], "--sharing")):
        with pytest.raises(SystemExit) as caught:
            train.main([*arguments, "--help"])
        assert caught.value.code == 0
        assert option in capsys.readouterr().out
