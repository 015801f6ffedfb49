"""Training: it learns, it resumes exactly, it stops cleanly, it says how it was made."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from model import train
from model.code import TannerGraph
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.losses import cross_entropy
from model.parameters import Parameters
from model.training import Plan, Trainer, training_frames

CODE = "ccsds_128_64"
QUICK = [
    *("--code", CODE, "--schedule", "flooding", "--iterations", "4", "--batch", "20"),
    *("--ebn0", "2:3", "--sharing", "degree", "--seed", "5"),
]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def small():
    exponents = [[0, 1, -1, 3, 0, -1], [2, -1, 4, 1, 0, 0], [-1, 3, 0, 2, -1, 0]]
    return TannerGraph.from_exponents(exponents, 16, "small")


def graph():
    from model import catalog

    return catalog.get(CODE)


def run(tmp_path, *more, out="p.npz"):
    assert train.main([*QUICK, "--out", str(tmp_path / out), *more]) == 0
    return Parameters.load(tmp_path / out, graph())


def test_training_lowers_the_loss_on_fresh_frames(small):
    decoder = UnfoldedDecoder(small, 5, sharing="layer")
    plan = Plan(steps=40, batch=64, ebn0_db=(2.0, 3.0), lr=0.03, seed=3)
    trainer = Trainer(decoder, plan)
    codewords, llr = training_frames(
        small, Encoder(small), 500, (2.5, 2.5), np.random.default_rng(9)
    )
    before = cross_entropy(decoder(llr), codewords).item()
    trainer.run()
    after = cross_entropy(decoder(llr), codewords).item()
    assert trainer.step == len(trainer.history) == 40
    assert after < 0.95 * before


@pytest.mark.parametrize("optimiser", ["adam", "rmsprop"])
@pytest.mark.parametrize("loss", ["cross-entropy", "soft-bit-error"])
def test_same_seed_same_weights(tmp_path, optimiser, loss):
    options = ["--steps", "4", "--optimiser", optimiser, "--loss", loss]
    first, second = (run(tmp_path, *options, out=f"{i}.npz") for i in range(2))
    np.testing.assert_array_equal(first.alpha, second.alpha)
    np.testing.assert_array_equal(first.beta, second.beta)
    assert (first.alpha != 1).any()


@pytest.mark.parametrize("optimiser", ["adam", "rmsprop"])
def test_resume_equals_an_uninterrupted_run(tmp_path, optimiser):
    options = ["--optimiser", optimiser, "--decay", "constant", "--relaxation", "0.2"]
    options += ["--hard", "1"]
    whole = run(tmp_path, *options, "--steps", "8")
    run(tmp_path, *options, "--steps", "3", "--keep-checkpoint", out="q.npz")
    resumed = run(tmp_path, *options, "--steps", "8", "--resume", out="q.npz")
    np.testing.assert_array_equal(resumed.alpha, whole.alpha)
    np.testing.assert_array_equal(resumed.beta, whole.beta)
    assert resumed.gamma == whole.gamma != 0.2
    assert resumed.metadata["made"]["loss"] == whole.metadata["made"]["loss"]


def test_interrupted_cosine_run_resumes_exactly(small, tmp_path):
    plan = Plan(steps=8, batch=10, seed=2)

    def trainer(name):
        return Trainer(UnfoldedDecoder(small, 3, sharing="degree"), plan, tmp_path / name)

    whole, part, rest = trainer("whole"), trainer("part"), trainer("part")
    whole.run()
    part.run(until=5, every=2)
    rest.resume()
    assert rest.step == 5
    rest.run()
    torch.testing.assert_close(
        rest.decoder.state_dict(), whole.decoder.state_dict(), rtol=0, atol=0
    )
    assert rest.history == whole.history


def test_file_says_how_it_was_made(tmp_path, capsys):
    made = run(tmp_path, "--steps", "3", "--tied", "--json").metadata["made"]
    out = capsys.readouterr().out.splitlines()
    last = json.loads(out[-1])
    assert "seed 5" in out[0]
    assert (last["steps"], last["seed"], last["code"]) == (3, 5, CODE)
    assert made["command"].startswith(f"python -m model.train --code {CODE} ")
    assert made["plan"]["seed"] == 5 and made["plan"]["ebn0_db"] == [2.0, 3.0]
    assert set(made["versions"]) == {"unfoldhw", "python", "torch", "numpy"}
    assert len(made["loss"]["curve"]) == 3
    assert made["edges_sha256"] == graph().edges_sha
    assert [p.name for p in tmp_path.iterdir()] == ["p.npz"]


def test_tied_parameters_stay_equal(tmp_path):
    tied = run(tmp_path, "--steps", "3", "--tied", "--sharing", "edge")
    assert (tied.alpha == tied.alpha[0]).all() and (tied.alpha != 1).any()


def test_hard_frames_are_those_not_finished(small):
    from model.inference import decode

    decoder = UnfoldedDecoder(small, 5)
    trainer = Trainer(decoder, Plan(batch=30, ebn0_db=(3.0, 3.0), hard=2))
    codewords, llr = trainer.frames(0)
    assert len(codewords) == len(llr) == 30
    assert not decode(decoder, llr, iterations=2).decoded.any()
    easy = Trainer(decoder, Plan(batch=5, ebn0_db=(20.0, 20.0), hard=2))
    with pytest.raises(InputError, match="none of 100 frames at 20.0:20.0 dB"):
        easy.frames(0)


def test_zero_codewords(small):
    codewords, llr = Trainer(UnfoldedDecoder(small, 2), Plan(codewords="zero")).frames(0)
    assert not codewords.any()
    assert llr.mean() > 1


def test_divergence_names_step_rate_and_checkpoint(small, tmp_path):
    decoder = UnfoldedDecoder(small, 3)
    trainer = Trainer(decoder, Plan(steps=9, batch=5, lr=0.02, decay="constant"), tmp_path / "c")
    trainer.run(until=4, every=2)

    def spoil(step, loss):
        with torch.no_grad():
            decoder.alpha[1] = float("nan")

    with pytest.raises(InputError, match=r"step 6 with lr 0\.02: the loss is nan; .*\(step 4\)"):
        trainer.run(every=100, on_step=spoil)
    again = Trainer(UnfoldedDecoder(small, 3), trainer.plan, tmp_path / "c")
    again.resume()
    assert again.step == 4


def test_a_loss_that_keeps_rising_ends_the_run(small, tmp_path):
    class Climbing(Trainer):
        """The loss of a run whose step size is too large, 1 % more a step from step 60 on."""

        def loss(self, step):
            return super().loss(step) * 0 + 0.1 * 1.01 ** max(0, step - 60)

    trainer = Climbing(
        UnfoldedDecoder(small, 2), Plan(steps=900, batch=2, lr=0.5, decay="constant"),
        tmp_path / "c",
    )  # fmt: skip
    text = r"diverged at step \d+ with lr 0.5: the loss rises, 0.3\d* is 3.0 times .*\(step (\d+)\)"
    with pytest.raises(InputError, match=text) as caught:
        trainer.run(every=10)
    kept = int(str(caught.value).split("(step ")[1].rstrip(")"))
    assert trainer.history[kept - 1] < 2 * trainer.history[0]
    again = Climbing(UnfoldedDecoder(small, 2), trainer.plan, tmp_path / "c")
    again.resume()
    assert again.step == kept < trainer.step < 300


def test_a_noisy_loss_does_not_end_a_run(small):
    class Noisy(Trainer):
        def loss(self, step):
            spikes = np.random.default_rng(step).pareto(0.7)
            return super().loss(step) * 0 + min(100.0, 0.01 * (1 + spikes))

    trainer = Noisy(UnfoldedDecoder(small, 2), Plan(steps=400, batch=2))
    trainer.run()
    assert trainer.step == 400


def test_frozen_numbers_stay(tmp_path):
    options = ["--freeze", "alpha", "gamma", "--relaxation", "0.875", "--beta", "0.5"]
    offsets = run(tmp_path, "--steps", "3", *options)
    assert (offsets.alpha == 1).all() and (offsets.beta != 0.5).any() and offsets.gamma == 0.875
    weights = run(tmp_path, "--steps", "3", "--freeze", "beta", out="q.npz")
    assert (weights.beta == 0).all() and (weights.alpha != 1).any()
    assert weights.metadata["frozen"] == ["beta"]


def test_command_line_divergence_and_exit_code(tmp_path):
    command = [sys.executable, "-m", "model.train", *QUICK, "--rule", "sum-product"]
    command += ["--channel-weights", "variable", "--steps", "5", "--out"]
    done = subprocess.run(
        [*command, str(tmp_path / "p.npz"), "--lr", "1e6"], capture_output=True, text=True
    )
    assert done.returncode == 2
    error = done.stderr.strip().splitlines()[-1]
    assert error.startswith("error: training diverged at step")
    assert "p.npz.checkpoint (step 0)" in error
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "p.npz").exists()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--batch", "0"], "batch must be at least 1, not 0"),
        (["--steps", "-3"], "steps must be at least 1, not -3"),
        (["--lr", "-1"], "lr must be a positive number, not -1"),
        (["--ebn0", "3:2"], "3.0:2.0"),
        (["--ebn0", "-9999"], "Eb/N0 is -9999.0 dB"),
        (["--alpha", "-1"], "alpha must be a number of at least 0"),
        (["--discount", "2"], "discount must lie in 0..1, not 2"),
        (["--seed", "-1"], "seed"),
        (["--rule", "min-sum"], "'min-sum' has no parameters to train"),
        (["--freeze", "alpha", "beta"], "no parameters to train but alpha, beta, frozen"),
        (["--sharing", "block_edge", "--code", "bch_63_45"], "bch_63_45 has no block structure"),
        (["--code", "wifi_1296_r43"], "wifi_1296_r34"),
        (["--device", "warp"], "device 'warp'"),
        (["--resume"], "cannot be read"),
        (["--checkpoint-every", "0"], "checkpoint-every"),
        (["--hard", "99"], "hard is 99, must be at most the decoder's iterations"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(tmp_path, options, text):
    with pytest.raises(InputError, match=text) as caught:
        train.main([*QUICK, "--out", str(tmp_path / "p.npz"), *options])
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_unwritable_output_fails_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        train.main([*QUICK, "--out", str(tmp_path / "file" / "p.npz")])
    for folder in (str(tmp_path), ""):
        with pytest.raises(InputError, match="a folder, a file name is due"):
            train.main([*QUICK, "--out", folder])


def test_resume_refuses_another_plan_or_file(small, tmp_path):
    plan = Plan(steps=4, batch=5)
    Trainer(UnfoldedDecoder(small, 3), plan, tmp_path / "c").run(until=2)
    with pytest.raises(InputError, match="seed = 1, asked for 2"):
        Trainer(UnfoldedDecoder(small, 3), Plan(steps=4, batch=5, seed=2), tmp_path / "c").resume()
    with pytest.raises(InputError, match="iterations = 3, asked for 4"):
        Trainer(UnfoldedDecoder(small, 4), plan, tmp_path / "c").resume()
    with pytest.raises(InputError, match="edges_sha256"):
        Trainer(UnfoldedDecoder(graph(), 3), plan, tmp_path / "c").resume()
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes()[:500])
    with pytest.raises(InputError, match="not a checkpoint"):
        Trainer(UnfoldedDecoder(small, 3), plan, tmp_path / "c").resume()
    (tmp_path / "c").write_text("hello")
    with pytest.raises(InputError, match="not a checkpoint"):
        Trainer(UnfoldedDecoder(small, 3), plan, tmp_path / "c").resume()


def test_evaluate_compares_on_the_same_noise(tmp_path, capsys):
    from model import evaluate

    run(tmp_path, "--steps", "2")
    capsys.readouterr()
    argv = ["--code", CODE, "--parameters", str(tmp_path / "p.npz"), "--ebn0", "2", "4"]
    assert evaluate.main([*argv, "--frames", "300", "--json"]) == 0
    points = json.loads(capsys.readouterr().out.splitlines()[-1])["points"]
    assert list(points) == ["min-sum", "normalised 0.75", "trained"]
    for low, high in points.values():
        assert low["frames"] == 300 and low["fer"] > high["fer"]
        assert 1 <= high["iterations"] < low["iterations"] <= 4


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--ebn0", "3", "nan"], "Eb/N0 is nan dB"),
        (["--ebn0", "-200"], "Eb/N0 is -200.0 dB"),
        (["--seed", "-1"], "--seed must not be negative: -1"),
        (["--frames", "0"], "--frames must be at least 1, not 0"),
        (["--iterations", "0"], "iterations must be at least 1, not 0"),
    ],
)
def test_evaluate_names_bad_input(options, text):
    from model import evaluate

    with pytest.raises(InputError, match=text):
        evaluate.main(["--code", CODE, *options])


def test_evaluate_refuses_what_the_parameters_are_not_for(tmp_path):
    from model import evaluate

    run(tmp_path, "--steps", "1")
    argv = ["--code", CODE, "--parameters", str(tmp_path / "p.npz")]
    with pytest.raises(InputError, match="--iterations 9: .*p.npz is for 4"):
        evaluate.main([*argv, "--iterations", "9"])
    with pytest.raises(InputError, match="--schedule layered: .*p.npz is for flooding"):
        evaluate.main([*argv, "--schedule", "layered"])
