"""The integer reference: golden of the decoder, and what lies between its blocks."""

import numpy as np

from quant import golden
from quant.golden import Decoded
from quant.golden.channel import initial_app
from quant.restarts.spec import RestartSpec

_NEVER = np.iinfo(np.int64).max


def decode(spec: RestartSpec, codes: np.ndarray) -> Decoded:
    """Decode channel codes int8 (frames, n); without soft values and odd checks."""
    channel = initial_app(spec.decoder, codes)
    answers = [_start(spec, channel, np.array(start)) for start in spec.starts]
    metrics = np.stack([
        np.where(answer.decoded, distance(channel, answer.bits), _NEVER) for answer in answers
    ])  # fmt: skip
    chosen, frames = metrics.argmin(axis=0), np.arange(len(codes))
    return Decoded(
        np.stack([answer.bits for answer in answers])[chosen, frames],
        np.stack([answer.decoded for answer in answers])[chosen, frames],
        np.max([answer.iterations for answer in answers], axis=0),
    )


def distance(channel: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """The metric (frames,) of words: channel magnitudes (frames, n) where the signs differ."""
    return np.where(bits != (channel < 0), np.abs(channel.astype(np.int64)), 0).sum(axis=1)


def next_values(spec: RestartSpec, values: np.ndarray, app: np.ndarray) -> np.ndarray:
    """Values (frames, n) of the next block, from those of this one and what it ended with."""
    half = (1 << spec.damping) >> 1
    moved = values + ((app.astype(np.int64) - values + half) >> spec.damping)
    largest = spec.decoder.channel.largest
    return moved.clip(-largest, largest)[:, list(spec.rotation)]


def _start(spec: RestartSpec, channel: np.ndarray, start: np.ndarray) -> Decoded:
    """One start of all frames."""
    frames, n = channel.shape
    bits, decoded = np.zeros((frames, n), np.uint8), np.zeros(frames, bool)
    iterations = np.zeros(frames, np.uint8)
    left, values = np.arange(frames), channel.astype(np.int64)[:, start]
    place = start  # bit of the word that each bit of the block is
    for _ in range(spec.blocks):
        found = _block(spec, values)
        bits[left[:, None], place] = found.bits
        decoded[left] = found.decoded
        iterations[left] += found.iterations
        going = ~found.decoded
        if not going.any():
            break
        left = left[going]
        values = next_values(spec, values[going], found.soft[going])
        place = place[list(spec.rotation)]
    return Decoded(bits, decoded, iterations)


def _block(spec: RestartSpec, values: np.ndarray) -> Decoded:
    """A whole run of the decoder from values (frames, n)."""
    state = golden.start(spec.decoder, values=values)
    golden.iterate(spec.decoder, state, spec.decoder.iterations)
    return golden.finish(spec.decoder, state)
