"""Streams of a detector in bytes: what a core takes, and what it makes of it."""

from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from quant.mimo_detector import golden, preprocess
from quant.mimo_detector.preprocess import CORE, HOST
from quant.mimo_detector.spec import DetectorSpec
from quant.words import Word
from sim.stimulus.frames import Contexts, Stimulus

MOST_COUNTED = 0xFFFF
"""Where the counts of saturated parts and tables stop."""

MOST_CHANNELS = 200  # the status counts them modulo 256

TWINS, FULL, ARBITRARY, LOUD = 1, 2, 3, 4
"""Numbers of the channels of two users alike without noise, where the core makes W and W0 (a host
refuses), of saturated entries, of arbitrary codes, and received too loud."""


def check_record(build: dict, facts: tuple[str, ...]) -> None:
    """``InputError`` for a build folder of another version of this program."""
    usual = ("antennas_per_beat", "part_bytes", "channel_half_bits", "context_cycles")
    missing = [name for name in (*usual, *facts) if name not in build]
    missing += [name for name in ("output",) if name not in build.get("options", {})]
    if missing:
        raise InputError(f"build.json: field {missing[0]!r} is missing; build the folder again")


def spread(frames: int, per_channel: int) -> tuple[list[int], list[int]]:
    """First frame of every channel, and the one behind its last; at least two channels."""
    count = min(MOST_CHANNELS, max(2, -(-frames // per_channel)))
    starts = [frames * number // count for number in range(count)]
    return starts, [*starts[1:], frames]


@dataclass(frozen=True, eq=False)
class Channel:
    """A channel on its way.

    stream : (beats, 2) codes as they come
    codes : (matrices, U, N, 2) as the detector takes them: H, W, perhaps W0
    saturated : as the core says, where it makes W and W0
    """

    stream: np.ndarray
    codes: np.ndarray
    saturated: bool = False


def over_channels(
    spec: DetectorSpec, build: dict, fields: dict, inputs: list[np.ndarray], starts: list[int],
    channels: list[Channel], tables: list[int], outputs: list[dict], status: list[dict],
    summary: dict, **more,
) -> Stimulus:  # fmt: skip
    """The stimulus of a core whose frames meet channels.

    Parameters
    ----------
    fields : of ``m_axis_tuser``
    channels, tables : all of them, and how many groups of each have tables that saturate
    inputs, starts, outputs, status, summary, more : as :class:`Stimulus` and :class:`Contexts` have
        them
    """
    saturated = {}
    if in_core(build):
        saturated = {"matrices_saturated": [int(channel.saturated) for channel in channels]}
    return Stimulus(
        inputs=inputs,
        outputs=[],
        status=[0] * len(inputs),
        status_fields={
            "context": fields["channel"],
            "saturated": fields["saturated"],
            "dropped": fields["dropped"],
        },
        summary=summary,
        contexts=Contexts(
            prefix="s_axis_h",
            frames=[pack_channel(build, channel.stream) for channel in channels],
            starts=starts,
            outputs=outputs,
            number_signal="channel_number",
            dropped_signal="channel_dropped",
            reports={
                "channel_saturated": [saturated_parts(spec, c.codes) for c in channels],
                "tables_saturated": tables,
                **saturated,
            },
            status=status,
            **more,
        ),
    )


def in_core(build: dict) -> bool:
    """Whether the core makes W and W0."""
    return build["options"].get("matrices", HOST) == CORE


def channel(
    spec: DetectorSpec, build: dict, number: int, h: np.ndarray, noise_power: float,
    rng: np.random.Generator,
) -> Channel:  # fmt: skip
    """What comes of channel ``number``; h : that it is, which some numbers do not look at."""
    computed = in_core(build)
    codes = _channel_codes(spec, build, number, h, noise_power, rng, h_alone=computed)
    if not computed:
        return Channel(codes.reshape(-1, 2), codes)
    noise = preprocess.noise_code(spec, noise_power)
    if number == TWINS:
        codes[0, 0] = codes[0, -1]
        noise[:] = 0
    if number in (ARBITRARY, FULL):
        noise = rng.integers(0, 1 << build["channel_half_bits"], 2)
    values, _ = golden.values_of_codes(spec.h, codes[0].swapaxes(0, 1))
    made = preprocess.prepare(spec, values, preprocess.noise_of(spec, noise))
    stream = np.concatenate([codes[0].reshape(-1, 2), noise[None]])
    return Channel(stream, np.stack([codes[0], made.w, made.w0]), bool(made.saturated))


def _channel_codes(
    spec: DetectorSpec, build: dict, number: int, h: np.ndarray, noise_power: float,
    rng: np.random.Generator, h_alone: bool,
) -> np.ndarray:  # fmt: skip
    """(matrices, U, N, 2) codes: H, W, perhaps W0; or (1, U, N, 2) of H alone."""
    half = 1 << (build["channel_half_bits"] - 1)
    shape = (1 if h_alone else len(spec.matrices), spec.users, spec.antennas, 2)
    if number == ARBITRARY:
        return rng.integers(-half, half, shape)
    if number == FULL:
        return rng.choice([-half, half - 1], shape)
    if h_alone:
        parts = np.stack([h.real, h.imag], axis=-1) / spec.h_step
        values, _ = golden.quantise_real(parts, spec.h)
        return golden.codes_of_values(spec.h, values.swapaxes(0, 1))[None]
    matrices = golden.channel_matrices(spec, h, noise_power)
    found = [getattr(matrices, name) for name in spec.matrices]
    found[0] = found[0].swapaxes(0, 1)
    return np.stack(
        [golden.codes_of_values(word, values)
         for word, values in zip(_words(spec), found, strict=True)]
    )  # fmt: skip


def _words(spec: DetectorSpec) -> list[Word]:
    """Of the matrices, in their order."""
    return [spec.h] + [spec.w] * (len(spec.matrices) - 1)


def matrices_of(spec: DetectorSpec, codes: np.ndarray) -> golden.Matrices:
    """What the detector makes of a channel's stream."""
    values = [golden.values_of_codes(word, each)[0]
              for word, each in zip(_words(spec), codes, strict=True)]  # fmt: skip
    found = dict(zip(spec.matrices, values, strict=True))
    return golden.Matrices(
        found["h"].swapaxes(0, 1), found["w"], found.get("w0"), saturated={}
    )


def saturated_parts(spec: DetectorSpec, codes: np.ndarray) -> int:
    """Of a channel's stream, as the core counts them."""
    beyond = [golden.values_of_codes(word, each)[1]
              for word, each in zip(_words(spec), codes, strict=True)]  # fmt: skip
    return min(int(np.sum(beyond)), MOST_COUNTED)


def saturated_tables(spec: DetectorSpec, matrices: golden.Matrices) -> int:
    """Groups of a channel, as the core counts them."""
    return min(int(golden.saturated_groups(spec, matrices)), MOST_COUNTED)


def pack_received(build: dict, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Beats of (N, 2) codes; random bytes fill the last beat."""
    width = build["part_bytes"]
    flat = codes.reshape(-1).astype(np.int8 if width == 1 else np.dtype("<i2")).view(np.uint8)
    per_beat = 2 * width * build["antennas_per_beat"]
    fill = rng.integers(0, 256, -len(flat) % per_beat).astype(np.uint8)
    return np.concatenate([flat, fill]).reshape(-1, per_beat)


def pack_channel(build: dict, codes: np.ndarray) -> np.ndarray:
    """Beats of a channel's codes."""
    kind = np.int8 if build["channel_half_bits"] == 8 else np.dtype("<i2")
    flat = codes.reshape(-1, 2).astype(kind)
    return flat.view(np.uint8).reshape(len(flat), -1)
