"""The layered decoder: layers in the spec's order, all Z rows of a layer at once."""

import numpy as np

from quant.golden.arithmetic import saturate
from quant.golden.channel import initial_app
from quant.golden.check import check_messages
from quant.golden.decoded import Answers, Decoded
from quant.golden.relaxation import updated, value_used
from quant.golden.rows import Row, block_rows
from quant.spec import Spec


def decode_batch(spec: Spec, codes: np.ndarray) -> Decoded:
    """Decode channel codes, integer (frames, n) in transmitted order, values of an int8."""
    rows, frames = block_rows(spec), len(codes)
    layers = [rows[row] for row in spec.layer_order]
    # (variables, frames): a layer's gather then copies whole contiguous rows
    app = np.ascontiguousarray(initial_app(spec, codes).T.astype(np.int16))
    state = np.zeros((spec.n_block_edges, spec.code.lifting_size, frames), dtype=np.int16)
    answers = Answers(frames, spec.n_variables, spec.iterations)
    for iteration in range(spec.iterations):
        verified = np.ones(len(answers.running), dtype=bool)
        for position, layer in enumerate(layers):
            even, changed = _update_layer(spec, layer, iteration, app, state)
            verified &= even
            if position:
                verified &= ~changed
        last = iteration == spec.iterations - 1
        done = np.full(len(verified), True) if last else verified & spec.early_stop
        if done.any():
            answers.end(done, app, verified, iteration)
            app, state = app[:, ~done], state[:, :, ~done]
        if not len(answers.running):
            break
    return answers.decoded_frames()


def _update_layer(
    spec: Spec, layer: Row, iteration: int, app: np.ndarray, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Update ``app`` and ``state`` in place; return per frame: parity even, any bit changed."""
    before = app[layer.variables]  # (degree, Z, frames)
    stored = state[layer.edges]
    v2c = before - value_used(stored, spec.relaxation)
    new = check_messages(spec, iteration, layer.edges, v2c)
    stored = updated(stored, new, spec.relaxation)
    state[layer.edges] = stored
    after = saturate(v2c + value_used(stored, spec.relaxation), spec.app_max)
    app[layer.variables] = after
    odd = np.logical_xor.reduce(after < 0, axis=0).any(axis=0)
    changed = ((after < 0) != (before < 0)).any(axis=(0, 1))
    return ~odd, changed
