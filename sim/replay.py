"""``python -m sim.replay``: wrong frames of a simulation once more, through every model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model import cli, families
from model.errors import InputError
from quant import kinds
from sim import failures as failures_file
from sim.cosim import CosimResult

EXAMPLE = """example:
  python -m sim.fer --code qc_ldpc --ebn0 3.2 --save-failures build/failures.json
  python -m sim.replay --failures build/failures.json --frames 20
  python -m sim.replay --failures build/failures.json --build build/qc_ldpc

The file holds the spec, the seed, the link and the numbers of the wrong frames; the frames are
made anew from them. With --build the Verilog of that folder computes them too, against golden.
"""


@dataclass(frozen=True)
class Replay:
    """What a family finds of wrong frames.

    Attributes
    ----------
    errors : wrong bits of each frame by model
    told : a line of each frame by model
    same : of each frame, whether the models that must agree do in everything
    prove : the bench's result for the same frames in the Verilog of a folder
    """

    errors: dict[str, np.ndarray]
    told: dict[str, list[str]]
    same: np.ndarray
    prove: Callable[[str], CosimResult]


def main(argv: Sequence[str] | None = None) -> int:
    """Compute and print a line a frame; exit code 1 if models that must agree do not."""
    p = cli.Parser(
        prog="python -m sim.replay",
        description="Wrong frames again with the C model, golden, float and the Verilog.",
        epilog=EXAMPLE,
    )
    p.add_argument("--failures", type=Path, required=True, metavar="FILE")
    p.add_argument("--frames", type=int, default=100, help="at most (default 100)")
    p.add_argument("--build", metavar="DIR", help="build folder of the same spec")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    if args.frames < 1:
        raise InputError(f"--frames must be at least 1, not {args.frames}")
    failures = failures_file.load(args.failures)
    measured = failures.measured
    replay = families.need(kinds.family_of(measured.spec), "replay")
    if not failures.frames:
        raise InputError(f"{args.failures}: holds no frames")
    found = replay(failures, args.frames)
    axis, points = measured.axis, [db for db, _ in failures.frames[: args.frames]]
    print(f"{axis.name:>7}         frame  " + "  ".join(f"{name:>24}" for name in found.told))
    for i, (point_db, frame) in enumerate(failures.frames[: args.frames]):
        told = (lines[i] for lines in found.told.values())
        print(f"{point_db:5g} dB  {frame:12}  " + "  ".join(f"{text:>24}" for text in told))
    record = {
        "frames": len(points),
        "same": int(found.same.sum()),
        "wrong": _wrong(found.errors),
    }
    print(f"C model and golden agree on {record['same']} of {record['frames']} frames")
    record["points"] = _points(axis.field, points, found.errors)
    for point in record["points"]:
        wrong = ", ".join(f"{name} {count}" for name, count in point["wrong"].items())
        print(f"{point[axis.field]:g} dB, {point['frames']} frames, wrong: {wrong}")
    good = record["same"] == record["frames"]
    if args.build is not None:
        proof = found.prove(args.build)
        print(f"Verilog: {proof.mismatches} of {proof.frames} frames differ from golden")
        record["verilog_mismatches"] = proof.mismatches
        good &= proof.ok
    if args.json:
        cli.print_json(record)
    return 0 if good else 1


def _wrong(errors: dict[str, np.ndarray]) -> dict[str, int]:
    """Frames that each model leaves wrong, from the wrong bits of each."""
    return {name: int((e > 0).sum()) for name, e in errors.items()}


def _points(field: str, point_db: list[float], errors: dict[str, np.ndarray]) -> list[dict]:
    """Per point, in the order of the file: frames, and how many of them each model leaves wrong.

    What a decoder leaves wrong of the frames that another one does is a lower end of its own rate.
    """
    place = np.array(point_db)
    return [
        {
            field: db,
            "frames": int((place == db).sum()),
            "wrong": _wrong({name: e[place == db] for name, e in errors.items()}),
        }
        for db in dict.fromkeys(point_db)
    ]


if __name__ == "__main__":
    cli.run(main)
