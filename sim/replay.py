"""``python -m sim.replay``: wrong frames of a simulation once more, through every model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model import cli
from model.encode import Encoder
from model.errors import InputError
from quant import golden
from quant.spec import Spec
from sim import failures as failures_file
from sim import units
from sim.failures import Failures
from sim.units import Job

EXAMPLE = """example:
  python -m sim.fer --code qc_ldpc --ebn0 3.2 --save-failures build/failures.json
  python -m sim.replay --failures build/failures.json --frames 20
  python -m sim.replay --failures build/failures.json --build build/qc_ldpc

The file holds the spec, the seed, the channel and the numbers of the wrong frames; the frames are
made anew from them. With --build the Verilog of that folder decodes them too, against golden.
"""


def frames_of(failures: Failures, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Codewords and LLRs of the first ``most`` frames, made anew."""
    parts = [
        units.frames(Job(failures.spec, "c", failures.channel, db, failures.seed), frame, 1)
        for db, frame in failures.frames[:most]
    ]
    words, llr = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return words, llr


def main(argv: Sequence[str] | None = None) -> int:
    """Decode and print a line a frame; exit code 1 if models that must agree do not."""
    p = cli.Parser(
        prog="python -m sim.replay",
        description="Decode wrong frames again with the C model, golden, float and the Verilog.",
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
    if not failures.frames:
        raise InputError(f"{args.failures}: holds no frames")
    spec = Spec.from_json(failures.spec)
    words, llr = frames_of(failures, args.frames)
    found = {name: units.decoder(spec, name)(llr) for name in units.MODELS}
    where = Encoder(spec.graph()).information_positions
    errors = {name: (d.bits != words)[:, where].sum(axis=1) for name, d in found.items()}
    print("  Eb/N0         frame  " + "  ".join(f"{name:>24}" for name in found))
    for i, (ebn0_db, frame) in enumerate(failures.frames[: args.frames]):
        told = (_told(errors[name][i], d, i) for name, d in found.items())
        print(f"{ebn0_db:5g} dB  {frame:12}  " + "  ".join(f"{text:>24}" for text in told))
    compiled, reference = found["c"], found["golden"]
    same = (compiled.bits == reference.bits).all(axis=1)
    same &= compiled.decoded == reference.decoded
    same &= compiled.iterations == reference.iterations
    record = {
        "frames": len(llr),
        "same": int(same.sum()),
        "wrong": _wrong(errors),
    }
    print(f"C model and golden agree on {record['same']} of {record['frames']} frames")
    record["points"] = _points([db for db, _ in failures.frames[: args.frames]], errors)
    for point in record["points"]:
        wrong = ", ".join(f"{name} {count}" for name, count in point["wrong"].items())
        print(f"{point['ebn0_db']:g} dB, {point['frames']} frames, wrong: {wrong}")
    good = record["same"] == record["frames"]
    if args.build is not None:
        proof = _verilog(args.build, spec, golden.quantise_llr(spec, llr))
        print(f"Verilog: {proof.mismatches} of {proof.frames} frames differ from golden")
        record["verilog_mismatches"] = proof.mismatches
        good &= proof.ok
    if args.json:
        cli.print_json(record)
    return 0 if good else 1


def _wrong(errors: dict[str, np.ndarray]) -> dict[str, int]:
    """Frames that each model leaves wrong, from the wrong bits of each."""
    return {name: int((e > 0).sum()) for name, e in errors.items()}


def _points(ebn0_db: list[float], errors: dict[str, np.ndarray]) -> list[dict]:
    """Per Eb/N0, in the order of the file: frames, and how many of them each model leaves wrong.

    What a decoder leaves wrong of the frames that another one does is a lower end of its own rate.
    """
    place = np.array(ebn0_db)
    return [
        {
            "ebn0_db": db,
            "frames": int((place == db).sum()),
            "wrong": _wrong({name: e[place == db] for name, e in errors.items()}),
        }
        for db in dict.fromkeys(ebn0_db)
    ]


def _verilog(folder: str, spec: Spec, codes: np.ndarray):
    """The bench's result for these codes, a :class:`sim.cosim.CosimResult`."""
    from sim import buildfolder, cosim
    from sim.min_sum import stimulus

    found = buildfolder.read(folder).spec_sha
    if found != spec.sha:
        raise InputError(f"{folder}: built from spec {found}, the failures are of {spec.sha}")

    def make(spec, build, frames, ebn0_db, seed):
        return stimulus.of_codes(spec, build, codes, np.random.default_rng(seed))

    return cosim.run(folder, len(codes), faults=False, make=make)


def _told(errors: int, decoded: golden.Decoded, i: int) -> str:
    verified = "verified" if decoded.decoded[i] else "not verified"
    return f"{errors} wrong, {verified}, {decoded.iterations[i]} it"


if __name__ == "__main__":
    cli.run(main)
