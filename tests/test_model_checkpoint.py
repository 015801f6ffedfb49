"""Checkpoints: whatever is wrong with one is told in one line and changes nothing."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from model.errors import InputError
from model.training_loop import LoopPlan, TrainingLoop

pytestmark = pytest.mark.usefixtures("one_thread")


class Line(nn.Module):
    """Two trained tensors and one that is not."""

    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.ones(3))
        self.shift = nn.Parameter(torch.zeros(2, 2))
        self.fixed = nn.Parameter(torch.ones(()), requires_grad=False)


class Loop(TrainingLoop):
    """Training that pulls everything to 0.5 and keeps it at 0 or above."""

    def identity(self):
        return {"kind": "line", "range": (1, 2.5), "layers": None}

    def project(self):
        with torch.no_grad():
            self.model.slope.clamp_(min=0)

    def loss(self, step):
        return ((self.model.slope - 0.5) ** 2).sum() + ((self.model.shift - 0.5) ** 2).sum()


class Plan(LoopPlan):
    LOSSES = ("",)


def loop(path, optimiser="adam", **plan):
    return Loop(Line(), Plan(steps=6, batch=1, optimiser=optimiser, **plan), path)


@pytest.fixture(params=["adam", "rmsprop"])
def made(request, tmp_path):
    trainer = loop(tmp_path / "c", request.param)
    trainer.run(until=3)
    with np.load(tmp_path / "c", allow_pickle=False) as stored:
        content = dict(stored)
    header = json.loads(str(content.pop("metadata")))
    return request.param, content, header


def write(path, content, header):
    with open(path, "wb") as file:
        np.savez(file, **content, metadata=np.array(json.dumps(header)))


def snapshot(trainer):
    optimiser = trainer._optimiser.state_dict()
    return json.dumps(
        [trainer.step, trainer.history, repr(trainer.model.state_dict()), repr(optimiser)]
    )


def refused(tmp_path, optimiser, text):
    trainer = loop(tmp_path / "c", optimiser)
    trainer.run(until=1)
    before = snapshot(trainer)
    trainer.checkpoint = tmp_path / "d"
    with pytest.raises(InputError, match=text) as caught:
        trainer.resume()
    assert str(tmp_path / "d") in str(caught.value) and "\n" not in str(caught.value)
    assert snapshot(trainer) == before


def test_what_is_written_is_read(tmp_path, made):
    optimiser, content, header = made
    write(tmp_path / "d", content, header)
    first, second = loop(tmp_path / "c", optimiser), loop(tmp_path / "d", optimiser)
    for trainer in (first, second):
        trainer.resume()
        trainer.run()
    whole = loop(None, optimiser)
    whole.run()
    assert snapshot(first) == snapshot(second) == snapshot(whole)


HEADERS = [
    ("step", -1, "step is -1"),
    ("step", 7, "step is 7, must be a whole number from 0 to 6"),
    ("step", True, "step is True"),
    ("step", 3.0, "step is 3.0"),
    ("step", "3", "step is '3'"),
    ("step", None, "step is None"),
    ("step", 2, "a loss is due for each of 2 steps"),
    ("step", 10**300, "step is 1000"),
    ("identity", None, "identity is None, no JSON object"),
    ("identity", [], "identity is \\[\\], no JSON object"),
    ("identity", {}, "made with kind = None, asked for 'line'"),
    ("identity", {"kind": "line", "range": [1.0, 2.5], "layers": None}, "range = \\[1.0, 2.5\\]"),
    ("plan", 7, "plan is 7, no JSON object"),
    ("plan", {"steps": 6}, "made with batch = None"),
    ("model", None, "model is None"),
    ("model", ["slope", "fixed", "shift"], "the tensors here are"),
    ("optimiser", None, "optimiser is None"),
    ("optimiser", [[0, "step"]] * 2, "is there twice"),
    ("optimiser", [[0, "step"]], "of parameter 0 only step is there"),
    ("optimiser", [[0, "momentum"]], "is not of"),
    ("optimiser", [[True, "step"]], "is not of"),
    ("optimiser", [[9, "step"]], "is not of"),
    ("optimiser", [[2, "step"]], "is not of"),
    ("optimiser", [7], "is not of"),
    ("optimiser", [], "arrays belong to nothing"),
    ("schema", "unfoldhw.parameters/1", "schema 'unfoldhw.parameters/1'"),
]


@pytest.mark.parametrize(("field", "value", "text"), HEADERS)
def test_broken_headers(tmp_path, made, field, value, text):
    optimiser, content, header = made
    write(tmp_path / "d", content, header | {field: value})
    refused(tmp_path, optimiser, text)


ARRAYS = [
    ("history", np.full(3, np.nan), "not a checkpoint: history\\[0\\] = nan is not finite"),
    ("history", np.full(3, 1e9), "history has losses from 1000 on"),
    ("history", np.zeros((3, 1)), "a loss is due"),
    ("history", np.zeros(3, np.float32), "history is float32"),
    ("history", np.array(["a"] * 3), "no numbers"),
    ("model_0", np.ones(4, np.float32), "model slope has shape \\(4,\\)"),
    ("model_0", np.ones(3), "of torch.float64"),
    ("model_0", np.ones(3, np.uint16), "of torch.uint16"),
    ("model_0", np.ones(3, ">f4"), None),
    ("model_0", np.full(3, -1, np.float32), "model slope: its values are outside what training"),
    ("model_0", np.full(3, np.inf, np.float32), "not finite"),
    ("model_1", None, "model shift: its array is missing"),
    ("optimiser_0", np.float32(4), "is 4, more than the 3 steps"),
    ("optimiser_0", np.float32(-1), "below 0"),
    ("optimiser_1", np.full(3, np.nan, np.float32), "not finite"),
    ("optimiser_1", np.zeros((), np.float32), "has shape \\(\\)"),
    ("optimiser_1", None, "its array is missing"),
    ("another", np.zeros(1), "1 arrays belong to nothing"),
    ("history", np.array([None, {}]), "Python|allow_pickle|Object|holds"),
]


@pytest.mark.parametrize(("name", "array", "text"), ARRAYS)
def test_broken_arrays(tmp_path, made, name, array, text):
    optimiser, content, header = made
    content = {**content, name: array}
    if array is None:
        del content[name]
    write(tmp_path / "d", content, header)
    if text is not None:
        refused(tmp_path, optimiser, text)
    else:
        trainer = loop(tmp_path / "d", optimiser)
        trainer.resume()
        trainer.run()


def test_squares_are_not_below_zero(tmp_path, made):
    optimiser, content, header = made
    name = "exp_avg_sq" if optimiser == "adam" else "square_avg"
    number = header["optimiser"].index([0, name])
    write(tmp_path / "d", {**content, f"optimiser_{number}": np.full(3, -1, np.float32)}, header)
    refused(tmp_path, optimiser, "below 0")


def test_another_optimiser_and_a_pickle(tmp_path):
    loop(tmp_path / "d").run(until=2)
    refused(tmp_path, "rmsprop", "made with optimiser = 'adam', asked for 'rmsprop'")
    torch.save({"step": 1}, tmp_path / "d")
    refused(tmp_path, "adam", "not a checkpoint: .*is no NAME.npy")
    (tmp_path / "d").write_bytes(b"\x80\x02}q\x00.")
    refused(tmp_path, "adam", "not a checkpoint: no .npz archive")
    (tmp_path / "d").unlink()
    refused(tmp_path, "adam", "cannot be read")
