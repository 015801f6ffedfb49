"""The flooding decoder: all checks on the variables' sums, then all variables, each iteration."""

import numpy as np

from quant.golden.channel import initial_app
from quant.golden.check import check_messages
from quant.golden.decoded import Answers, Decoded
from quant.golden.relaxation import updated, value_used
from quant.golden.rows import Row, block_rows
from quant.spec import Spec


def decode_batch(spec: Spec, codes: np.ndarray) -> Decoded:
    """Decode channel codes, integer (frames, n) in transmitted order, values of an int8.

    A variable's sum is channel + all its messages, exact; what it tells a check is that sum less
    the check's own message. A frame is verified when the signs of the sums satisfy every check.
    """
    rows, frames = block_rows(spec), len(codes)
    # (variables, frames): a row's gather then copies whole contiguous rows
    channel = np.ascontiguousarray(initial_app(spec, codes).T.astype(np.int16))
    sums = channel
    state = np.zeros((spec.n_block_edges, spec.code.lifting_size, frames), dtype=np.int16)
    answers = Answers(frames, spec.n_variables, spec.iterations)
    for iteration in range(spec.iterations):
        sums = _update(spec, rows, iteration, channel, sums, state)
        verified = _satisfied(rows, sums < 0)
        last = iteration == spec.iterations - 1
        done = np.full(len(verified), True) if last else verified & spec.early_stop
        if done.any():
            answers.end(done, sums, verified, iteration)
            channel, sums, state = channel[:, ~done], sums[:, ~done], state[:, :, ~done]
        if not len(answers.running):
            break
    return answers.decoded_frames()


def _update(
    spec: Spec,
    rows: list[Row],
    iteration: int,
    channel: np.ndarray,
    sums: np.ndarray,
    state: np.ndarray,
) -> np.ndarray:
    """Update ``state`` in place and return the new sums."""
    after = channel.copy()
    for row in rows:
        stored = state[row.edges]
        v2c = sums[row.variables] - value_used(stored, spec.relaxation)
        new = check_messages(spec, iteration, row.edges, v2c)
        state[row.edges] = stored = updated(stored, new, spec.relaxation)
        used = value_used(stored, spec.relaxation)
        for variables, message in zip(row.variables, used, strict=True):
            after[variables] += message  # a block edge's Z variables are distinct
    return after


def _satisfied(rows: list[Row], ones: np.ndarray) -> np.ndarray:
    """Per frame: every check sees an even number of ones; ``ones`` (n_variables, frames) bool."""
    even = np.ones(ones.shape[1], dtype=bool)
    for row in rows:
        even &= ~np.logical_xor.reduce(ones[row.variables], axis=0).any(axis=0)
    return even
