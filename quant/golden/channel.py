"""Channel quantiser and the APP values that a frame starts from."""

import numpy as np

from quant.retries import values_of_try
from quant.spec import Spec


def quantise_llr(spec: Spec, llr: np.ndarray) -> np.ndarray:
    """LLR (frames, n) in transmitted order to channel codes, int8 of the same shape."""
    channel = spec.channel
    if channel.values:
        steps = np.asarray(llr, dtype=np.float64) / channel.lsb_llr
        index = np.searchsorted(channel.cuts, steps, side="right")
        mirrored = np.searchsorted(channel.cuts, -steps, side="left")
        return np.where(steps >= 0, index, -1 - mirrored).astype(np.int8)
    offset = 0.0 if channel.rise == "mid_rise" else 0.5
    code = np.floor(np.asarray(llr, dtype=np.float64) / channel.lsb_llr + offset)
    return np.clip(code, channel.minimum_code, channel.maximum_code).astype(np.int8)


def saturate_code(spec: Spec, code: np.ndarray) -> np.ndarray:
    """Any int8 from the stream to the channel's range, as the loader does it."""
    return np.clip(code, spec.channel.minimum_code, spec.channel.maximum_code)


def initial_app(spec: Spec, codes: np.ndarray) -> np.ndarray:
    """Channel codes (frames, n) to APP values, int32 (frames, n_variables).

    Erased bits start at 0, known-zero bits at the largest channel value.
    """
    channel, z = spec.channel, spec.code.lifting_size
    known = np.repeat([fill == "zero" for fill in spec.code.fill], z)
    steps = np.where(known, channel.steps_of(channel.maximum_code), 0).astype(np.int32)
    steps = np.broadcast_to(steps, (len(codes), spec.n_variables)).copy()
    steps[:, spec.transmitted] = channel.steps_of(saturate_code(spec, codes).astype(np.int32))
    return steps << channel.app_shift


def largest_value(spec: Spec) -> int:
    """Largest magnitude in APP LSB of a channel value that does not come from a code.

    The APP range where sums saturate; where none does, widths are those of the channel's values.
    """
    exact = spec.flooding or spec.adds_exactly
    return spec.channel.largest if exact else spec.app_max


def checked_values(spec: Spec, values: np.ndarray) -> np.ndarray:
    """Channel values (frames, n_variables) as int16; ``ValueError`` for one that is too large, or
    that no code stands for where another try has channel values of its own.
    """
    values = np.asarray(values)
    if values.ndim != 2 or values.shape[1] != spec.n_variables or values.dtype.kind not in "iu":
        raise ValueError(
            f"values are {values.dtype} of shape {values.shape}, integers of shape (frames, "
            f"{spec.n_variables}) are due"
        )
    limit = largest_value(spec)
    if values.size and (values.max() > limit or values.min() < -limit):
        raise ValueError(f"values: {values.min()} to {values.max()}, must be -{limit} to {limit}")
    for number in range(1, len(spec.tries)):
        values_of_try(spec, number, values)
    return values.astype(np.int16)
