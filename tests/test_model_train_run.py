"""Runs that write to one place at once, or are killed: nothing is lost, and they go on exactly."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small_specs import small_spec

from model import catalog
from model import train as any_family
from model.errors import InputError
from model.locks import locked
from model.min_sum import train
from model.parameters import Parameters
from model.reproduce import __main__ as reproduce
from model.train_run import checkpoint_of
from model.training import Plan, Trainer
from quant.qat import __main__ as qat
from quant.search import __main__ as search

ROOT = Path(__file__).resolve().parent.parent
QUICK = [
    *("--code", "ccsds_128_64", "--schedule", "flooding", "--iterations", "3", "--batch", "10"),
    *("--ebn0", "2:3", "--sharing", "degree", "--seed", "5", "--checkpoint-every", "2"),
]

pytestmark = pytest.mark.usefixtures("one_thread")


@contextlib.contextmanager
def training(out: Path, *options: str):
    """``model.train`` as a process that has written its first checkpoint."""
    checkpoint = out.with_name(out.name + ".checkpoint")
    process = subprocess.Popen(
        [sys.executable, "-m", "model.train", *QUICK, *options, "--out", str(out)], cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        started = time.monotonic()
        while not checkpoint.exists():
            assert process.poll() is None and time.monotonic() - started < 60
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_second_training_is_refused_and_a_killed_one_goes_on_exactly(tmp_path):
    out = tmp_path / "p.npz"
    options = [*QUICK, "--decay", "constant"]
    with training(out, "--decay", "constant", "--steps", "100000") as process:
        for more in ([], ["--resume"]):
            with pytest.raises(InputError, match=f"p.npz: process {process.pid} is writing there"):
                train.main([*options, *more, "--steps", "6", "--out", str(out)])
        first = (tmp_path / "p.npz.checkpoint").stat().st_mtime_ns
        while (tmp_path / "p.npz.checkpoint").stat().st_mtime_ns == first:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    assert not out.exists()
    args = train.parser().parse_args([*options, "--steps", "100000", "--out", str(out)])
    decoder = train.decoder_of(args, catalog.get(args.code))
    plan = Plan(**train.loop_options(args), ebn0_db=tuple(args.ebn0))
    found = Trainer(decoder, plan, checkpoint_of(out))
    found.resume()
    steps = ["--steps", str(found.step + 3)]
    assert found.step >= 2 and found.step % 2 == 0
    assert train.main([*options, *steps, "--resume", "--out", str(out)]) == 0
    whole = tmp_path / "whole.npz"
    assert train.main([*options, *steps, "--out", str(whole)]) == 0
    graph = catalog.get("ccsds_128_64")
    resumed, due = Parameters.load(out, graph), Parameters.load(whole, graph)
    assert np.array_equal(resumed.alpha, due.alpha) and np.array_equal(resumed.beta, due.beta)


def test_a_training_that_is_ended_leaves_its_checkpoint_and_no_lock(tmp_path):
    out = tmp_path / "p.npz"
    with training(out, "--steps", "50000") as process:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 143 and "Traceback" not in errors
    assert os.listdir(tmp_path) == ["p.npz.checkpoint"]


def test_a_checkpoint_is_not_lost_to_a_run_that_does_not_resume(tmp_path, capsys):
    out = tmp_path / "p.npz"
    again = [*QUICK, "--out", str(out), "--keep-checkpoint", "--steps"]
    train.main([*again, "2"])
    before = (tmp_path / "p.npz.checkpoint").read_bytes()
    train.main([*again, "1"])
    assert (tmp_path / "p.npz.checkpoint.old").read_bytes() == before
    assert "p.npz.checkpoint.old: the checkpoint of an earlier run" in capsys.readouterr().out


def test_other_commands_refuse_a_place_that_another_run_writes_to(tmp_path):
    spec = str(small_spec(3, maps="one").save(tmp_path / "spec.json"))
    out = str(tmp_path / "out")
    before = os.listdir(tmp_path)
    commands = [
        (search.main, ["--spec", spec, "--out", out, "--frames", "100", "--ebn0", "3"]),
        (qat.main, ["--spec", spec, "--out", out, "--steps", "1", "--hard", "3"]),
        (any_family.main, ["--code", "mimo_precoder", "--antennas", "8", "--users", "2",
                           "--steps", "1", "--out", out]),
        (reproduce.main, ["relaxation", "--codes", "bch_63_45", "--out", out]),
    ]  # fmt: skip
    # flock belongs to the open file, so that this very process is another one as well.
    with locked(out):
        for main, options in commands:
            with pytest.raises(InputError, match=f"out: process {os.getpid()} is writing there"):
                main(options)
    assert os.listdir(tmp_path) == before
