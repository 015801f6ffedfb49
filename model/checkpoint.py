"""Checkpoints of a training run: one ``.npz`` of tensors, moments and losses; no pickle.

Reading checks everything against the model and optimiser that the run has before any of them
changes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from model import npz
from model.errors import InputError

SCHEMA = "unfoldhw.checkpoint/1"
MOST_TENSORS = 4096


@dataclass(frozen=True)
class Checkpoint:
    """What a run goes on from: ``model`` and ``optimiser`` as ``load_state_dict`` takes them."""

    step: int
    history: list[float]
    model: dict[str, Tensor]
    optimiser: dict


def write(
    path: Path,
    due: dict[str, dict],
    step: int,
    history: Sequence[float],
    model: nn.Module,
    optimiser: Optimizer,
) -> None:
    """Write the file whole. ``due``: "identity" and "plan", JSON values a later run must share."""
    tensors, kept = model.state_dict(), optimiser.state_dict()["state"]
    moments = [(i, name) for i, state in kept.items() for name in state]
    header = {
        **due,
        "schema": SCHEMA,
        "step": step,
        "model": list(tensors),
        "optimiser": moments,
    }
    arrays = {"history": np.array(history, dtype=np.float64)}
    arrays |= {f"model_{n}": _array(tensor) for n, tensor in enumerate(tensors.values())}
    arrays |= {f"optimiser_{n}": _array(kept[i][name]) for n, (i, name) in enumerate(moments)}
    npz.write(path, arrays, header, compressed=False)


def read(
    path: Path,
    due: dict[str, dict],
    last_step: int,
    hopeless_loss: float,
    model: nn.Module,
    optimiser: Optimizer,
) -> Checkpoint:
    """Read and check the file; neither ``model`` nor ``optimiser`` changes.

    ``InputError`` names the file and what is broken or other than here: ``due`` as in
    :func:`write`, a step after ``last_step``, a loss from ``hopeless_loss`` on, names, shapes,
    types and ranges of tensors.
    """
    arrays, header = npz.read(path, SCHEMA, ("history",), "checkpoint", MOST_TENSORS)
    try:
        _check_due(header, due)
        step, history = header.get("step"), arrays["history"]
        if type(step) is not int or not 0 <= step <= last_step:
            raise InputError(
                f"step is {step!r}, must be a whole number from 0 to {last_step}, the plan's last"
            )
        if history.shape != (step,) or history.dtype != np.float64:
            raise InputError(f"history is {history.dtype}{history.shape}, a loss is due for each "
                             f"of {step} steps")  # fmt: skip
        if (history >= hopeless_loss).any():
            raise InputError(f"history has losses from {hopeless_loss:g} on")
        tensors = _tensors(arrays, header.get("model"), model.state_dict())
        state = _state(arrays, header.get("optimiser"), optimiser, step)
        unused = len(arrays) - 1 - len(tensors) - sum(map(len, state.values()))
        if unused:
            raise InputError(f"{unused} arrays belong to nothing")
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    groups = optimiser.state_dict()["param_groups"]
    return Checkpoint(
        step, history.tolist(), tensors, {"state": state, "param_groups": groups}
    )


def _check_due(header: dict, due: dict[str, dict]) -> None:
    for part, values in due.items():
        found = header.get(part)
        if not isinstance(found, dict):
            raise InputError(f"{part} is {found!r}, no JSON object")
        for name, value in json.loads(json.dumps(values)).items():
            # As text: 1, 1.0 and true are different options.
            if name not in found or json.dumps(found[name]) != json.dumps(value):
                raise InputError(f"made with {name} = {found.get(name)!r}, asked for {value!r}")


def _tensors(
    arrays: dict[str, np.ndarray], names: object, own: dict[str, Tensor]
) -> dict[str, Tensor]:
    """What to load into the model: the tensors that it has, of their shapes and types."""
    if names != list(own):
        raise InputError(f"model is {names!r}, the tensors here are {list(own)}")
    return {
        name: _tensor(f"model {name}", arrays.get(f"model_{number}"), own[name])
        for number, name in enumerate(own)
    }


def _state(
    arrays: dict[str, np.ndarray], moments: object, optimiser: Optimizer, step: int
) -> dict[int, dict[str, Tensor]]:
    """What the optimiser keeps of each parameter: all or nothing of one, and possible values."""
    if not isinstance(moments, list):
        raise InputError(f"optimiser is {moments!r}, no list of [parameter, name]")
    due, state = _moments(optimiser), {}
    for number, pair in enumerate(moments):
        place = f"optimiser {pair!r}"
        i, name = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
        if type(i) is not int or not isinstance(name, str) or name not in due.get(i, {}):
            raise InputError(f"{place} is not of {type(optimiser).__name__} on this model")
        if name in state.setdefault(i, {}):
            raise InputError(f"{place} is there twice")
        value = _tensor(place, arrays.get(f"optimiser_{number}"), due[i][name])
        if name != "exp_avg" and (value < 0).any():  # all others are squares or counts
            raise InputError(f"{place} has a value below 0")
        if name == "step" and not float(value) <= step:
            raise InputError(f"{place} is {float(value):g}, more than the {step} steps done")
        state[i][name] = value
    for i, found in state.items():
        if len(found) < len(due[i]):
            raise InputError(f"optimiser: of parameter {i} only {', '.join(found)} is there")
    return state


def _moments(optimiser: Optimizer) -> dict[int, dict[str, Tensor]]:
    """What ``optimiser`` keeps of each trained parameter, seen by a step of a twin of it."""
    twins = [
        torch.zeros_like(p, requires_grad=p.requires_grad)
        for group in optimiser.param_groups
        for p in group["params"]
    ]
    for twin in twins:
        twin.grad = torch.zeros_like(twin) if twin.requires_grad else None
    other = type(optimiser)(twins, lr=optimiser.param_groups[0]["lr"])
    other.step()
    return other.state_dict()["state"]


def _array(value: Tensor | float) -> np.ndarray:
    return torch.as_tensor(value).detach().cpu().numpy()


def _tensor(place: str, array: np.ndarray | None, due: Tensor | float) -> Tensor:
    """``array`` as a tensor like ``due``, on its device."""
    due = torch.as_tensor(due)
    if array is None:
        raise InputError(f"{place}: its array is missing")
    tensor = torch.from_numpy(array)
    if tensor.shape != due.shape or tensor.dtype != due.dtype:
        raise InputError(
            f"{place} has shape {tuple(tensor.shape)} of {tensor.dtype}, "
            f"{tuple(due.shape)} of {due.dtype} is due"
        )
    return tensor.to(due.device)
