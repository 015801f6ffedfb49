"""Stimulus for decoders of both schedules: random codewords through AWGN, checked by golden."""

from collections.abc import Mapping, Sequence

import numpy as np

from hw.frame.options import CODEWORD, DECISIONS, HARD, INFORMATION, OUTPUTS
from hw.frame.status import RETRY
from model.errors import InputError
from model.printable import shown
from quant import golden
from quant.min_sum.soft_output import SoftOutput
from quant.operating_point import RandomFrames, half_failing_db
from quant.retries import try_of
from quant.spec import Spec
from sim.stimulus.frames import Stimulus, pack_bits, pack_codes, user_fields

# Share of the frames, distance in dB from the point where half the frames fail: failures at full
# iterations, late stops, and stops after one or two iterations all have to occur.
_MIX = ((0.10, -0.8), (0.25, 0.0), (0.25, 0.3), (0.20, 0.7), (0.15, 1.5), (0.05, 4.0))
_STRESS = 4  # frames no channel makes: extreme, silent and out-of-range codes


def make(spec: Spec, build: dict, frames: int, ebn0_db: float | None, seed: int) -> Stimulus:
    """Return ``frames`` frames and what golden makes of them.

    With ``ebn0_db`` every frame is random information, encoded, through AWGN at that Eb/N0. With
    None the frames spread around the waterfall, and from 16 frames on the last few are extreme
    codes. ``build`` supplies ``llrs_per_beat`` and ``bits_per_beat``.
    """
    rng = np.random.default_rng(seed)
    return of_codes(spec, build, mixed_codes(spec, frames, ebn0_db, rng), rng)


def of_codes(spec: Spec, build: dict, codes: np.ndarray, rng: np.random.Generator) -> Stimulus:
    """Stimulus of given channel codes, int8 (frames, n); ``rng`` fills unused bytes of beats."""
    leaving, soft = leaving_of(spec, build), SoftOutput.of(spec)
    due = golden.decode(spec, codes)
    return of_answers(build, codes, due, rng, leaving, soft, more_status(spec, due))


def more_status(spec: Spec, due: golden.Decoded) -> dict[str, np.ndarray]:
    """Of a spec with retries: which of them has verified each frame."""
    return {RETRY: try_of(spec, due.decoded, due.iterations)} if spec.retries else {}


def of_answers(
    build: dict,
    codes: np.ndarray,
    due: golden.Decoded,
    rng: np.random.Generator,
    leaving: np.ndarray | slice = slice(None),
    soft: SoftOutput | None = None,
    more: Mapping[str, np.ndarray] | None = None,
) -> Stimulus:
    """Stimulus of channel codes and of what is ``due`` for them, of whatever has a shell.

    ``rng`` fills unused bytes of beats; ``leaving`` are the variables whose bits, or values, come
    out, ``soft`` says what a value's byte stands for. The status has the fields that all decoders
    have (:data:`hw.frame.status.DECODER`) and those of ``more``, at the places that build.json
    names.
    """
    per_beat, bits_per_beat = (_width(build, name) for name in ("llrs_per_beat", "bits_per_beat"))
    said = {"decoded": due.decoded, "iterations": due.iterations, **(more or {})}
    frames, fields = len(codes), user_fields(build, said)
    padding = rng.integers(-128, 128, size=(frames, per_beat))
    status = sum(value.astype(int) << fields[name][0] for name, value in said.items())
    decoded = int(np.count_nonzero(due.decoded))
    return Stimulus(
        inputs=[pack_codes(c, per_beat, p) for c, p in zip(codes, padding, strict=True)],
        outputs=_outputs(build, due, leaving, bits_per_beat, soft or SoftOutput()),
        status=[int(word) for word in status],
        status_fields=fields,
        summary={
            "decoded": decoded,
            "not_decoded": frames - decoded,
            "mean_iterations": round(float(np.mean(due.iterations)), 2),
        },
    )


def leaving_of(spec: Spec, build: dict) -> np.ndarray | slice:
    """Which variables' bits a frame's beats carry, as the build's options say."""
    output = _option(build, "output", CODEWORD, OUTPUTS)
    return spec.information_positions if output == INFORMATION else slice(None)


def _outputs(build: dict, due: golden.Decoded, leaving, per_beat: int, soft: SoftOutput) -> list:
    """Beats of each frame: bits, or a byte for each value."""
    if not is_soft(build):
        return [pack_bits(bits, per_beat) for bits in due.bits[:, leaving]]
    none = np.zeros(per_beat, np.int8)
    return [pack_codes(frame, per_beat, none) for frame in soft.bytes_of(due.soft[:, leaving])]


def is_soft(build: dict) -> bool:
    """Whether a build's beats carry a byte for each bit."""
    return _option(build, "decisions", HARD, DECISIONS) != HARD


def bits_of(build: dict, beats: np.ndarray) -> np.ndarray:
    """Hard decisions of a frame's beats (beats, bytes) uint8, uint8 with the last beat's padding.

    A byte's sign is its value's: :class:`quant.min_sum.soft_output.SoftOutput`.
    """
    if is_soft(build):
        return (beats.reshape(-1).view(np.int8) < 0).astype(np.uint8)
    width = _width(build, "bits_per_beat")
    return np.unpackbits(beats, axis=1, bitorder="little")[:, :width].reshape(-1)


def _option(build: dict, name: str, default: str, known: Sequence[str]) -> str:
    value = build.get("options", {}).get(name, default)
    if value not in known:
        raise InputError(f"build.json: options.{name} is {shown(value)}, known: {', '.join(known)}")
    return value


def _width(build: dict, name: str) -> int:
    value = build.get(name)
    if not isinstance(value, int) or not 1 <= value <= 1024:
        raise InputError(f"build.json: field {name!r} is {value!r}, expected 1 to 1024")
    return value


def mixed_codes(
    spec: Spec, frames: int, ebn0_db: float | None, rng: np.random.Generator
) -> np.ndarray:
    """Channel codes, int8 (frames, n), the Eb/N0 values in random order."""
    source = RandomFrames(spec, rng)
    if ebn0_db is not None:
        return source.codes(frames, ebn0_db)
    stress = _stress_codes(spec.n, rng) if frames >= 16 else np.zeros((0, spec.n), np.int8)
    rest = frames - len(stress)
    middle = half_failing_db(source)
    points = rng.choice([d for _, d in _MIX], size=rest, p=[share for share, _ in _MIX])
    parts = [source.codes(int(np.sum(points == d)), middle + d) for d in np.unique(points)]
    mixed = np.concatenate(parts)
    rng.shuffle(mixed)
    return np.concatenate([mixed, stress])


def _stress_codes(n: int, rng: np.random.Generator) -> np.ndarray:
    """Frames the datapath must survive: int8 noise, +-extremes, all -1/0, all -128."""
    return np.stack([
        rng.integers(-128, 128, size=n),
        rng.choice([-128, 127], size=n),
        rng.integers(-1, 1, size=n),
        np.full(n, -128),
    ]).astype(np.int8)
