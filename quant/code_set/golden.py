"""The integer reference: golden of the members, each frame as its control word asks for it."""

from collections.abc import Sequence

import numpy as np

from quant import golden
from quant.code_set.control import Control, Status
from quant.code_set.decoded import SetDecoded, frames_of_members
from quant.code_set.spec import CodeSetSpec
from quant.golden import layered
from quant.golden.state import State
from quant.spec import Spec

_NOTHING = np.zeros(0, dtype=np.uint8)


def decode(
    spec: CodeSetSpec,
    controls: Sequence[Control],
    frames: Sequence[np.ndarray],
    batch: int = 256,
) -> SetDecoded:
    """Decode frames of several codes, each with its control word.

    A frame ends after an iteration that verifies it, if it asks to stop on a pass; after one in
    which no update of a row changed a hard decision (the sign of an APP value before the row
    against that after it), the first iteration as well, if it asks to stop on no change; or after
    its largest number of iterations. It has passed if its last iteration verified it.

    Parameters
    ----------
    controls : one a frame
    frames : channel codes of each frame, int8 (n of its code,), in transmitted order
    batch : frames decoded side by side
    """
    if len(controls) != len(frames):
        raise ValueError(f"{len(frames)} frames have {len(controls)} control words")
    status = np.array([Status.of_dropped(control).word() for control in controls], dtype=np.uint32)
    bits: list[np.ndarray] = [_NOTHING] * len(frames)
    soft: list[np.ndarray | None] = [None] * len(frames)
    of_member = frames_of_members(spec, controls, [len(frame) for frame in frames])
    for number, mine in enumerate(of_member):
        for first in range(0, len(mine), batch):
            now = mine[first : first + batch]
            asked = [controls[frame] for frame in now]
            found = _decode(spec.longest[number], asked, np.stack([frames[f] for f in now]))
            for frame, control, (word, values) in zip(now, asked, found, strict=True):
                status[frame] = word
                bits[frame] = (values < 0).astype(np.uint8)
                soft[frame] = None if control.hard else values
    return SetDecoded(status, bits, soft)


def _decode(
    member: Spec, controls: Sequence[Control], codes: np.ndarray
) -> list[tuple[int, np.ndarray]]:
    """Status word and APP values of each frame of one member; codes : (frames, n)."""
    most = np.array([control.max_iterations for control in controls])
    on_pass = np.array([control.stop_on_pass for control in controls])
    on_no_change = np.array([control.stop_on_no_change for control in controls])
    no_change = np.zeros(len(controls), dtype=bool)
    state = golden.start(member, codes)
    while len(state.running):
        running = state.running
        same = _iterate(member, state)
        no_change[running] = same & on_no_change[running]
        done = no_change[running] | (state.verified & on_pass[running])
        done |= state.iteration >= most[running]
        if done.any():
            state.end(done)
    found, positions = state.decoded_frames(), member.information_positions
    words = (
        Status(
            control.code, control.id, int(found.iterations[frame]), bool(no_change[frame]),
            bool(found.decoded[frame] and on_pass[frame]), bool(found.decoded[frame]), control.hard,
        ).word()
        for frame, control in enumerate(controls)
    )  # fmt: skip
    values = (
        found.soft[frame] if control.all_bits else found.soft[frame][positions]
        for frame, control in enumerate(controls)
    )
    return list(zip(words, values, strict=True))


def _iterate(member: Spec, state: State) -> np.ndarray:
    """One more iteration of all running frames; (running,) bool, no hard decision changed."""
    state.verified, state.unsatisfied, changed = layered.watched_iteration(member, state)
    state.iteration += 1
    return ~changed
