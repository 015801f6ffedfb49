"""The flooding decoder: all checks on the variables' sums, then all variables, each iteration."""

import numpy as np

from quant.golden.check import check_messages
from quant.golden.relaxation import updated, value_used
from quant.golden.rows import Row
from quant.golden.state import State
from quant.spec import Spec


def iteration(spec: Spec, state: State) -> tuple[np.ndarray, np.ndarray]:
    """One iteration; per running frame: verified bool, odd checks int32.

    A variable's sum is channel + all its messages, exact; what it tells a check is that sum less
    the check's own message. A frame is verified when the signs of the sums satisfy every check.
    """
    state.app = _update(spec, state)
    unsatisfied = odd_checks(state.rows, state.app < 0)
    return unsatisfied == 0, unsatisfied


def odd_checks(rows: list[Row], ones: np.ndarray) -> np.ndarray:
    """Per frame the checks that see an odd number of ones, int32; ones : (n_variables, frames)."""
    odd = np.zeros(ones.shape[1], dtype=np.int32)
    for row in rows:
        odd += np.logical_xor.reduce(ones[row.variables], axis=0).sum(axis=0, dtype=np.int32)
    return odd


def _update(spec: Spec, state: State) -> np.ndarray:
    """Update the stored messages in place and return the new sums."""
    sums, messages, after = state.app, state.messages, state.channel.copy()
    for row in state.rows:
        stored = messages[row.edges]
        v2c = sums[row.variables] - value_used(stored, spec.relaxation)
        new = check_messages(spec, state.iteration, row.edges, v2c)
        messages[row.edges] = stored = updated(stored, new, spec.relaxation)
        used = value_used(stored, spec.relaxation)
        for variables, message in zip(row.variables, used, strict=True):
            after[variables] += message  # a block edge's Z variables are distinct
    return after
