"""The integer reference: NumPy, one file per hardware block, composed as the hardware is.

A decoder may be left after any iteration and entered again: :func:`start`, :func:`iterate` and
:func:`finish` are what :func:`decode` does in one go.
"""

import numpy as np

from quant.golden import flooding, layered
from quant.golden.channel import checked_values, initial_app, quantise_llr
from quant.golden.decoded import Decoded, joined
from quant.golden.state import State
from quant.spec import Spec

__all__ = ["Decoded", "State", "decode", "finish", "iterate", "quantise_llr", "start"]


def start(
    spec: Spec, codes: np.ndarray | None = None, *, values: np.ndarray | None = None
) -> State:
    """Frames before their first iteration, from one of the two.

    codes : (frames, n) integers in transmitted order, values of an int8
    values : (frames, n_variables) integers in APP LSB, the channel values of all variables of the
        graph, transmitted or not; ``ValueError`` for one beyond
        :func:`quant.golden.channel.largest_value`
    """
    if (codes is None) == (values is None):
        raise ValueError("start: either codes or values are due")
    if values is not None:
        return State.of_values(spec, checked_values(spec, values))
    return State.of_values(spec, initial_app(spec, codes))


def iterate(spec: Spec, state: State, iterations: int = 1) -> None:
    """Up to so many more iterations, in place.

    A frame ends when the spec says so: verified where there is early stop, or after the last
    iteration of the last try.
    """
    schedule = flooding if spec.flooding else layered
    for _ in range(iterations):
        if not len(state.running):
            return
        now = spec.tries[state.number]
        state.verified, state.unsatisfied = schedule.iteration(now, state)
        state.iteration += 1
        tried = state.iteration == now.iterations
        last = tried and state.number == len(spec.retries)
        done = np.full(len(state.running), True) if last else state.verified & spec.early_stop
        if done.any():
            state.end(done)
        if tried and len(state.running):
            state.try_again(spec)


def finish(spec: Spec, state: State) -> Decoded:
    """The results; of frames still running those that ending now would give. Changes nothing.

    Before the first iteration nothing is verified, and the channel values' odd checks count.
    """
    if state.before + state.iteration == 0:
        state.unsatisfied = flooding.odd_checks(state.rows, state.app < 0)
    return state.decoded_frames()


def decode(spec: Spec, codes: np.ndarray, batch: int = 256) -> Decoded:
    """Decode channel codes, integer (frames, n) in transmitted order, values of an int8.

    ``batch`` frames are decoded side by side. ``ValueError`` without any frame.
    """
    if not len(codes):
        raise ValueError("decode: no frames given")
    parts = []
    for first in range(0, len(codes), batch):
        state = start(spec, codes[first : first + batch])
        iterate(spec, state, spec.most_iterations)
        parts.append(finish(spec, state))
    return joined(parts)
