"""Stimulus for detectors: received vectors over changing channels, checked by golden."""

import numpy as np

from model.errors import InputError
from quant.mimo_detector import golden
from quant.mimo_detector.spec import DetectorSpec
from sim.mimo_detector import packing
from sim.stimulus.frames import Stimulus, user_fields

_FRAMES_PER_CHANNEL = 96
_SNR_DB = 12.0


def make(
    spec: DetectorSpec, build: dict, frames: int, ebn0_db: float | None, seed: int
) -> Stimulus:
    """Return ``frames`` received vectors, a channel for every 96 of them (at least 2), and results.

    Most channels are i.i.d. Rayleigh with noise at 12 dB (power of the signal received by an
    antenna over the noise's); one saturates everywhere, one holds any codes the stream can carry,
    and one comes ten times too strong. One vector in sixteen is made of any codes. Any vector may
    meet its own channel or the one before, as the hardware switches when it is ready: golden says
    what is right for each.
    """
    packing.check_record(build, ("user_bytes", "options"))
    fields = user_fields(build, ["channel", "saturated", "dropped"])
    if ebn0_db is not None:
        raise InputError(f"--ebn0 is {ebn0_db:g}, but a detector's noise belongs to its channels")
    rng = np.random.default_rng(seed)
    starts, ends = packing.spread(frames, _FRAMES_PER_CHANNEL)
    count = len(starts)
    drawn = [_channel(spec, number, rng) for number in range(count)]
    channels = [packing.channel(spec, build, number, h, _noise_power(spec), rng)
                for number, h in enumerate(drawn)]  # fmt: skip
    y = np.concatenate(
        [_received(spec, number, h, ends[number] - starts[number], rng)
         for number, h in enumerate(drawn)]
    )  # fmt: skip
    limit = 1 << (8 * build["part_bytes"] - 1)
    y[5::16] = rng.integers(-limit, limit, y[5::16].shape)
    values, beyond = golden.values_of_codes(spec.y, y)
    y_saturated = beyond.any(axis=(-1, -2))
    outputs, status, tables = [], [], []
    for number, channel in enumerate(channels):
        first, last = starts[number], [*starts, frames, frames][number + 2]
        matrices = packing.matrices_of(spec, channel.codes)
        tables.append(packing.saturated_tables(spec, matrices))
        found = golden.detect(spec, matrices, values[first:last])
        low, _ = fields["saturated"]
        flags = (y_saturated[first:last] + 2 * found.r_saturated) << low
        beats = _pack_results(build, found)
        outputs.append({first + place: word for place, word in enumerate(beats)})
        status.append({first + place: int(flag) for place, flag in enumerate(flags)})
    inputs = [packing.pack_received(build, frame, rng) for frame in y]
    summary = {
        "channels": count,
        "vectors_with_saturated_y": int(y_saturated.sum()),
        "vectors_with_saturated_r": sum(
            status[c][n] >> fields["saturated"][0] >> 1 & 1
            for c in range(count) for n in range(starts[c], ends[c])
        ),
        "groups_with_saturated_tables": sum(tables),
    }  # fmt: skip
    return packing.over_channels(
        spec, build, fields, inputs, starts, channels, tables, outputs, status, summary
    )


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Complex Gaussian numbers of power 1."""
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) * 0.5**0.5


def _noise_power(spec: DetectorSpec) -> float:
    return spec.users / spec.antennas * 10 ** (-_SNR_DB / 10)


def _channel(spec: DetectorSpec, number: int, rng: np.random.Generator) -> np.ndarray:
    """(N, U) complex."""
    h = _normal(rng, spec.antennas, spec.users) * spec.antennas**-0.5
    return h * 10 if number == packing.LOUD else h


def _received(
    spec: DetectorSpec, number: int, h: np.ndarray, vectors: int, rng: np.random.Generator
) -> np.ndarray:
    """(vectors, N, 2) codes of y."""
    levels = np.arange(-spec.largest_symbol, spec.largest_symbol + 1, 2) * spec.symbol_size
    parts = rng.choice(levels, (2, vectors, spec.users))
    noise = _normal(rng, vectors, spec.antennas) * _noise_power(spec) ** 0.5
    received, _ = golden.quantise_received(spec, (parts[0] + 1j * parts[1]) @ h.T + noise)
    return golden.codes_of_values(spec.y, received)


def _pack_results(build: dict, found: golden.Detected) -> np.ndarray:
    """(vectors, U, bytes) beats."""
    if build["options"]["output"] == "llrs":
        return np.ascontiguousarray(found.llrs.astype(np.int8)).view(np.uint8)
    nibbles = found.symbols & 15
    return (nibbles[..., :1] | nibbles[..., 1:] << 4).astype(np.uint8)
