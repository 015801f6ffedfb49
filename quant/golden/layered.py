"""The layered decoder: layers in the spec's order, all Z rows of a layer at once."""

import numpy as np

from quant.golden.arithmetic import saturate
from quant.golden.check import check_messages
from quant.golden.relaxation import updated, value_used
from quant.golden.rows import Row
from quant.golden.state import State
from quant.spec import Spec


def iteration(spec: Spec, state: State) -> tuple[np.ndarray, np.ndarray]:
    """One iteration in place; per running frame: verified bool, odd checks int32.

    A frame is verified when every check was even right after its update and no layer after the
    first changed a bit: later layers may have broken what an earlier one found even.
    """
    verified, unsatisfied, _ = watched_iteration(spec, state)
    return verified, unsatisfied


def watched_iteration(spec: Spec, state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same, and (running,) bool: whether any layer, the first as well, changed a bit."""
    frames = state.app.shape[1]
    verified = np.ones(frames, dtype=bool)
    any_changed = np.zeros(frames, dtype=bool)
    odd_rows = np.zeros((spec.code.lifting_size, frames), dtype=_count_type(spec))
    for position, layer in enumerate(state.rows):
        odd, changed = _update_layer(spec, layer, state.iteration, state.app, state.messages)
        odd_rows += odd
        any_changed |= changed
        if position:
            verified &= ~changed
    unsatisfied = odd_rows.sum(axis=0, dtype=np.int32)
    return verified & (unsatisfied == 0), unsatisfied, any_changed


def _count_type(spec: Spec) -> type:
    """A type that counts as many checks as there are layers."""
    return np.uint8 if len(spec.layer_order) < 256 else np.uint32


def _update_layer(
    spec: Spec, layer: Row, iteration: int, app: np.ndarray, messages: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Update ``app`` and ``messages`` in place.

    Returns
    -------
    odd : (Z, frames) bool, parity of each check on the new values
    changed : (frames,) bool, the layer changed a hard decision
    """
    before = app[layer.variables]  # (degree, Z, frames)
    stored = messages[layer.edges]
    v2c = before - value_used(stored, spec.relaxation)
    new = check_messages(spec, iteration, layer.edges, v2c)
    stored = updated(stored, new, spec.relaxation)
    messages[layer.edges] = stored
    after = saturate(v2c + value_used(stored, spec.relaxation), spec.app_max)
    app[layer.variables] = after
    ones = after < 0
    odd = np.logical_xor.reduce(ones, axis=0)
    changed = (ones != (before < 0)).any(axis=0).any(axis=0)
    return odd, changed
