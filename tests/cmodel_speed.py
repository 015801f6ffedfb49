"""Speed of a spec's C model from two checkouts: ``python -m tests.cmodel_speed OLD NEW``.

OLD and NEW are folders that each checkout has written with ``python -m quant.cmodel --spec NAME
--out FOLDER``. Frames a second of the simulation and of the decoder alone on the same frames, by
processor time; medians over ``--pairs`` pairs, the order changing from pair to pair. Not a test:
other jobs on the machine move single figures by several per cent.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from model import cli
from quant import kinds
from quant.cmodel.binding import CModel
from quant.min_sum.link import Channel


class Emitted(CModel):
    """The model of a spec whose sources are in a folder, with the functions that both have."""

    signatures = {
        name: CModel.signatures[name]
        for name in ("spec_sha", "lanes", "vector_bytes", "use_vector_bytes", "quantise", "decode",
                     "frames", "simulate")
    }  # fmt: skip

    def __init__(self, spec, folder: Path):
        self.folder = folder
        super().__init__(spec)

    def _texts(self) -> dict[str, str]:
        name = f"{self.spec.name}_cmodel.cpp"
        return {name: (self.folder / name).read_text()}


def seconds(call) -> float:
    """Processor time of a call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("old", type=Path)
    p.add_argument("new", type=Path)
    p.add_argument("--spec", default="qc_ldpc", help="preset or file (default qc_ldpc)")
    p.add_argument("--ebn0", type=float, default=3.0, help="in dB (default 3)")
    p.add_argument("--frames", type=int, default=16384, help="a measurement (default 16384)")
    p.add_argument("--pairs", type=int, default=11, help="(default 11)")
    p.add_argument("--vector-bytes", type=int, default=0, help="16, 32, 64; 0 for the widest")
    args = p.parse_args(argv)
    spec = kinds.resolve(args.spec)
    models = {name: Emitted(spec, getattr(args, name)) for name in ("old", "new")}
    for model in models.values():
        model.use_vector_bytes(args.vector_bytes)
    where = Channel().at(args.ebn0, spec), 1, 1, 0, args.frames
    codes = models["new"].quantise(models["new"].frames(*where)[1])
    taken = {(what, name): [] for what in ("decode", "simulate") for name in models}
    for pair in range(-1, args.pairs):
        for name in sorted(models, reverse=pair % 2 == 0):
            model = models[name]
            for what, call in (
                ("decode", lambda model=model: model.decode(codes)),
                ("simulate", lambda model=model: model.simulate(*where)),
            ):
                found = seconds(call)
                if pair >= 0:  # the first is for the caches
                    taken[what, name].append(found)
    for what in ("decode", "simulate"):
        old, new = (statistics.median(taken[what, name]) for name in ("old", "new"))
        print(f"{spec.name} {model.vector_bytes} bytes {what}: old {args.frames / old:.0f}, "
              f"new {args.frames / new:.0f} frames/s, new/old {old / new:.3f}")  # fmt: skip
    return 0


if __name__ == "__main__":
    cli.run(main)
