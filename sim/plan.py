"""What one co-simulation does besides the frames: regimes of idle cycles and back-pressure."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np

from hw.frame.options import COUNT
from hw.verilog.ports import lite
from sim.stimulus.frames import Stimulus

_HEAVY_FRAMES = 12  # frames per heavily stalled regime; they cost ten times the cycles


def regimes(frames: int) -> list[list[int]]:
    """Return [first frame, idle level of the input, stall level of the output], ascending.

    Full speed first (this is where cycles per frame are measured), then random idle cycles,
    random back-pressure, both, and heavy ones. Levels: 0 none, 1 random, 2 heavy.
    """
    heavy = min(_HEAVY_FRAMES, frames // 8)
    light = min((frames // 2 - 2 * heavy) // 3, 100)
    shares = [(1, 0, light), (0, 1, light), (1, 1, light), (2, 0, heavy), (0, 2, heavy)]
    if light == 0:  # so few frames that only one regime can follow full speed
        shares = [(1, 1, frames // 2)]
    plan, first = [[0, 0, 0]], frames - sum(count for *_, count in shares)
    for idle, stall, count in shares:
        if count:
            plan.append([first, idle, stall])
        first += count
    return plan


def write(path: Path, stimulus: Stimulus, build: dict, seed: int, faults: bool) -> None:
    """Write the .npz that :mod:`sim.benches.axi_frames` reads."""
    contexts = stimulus.contexts
    outputs, arrays = stimulus.outputs, {}
    if contexts is not None:
        frames = [(c, n, beats) for c, of in enumerate(contexts.outputs) for n, beats in of.items()]
        outputs = [beats for *_, beats in frames]
        arrays["out_of"] = np.array([(c, n) for c, n, _ in frames])
        if contexts.status:
            arrays["context_status"] = np.array([contexts.status[c][n] for c, n, _ in frames])
        arrays["context_data"], arrays["context_start"] = _joined(contexts.frames)
    beats_in = max(len(frame) for frame in stimulus.inputs)
    beats_out = max(len(frame) for frame in outputs)
    alone = beats_in + beats_out + build["latency_cycles"]
    alone += build["cycles_per_frame_full"]
    in_data, in_start = _joined(stimulus.inputs)
    out_data, out_start = _joined(outputs)
    options = {
        "seed": seed,
        "status_fields": stimulus.status_fields,
        "faults": faults,
        "frames_counted": counted(build),
        "writes": stimulus.writes,
        "words": stimulus.words and asdict(stimulus.words),
        "registers": _registers(build),
        "regimes": regimes(len(stimulus.inputs)),
        "frames_in_flight": build["frames_in_flight"],
        "frames_together": _together(build),
        # a heavily stalled stream is about eight times slower than a free one
        "timeout_cycles": int(20 * alone * (1 + build["frames_in_flight"]) + 5000),
        "drain_cycles": int(3 * alone + 200),
    }
    if contexts is not None:
        names = ("prefix", "starts", "number_signal", "dropped_signal", "reports",
                 "watched")  # fmt: skip
        options["contexts"] = {name: getattr(contexts, name) for name in names}
        options["timeout_cycles"] += 20 * build["context_cycles"]
        options["measured"] = _steady_frames(contexts.starts, options["regimes"])
    np.savez(
        path, in_data=in_data, in_start=in_start, out_data=out_data, out_start=out_start,
        out_status=np.array(stimulus.status, dtype=np.int64), options=json.dumps(options), **arrays,
    )  # fmt: skip


def _registers(build: dict) -> dict | None:
    """What the bench must know of a core's registers; None where there are none."""
    if "registers" not in build:
        return None
    from hw.registers.description import apart

    sha, numbers = build["spec_sha"], re.findall(r"\d+", build["version"])
    version = sum(int(n) << place for n, place in zip(numbers, (24, 16, 8), strict=False))
    return {
        "prefix": next(iter(lite(build["ports"]))),
        "offsets": {name: each["offset"] for name, each in build["registers"].items()},
        "totals": {field: f"total_{field}" for field in build["totals"]},
        "apart": apart(build),
        "constants": {
            "identity": int.from_bytes(b"UFHW", "big"),
            "version": version | 1,
            "control": 0,
            "input_beats": build["input_beats_per_frame"],
            "output_beats": build["output_beats_per_frame"],
            **{f"spec_hash_{n}": int(sha[8 * n : 8 * n + 8], 16) for n in range(8)},
        },
    }


def counted(build: dict) -> bool:
    """Whether the core counts beats and does not look at ``tlast``."""
    return build.get("options", {}).get("frame_end") == COUNT


def _together(build: dict) -> int:
    """Frames that come out in one go: all that are decoded, if they are in lock-step."""
    return build["frames_in_flight"] if build.get("frames_in_lockstep", 1) > 1 else 1


def _steady_frames(starts: list[int], regimes: list[list[int]]) -> list[int]:
    """First and last frame of the first context's second half, which meets no change."""
    first, last = starts[0], min(starts[1], regimes[1][0] if len(regimes) > 1 else starts[1])
    return [(first + last) // 2, last]


def _joined(frames: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    start = np.concatenate([[0], np.cumsum([len(frame) for frame in frames])])
    return np.concatenate(frames), start
