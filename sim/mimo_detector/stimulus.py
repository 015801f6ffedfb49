"""Stimulus for detectors: received vectors over changing channels, checked by golden."""

import numpy as np

from model.errors import InputError
from quant.mimo_detector import golden
from quant.mimo_detector.spec import DetectorSpec
from quant.words import Word
from sim.stimulus.frames import Contexts, Stimulus, user_fields

MOST_CHANNELS = 200  # the status counts them modulo 256
_FRAMES_PER_CHANNEL = 96
_SNR_DB = 12.0
_ARBITRARY, _FULL, _LOUD = 3, 2, 4
"""Numbers of the channels of arbitrary codes, of saturated entries, and received too loud."""


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
    _check_record(build)
    fields = user_fields(build, ["channel", "saturated", "dropped"])
    if ebn0_db is not None:
        raise InputError(f"--ebn0 is {ebn0_db:g}, but a detector's noise belongs to its channels")
    rng = np.random.default_rng(seed)
    count = min(MOST_CHANNELS, max(2, -(-frames // _FRAMES_PER_CHANNEL)))
    starts = [frames * number // count for number in range(count)]
    ends = [*starts[1:], frames]
    drawn = [_channel(spec, number, rng) for number in range(count)]
    codes = [_channel_codes(spec, build, number, h, rng) for number, h in enumerate(drawn)]
    y = np.concatenate(
        [_received(spec, number, h, ends[number] - starts[number], rng)
         for number, h in enumerate(drawn)]
    )  # fmt: skip
    limit = 1 << (8 * build["part_bytes"] - 1)
    y[5::16] = rng.integers(-limit, limit, y[5::16].shape)
    values, beyond = golden.values_of_codes(spec.y, y)
    y_saturated = beyond.any(axis=(-1, -2))
    outputs, status, tables = [], [], []
    for number, code in enumerate(codes):
        first, last = starts[number], [*starts, frames, frames][number + 2]
        matrices = _matrices(spec, code)
        tables.append(min(int(golden.saturated_groups(spec, matrices)), 0xFFFF))
        found = golden.detect(spec, matrices, values[first:last])
        low, _ = fields["saturated"]
        flags = (y_saturated[first:last] + 2 * found.r_saturated) << low
        beats = _pack_results(build, found)
        outputs.append({first + place: word for place, word in enumerate(beats)})
        status.append({first + place: int(flag) for place, flag in enumerate(flags)})
    return Stimulus(
        inputs=[_pack_received(build, frame, rng) for frame in y],
        outputs=[],
        status=[0] * frames,
        status_fields={
            "context": fields["channel"],
            "saturated": fields["saturated"],
            "dropped": fields["dropped"],
        },
        summary={
            "channels": count,
            "vectors_with_saturated_y": int(y_saturated.sum()),
            "vectors_with_saturated_r": sum(
                status[c][n] >> fields["saturated"][0] >> 1 & 1
                for c in range(count) for n in range(starts[c], ends[c])
            ),
            "groups_with_saturated_tables": sum(tables),
        },
        contexts=Contexts(
            prefix="s_axis_h",
            frames=[_pack_channel(build, code) for code in codes],
            starts=starts,
            outputs=outputs,
            number_signal="channel_number",
            dropped_signal="channel_dropped",
            reports={
                "channel_saturated": [_beyond(spec, code) for code in codes],
                "tables_saturated": tables,
            },
            status=status,
        ),
    )  # fmt: skip


def _check_record(build: dict) -> None:
    """``InputError`` for a build folder of another version of this program."""
    facts = ("antennas_per_beat", "part_bytes", "user_bytes", "channel_half_bits",
             "context_cycles", "options")  # fmt: skip
    missing = [name for name in facts if name not in build]
    missing += [name for name in ("output",) if name not in build.get("options", {})]
    if missing:
        raise InputError(f"build.json: field {missing[0]!r} is missing; build the folder again")


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Complex Gaussian numbers of power 1."""
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) * 0.5**0.5


def _noise_power(spec: DetectorSpec) -> float:
    return spec.users / spec.antennas * 10 ** (-_SNR_DB / 10)


def _channel(spec: DetectorSpec, number: int, rng: np.random.Generator) -> np.ndarray:
    """(N, U) complex."""
    h = _normal(rng, spec.antennas, spec.users) * spec.antennas**-0.5
    return h * 10 if number == _LOUD else h


def _received(
    spec: DetectorSpec, number: int, h: np.ndarray, vectors: int, rng: np.random.Generator
) -> np.ndarray:
    """(vectors, N, 2) codes of y."""
    levels = np.arange(-spec.largest_symbol, spec.largest_symbol + 1, 2) * spec.symbol_size
    parts = rng.choice(levels, (2, vectors, spec.users))
    noise = _normal(rng, vectors, spec.antennas) * _noise_power(spec) ** 0.5
    received, _ = golden.quantise_received(spec, (parts[0] + 1j * parts[1]) @ h.T + noise)
    return golden.codes_of_values(spec.y, received)


def _channel_codes(
    spec: DetectorSpec, build: dict, number: int, h: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(matrices, U, N, 2) codes as the stream carries them: H, W, perhaps W0."""
    half = 1 << (build["channel_half_bits"] - 1)
    shape = (len(spec.matrices), spec.users, spec.antennas, 2)
    if number == _ARBITRARY:
        return rng.integers(-half, half, shape)
    if number == _FULL:
        return rng.choice([-half, half - 1], shape)
    matrices = golden.channel_matrices(spec, h, _noise_power(spec))
    found = [getattr(matrices, name) for name in spec.matrices]
    found[0] = found[0].swapaxes(0, 1)
    return np.stack(
        [golden.codes_of_values(word, values)
         for word, values in zip(_words(spec), found, strict=True)]
    )  # fmt: skip


def _words(spec: DetectorSpec) -> list[Word]:
    """Of the matrices, in their order."""
    return [spec.h] + [spec.w] * (len(spec.matrices) - 1)


def _matrices(spec: DetectorSpec, codes: np.ndarray) -> golden.Matrices:
    """What the detector makes of a channel's stream."""
    values = [golden.values_of_codes(word, each)[0]
              for word, each in zip(_words(spec), codes, strict=True)]  # fmt: skip
    found = dict(zip(spec.matrices, values, strict=True))
    return golden.Matrices(
        found["h"].swapaxes(0, 1), found["w"], found.get("w0"), saturated={}
    )


def _beyond(spec: DetectorSpec, codes: np.ndarray) -> int:
    beyond = [golden.values_of_codes(word, each)[1]
              for word, each in zip(_words(spec), codes, strict=True)]  # fmt: skip
    return min(int(np.sum(beyond)), 0xFFFF)


def _pack_received(build: dict, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Beats of (N, 2) codes; random bytes fill the last beat."""
    width = build["part_bytes"]
    flat = codes.reshape(-1).astype(np.int8 if width == 1 else np.dtype("<i2")).view(np.uint8)
    per_beat = 2 * width * build["antennas_per_beat"]
    fill = rng.integers(0, 256, -len(flat) % per_beat).astype(np.uint8)
    return np.concatenate([flat, fill]).reshape(-1, per_beat)


def _pack_channel(build: dict, codes: np.ndarray) -> np.ndarray:
    kind = np.int8 if build["channel_half_bits"] == 8 else np.dtype("<i2")
    flat = codes.reshape(-1, 2).astype(kind)
    return flat.view(np.uint8).reshape(len(flat), -1)


def _pack_results(build: dict, found: golden.Detected) -> np.ndarray:
    """(vectors, U, bytes) beats."""
    if build["options"]["output"] == "llrs":
        return np.ascontiguousarray(found.llrs.astype(np.int8)).view(np.uint8)
    nibbles = found.symbols & 15
    return (nibbles[..., :1] | nibbles[..., 1:] << 4).astype(np.uint8)
