"""Stimulus for 1-bit precoders: random symbols over changing channels, checked by golden."""

import math

import numpy as np

from model.errors import InputError
from model.mimo import channels
from quant.precoder import golden
from quant.precoder.spec import PrecoderSpec
from sim.precoder import coefficients
from sim.stimulus.frames import Contexts, Stimulus, pack_bits, user_fields

MOST_CHANNELS = 200  # the status counts them modulo 256
_FRAMES_PER_CHANNEL = 96


def make(
    spec: PrecoderSpec, build: dict, frames: int, ebn0_db: float | None, seed: int
) -> Stimulus:
    """Return ``frames`` symbol vectors, a channel for every 96 of them (at least 2), and the bits.

    Most channels are i.i.d. Rayleigh as scaled by the spec; every fifth is line of sight, one
    saturates everywhere and one holds any codes the stream can carry. One vector in sixteen has
    parts outside the constellation. Any vector may meet its own channel or the one before, as the
    hardware switches when it is ready: golden says what is right for each.
    """
    _check_record(build)
    fields = user_fields(build, ["channel", "dropped"])
    if ebn0_db is not None:
        raise InputError(f"--ebn0 is {ebn0_db:g}, but a precoder has no noise")
    rng = np.random.default_rng(seed)
    writes = []
    if build["options"]["writable"]:
        spec = coefficients.other(spec, build, rng)
        writes = coefficients.writes(spec, build)
    count = min(MOST_CHANNELS, max(2, -(-frames // _FRAMES_PER_CHANNEL)))
    starts = [frames * number // count for number in range(count)]
    half_bits = build["channel_half_bits"]
    codes = [_channel_codes(spec, number, half_bits, rng) for number in range(count)]
    nibbles, symbols = _symbols(spec, frames, rng)
    outputs, saturated = [], 0
    for number, code in enumerate(codes):
        first, last = starts[number], [*starts, frames, frames][number + 2]
        result = golden.precode(spec, _values(spec, code), symbols[first:last])
        words = [_pack(build, bits) for bits in result.bits]
        outputs.append({first + place: word for place, word in enumerate(words)})
        saturated += result.saturated
    return Stimulus(
        inputs=[_pack_symbols(build, frame, rng) for frame in nibbles],
        outputs=[],
        status=[0] * frames,
        status_fields={"context": fields["channel"], "dropped": fields["dropped"]},
        writes=writes,
        summary={"channels": count, "vectors_with_saturated_u": saturated},
        contexts=Contexts(
            prefix="s_axis_h",
            frames=[_pack_channel(code, half_bits) for code in codes],
            starts=starts,
            outputs=outputs,
            number_signal="channel_number",
            dropped_signal="channel_dropped",
            reports={"channel_saturated": [_beyond(spec, code) for code in codes]},
        ),
    )


def _check_record(build: dict) -> None:
    """``InputError`` for a build folder of another version of this program."""
    facts = ("users_per_beat", "antennas_per_beat", "channel_half_bits", "context_cycles",
             "coefficient_frac_bits", "coefficient_step_scale", "options")  # fmt: skip
    options = build.get("options", {})
    missing = [name for name in facts if name not in build]
    missing += [name for name in ("output", "amplitude", "writable") if name not in options]
    if missing:
        raise InputError(f"build.json: field {missing[0]!r} is missing; build the folder again")


def _channel_codes(
    spec: PrecoderSpec, number: int, half_bits: int, rng: np.random.Generator
) -> np.ndarray:
    """(U, B, 2) codes as the stream carries them."""
    shape = (spec.users, spec.antennas)
    if number == 3:
        limit = 1 << (half_bits - 1)
        return rng.integers(-limit, limit, (*shape, 2))
    model = channels.line_of_sight if number % 5 == 4 and _apart(spec) else channels.rayleigh
    h = model(1, *shape, rng)[0] * (100 if number == 2 else 1)
    values, _ = golden.quantise_channel(spec, h)
    return values >> 1 if spec.h.rise == "mid_rise" else values


def _apart(spec: PrecoderSpec) -> bool:
    """So few users that random angles separate them."""
    return 4 * spec.users <= spec.antennas


def _limits(spec: PrecoderSpec) -> tuple[int, int]:
    highest = (1 << (spec.h.bits - 1)) - 1
    return (-highest - 1 if spec.h.rise == "mid_rise" else -highest), highest


def _values(spec: PrecoderSpec, codes: np.ndarray) -> np.ndarray:
    """Values of ``spec.h`` for the stream's codes, which saturate."""
    clipped = np.clip(codes, *_limits(spec))
    return 2 * clipped + 1 if spec.h.rise == "mid_rise" else clipped


def _beyond(spec: PrecoderSpec, codes: np.ndarray) -> int:
    return int(np.count_nonzero(codes != np.clip(codes, *_limits(spec))))


def _symbols(spec: PrecoderSpec, frames: int, rng: np.random.Generator):
    """Nibbles as the stream carries them and the odd integers they stand for."""
    largest = spec.largest_symbol
    nibbles = rng.integers(-(largest + 1) // 2, (largest + 1) // 2, (frames, spec.users, 2)) * 2
    nibbles[5::16] = rng.integers(-8, 8, nibbles[5::16].shape)
    nibbles += rng.integers(0, 2, nibbles.shape) & (nibbles % 2 == 0)  # bit 0 does not count
    return nibbles, np.clip(nibbles | 1, -largest, largest)


def _pack_symbols(build: dict, nibbles: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A byte a user, real part low; random bytes fill the last beat."""
    per_beat = build["users_per_beat"]
    used = (nibbles[:, 0] & 15) | (nibbles[:, 1] & 15) << 4
    fill = rng.integers(0, 256, -len(used) % per_beat)
    return np.concatenate([used, fill]).astype(np.uint8).reshape(-1, per_beat)


def _pack_channel(codes: np.ndarray, half_bits: int) -> np.ndarray:
    kind = np.int8 if half_bits == 8 else np.dtype("<i2")
    return codes.reshape(-1, 2).astype(kind).view(np.uint8).reshape(len(codes.reshape(-1, 2)), -1)


def _pack(build: dict, bits: np.ndarray) -> np.ndarray:
    """Beats of (B, 2) bits: two bits an antenna, or +-amplitude as int16 pairs."""
    options = build["options"]
    if options["output"] == "bits":
        return pack_bits(bits.reshape(-1), 2 * build["antennas_per_beat"])
    per_beat = build["antennas_per_beat"]
    padded = np.zeros((math.ceil(len(bits) / per_beat) * per_beat, 2), dtype=np.uint8)
    padded[: len(bits)] = bits
    levels = np.where(padded == 1, -options["amplitude"], options["amplitude"]).astype("<i2")
    return levels.reshape(-1, 2 * per_beat).view(np.uint8)
