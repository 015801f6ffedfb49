"""Stimulus for a set of codes: every frame of another code, with a control word of its own."""

from collections.abc import Sequence

import numpy as np

from quant.code_set import golden
from quant.code_set.control import MAX_ITERATIONS, Control, Status
from quant.code_set.spec import CodeSetSpec
from quant.min_sum.soft_output import SoftOutput
from sim.code_set.programs import with_programs
from sim.min_sum.stimulus import is_soft, mixed_codes
from sim.stimulus.frames import Stimulus, Words, pack_bits, pack_codes, user_fields

_USUAL = 0.5
"""Share of the frames that stop on a pass alone, after the code's own number of iterations."""
_FIELDS = ("decoded", "iterations", "code", "id")


def make(
    spec: CodeSetSpec, build: dict, frames: int, ebn0_db: float | None, seed: int
) -> Stimulus:
    """Frames of random codes around each code's waterfall, or at ``ebn0_db``.

    Half of them are decoded as their code's own spec says, the others with iterations, conditions
    to stop and bits to return drawn at random.
    """
    rng = np.random.default_rng(seed)
    writes: list[dict[str, int]] = []
    if "program_places" in build:
        spec, writes = with_programs(spec, build, rng)
    which = rng.integers(len(spec.members), size=frames)
    codes: list = [None] * frames
    for number, member in enumerate(spec.members):
        mine = np.flatnonzero(which == number)
        if len(mine):
            for frame, values in zip(
                mine, mixed_codes(member, len(mine), ebn0_db, rng), strict=True
            ):
                codes[frame] = values
    controls = [_control(spec, number, frame, rng) for frame, number in enumerate(which)]
    return of_frames(spec, build, controls, codes, rng, writes)


def of_frames(
    spec: CodeSetSpec, build: dict, controls: list[Control], codes: list[np.ndarray],
    rng: np.random.Generator, writes: Sequence[dict[str, int]] = (),
) -> Stimulus:  # fmt: skip
    """Stimulus of given channel codes, int8 (n,) each, with their control words; what is written
    before (:class:`sim.stimulus.frames.Stimulus`)."""
    due = golden.decode(spec, controls, codes)
    statuses = [due.status_of(frame) for frame in range(len(codes))]
    per_beat, width = build["llrs_per_beat"], build["bits_per_beat"]
    fields, soft = user_fields(build, _FIELDS), is_soft(build)
    decoded = sum(status.passed for status in statuses)
    return Stimulus(
        inputs=[pack_codes(c, per_beat, rng.integers(-128, 128, size=per_beat)) for c in codes],
        outputs=[
            _values(build, due.soft[frame], width)
            if soft and not controls[frame].hard
            else pack_bits(due.bits[frame], width * (8 if soft else 1))
            for frame in range(len(codes))
        ],
        status=[_user(status, fields) for status in statuses],
        status_fields=fields,
        summary={
            "decoded": decoded,
            "not_decoded": len(codes) - decoded,
            "mean_iterations": round(float(np.mean([s.iterations for s in statuses])), 2),
        },
        words=Words(
            prefix="s_axis_ctrl",
            status_prefix="m_axis_status",
            given=[control.word() for control in controls],
            expected=[status.word() for status in statuses],
            dropped=[Status.of_dropped(control).word() for control in controls],
            invalid=[(c.word(), Status.of_dropped(c).word()) for c in _invalid(spec)],
        ),
        writes=list(writes),
    )


def _values(build: dict, values: np.ndarray, per_beat: int) -> np.ndarray:
    """Beats of a frame's APP values."""
    form = SoftOutput(build["soft_step_lsb"], build["soft_offset_lsb"])
    return pack_codes(form.bytes_of(values), per_beat, np.zeros(per_beat, np.int8))


def _user(status: Status, fields: dict[str, tuple[int, int]]) -> int:
    values = {"decoded": status.passed, "iterations": status.iterations, "code": status.code,
              "id": status.id}  # fmt: skip
    return sum(int(value) << fields[name][0] for name, value in values.items())


def _control(
    spec: CodeSetSpec, number: int, frame: int, rng: np.random.Generator
) -> Control:
    member = spec.members[number]
    if rng.random() < _USUAL:
        return Control(int(number), frame % 256, member.iterations)
    most = min(MAX_ITERATIONS, 2 * member.iterations)
    drawn = rng.integers(2, size=4).astype(bool).tolist()
    iterations = int(rng.integers(1, most + 1))
    return Control(int(number), frame % 256, iterations, *drawn)


def _invalid(spec: CodeSetSpec) -> list[Control]:
    """Control words with a code that is not there, or no iterations."""
    found = [Control(0, 17, max_iterations=0)]
    if len(spec.members) < 128:
        found += [Control(len(spec.members), 18), Control(127, 19)]
    return found
