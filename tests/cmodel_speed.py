"""Speed of a spec's C model from two checkouts: ``python -m tests.cmodel_speed OLD NEW``.

OLD and NEW are folders that each checkout has written with ``python -m quant.cmodel --spec NAME
--out FOLDER``. Frames (of a precoder symbol vectors) a second of the simulation, and of the model
alone on the same frames, by processor time; medians over ``--pairs`` pairs, the order changing from
pair to pair; with ``--golden`` golden takes part. Not a test: other jobs on the machine move single
figures by several per cent.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from model import cli
from quant import golden, kinds
from quant.cmodel.binding import CModel
from quant.min_sum.link import Channel
from quant.precoder import golden as precoder_golden
from quant.precoder.cmodel import Downlink, PrecoderModel
from quant.precoder.spec import PrecoderSpec

_CHANNEL_VECTORS = 250  # of each channel that is given to a precoder


class _FromFolder:
    """The model of a spec whose sources are in a folder, with the functions that both have."""

    def __init__(self, spec, folder: Path):
        self.folder = folder
        super().__init__(spec)

    def _texts(self) -> dict[str, str]:
        name = f"{self.spec.name}_cmodel.cpp"
        return {name: (self.folder / name).read_text()}


class Decoder(_FromFolder, CModel):
    """A decoder's."""

    signatures = {
        name: CModel.signatures[name]
        for name in ("spec_sha", "lanes", "vector_bytes", "use_vector_bytes", "quantise", "decode",
                     "frames", "simulate")
    }  # fmt: skip

    def calls(self, args: argparse.Namespace) -> dict[str, Callable]:
        """What is timed, by name."""
        where = Channel().at(args.point_db, self.spec), 1, 1, 0, args.frames
        codes = self.quantise(self.frames(*where)[1])
        return {
            "decode": lambda: self.decode(codes),
            "simulate": lambda: self.simulate(*where),
            "golden": lambda: golden.decode(self.spec, codes),
        }


class Precoder(_FromFolder, PrecoderModel):
    """A precoder's."""

    def calls(self, args: argparse.Namespace) -> dict[str, Callable]:
        link = Downlink(args.point_db, args.vectors)
        given = self.vectors(Downlink(0.0, _CHANNEL_VECTORS), 1, 1, 0,
                             args.frames // _CHANNEL_VECTORS)  # fmt: skip
        h, _ = self.quantise_channel(given.channel)
        parts = np.stack([given.symbols.real, given.symbols.imag], axis=-1).swapaxes(1, 2)
        odd = np.rint(parts / self.spec.system.constellation.unit).astype(np.int8)
        return {
            "precode": lambda: self.precode(h, odd),
            "simulate": lambda: self.simulate(link, 1, 1, 0, args.frames // args.vectors),
            "golden": lambda: precoder_golden.precode(self.spec, h, odd.astype(np.int64)),
        }


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
    p.add_argument("--ebn0", "--snr", type=float, default=3.0, dest="point_db",
                   help="in dB (default 3)")  # fmt: skip
    p.add_argument("--frames", type=int, default=16000, help="a measurement (default 16000)")
    p.add_argument("--vectors", type=int, default=20,
                   help="symbol vectors of a simulated block (default 20)")  # fmt: skip
    p.add_argument("--pairs", type=int, default=11, help="(default 11)")
    p.add_argument("--vector-bytes", type=int, default=0, help="16, 32, 64; 0 for the widest")
    p.add_argument("--golden", action="store_true", help="time golden as well")
    args = p.parse_args(argv)
    spec = kinds.resolve(args.spec)
    kind = Precoder if isinstance(spec, PrecoderSpec) else Decoder
    models = {name: kind(spec, getattr(args, name)) for name in ("old", "new")}
    for model in models.values():
        model.use_vector_bytes(args.vector_bytes)
    calls = {name: model.calls(args) for name, model in models.items()}
    golden_call = calls["new"].pop("golden")
    del calls["old"]["golden"]
    taken = {(what, name): [] for name in models for what in calls[name]}
    taken["golden", "new"] = []
    for pair in range(-1, args.pairs):
        for name in sorted(models, reverse=pair % 2 == 0):
            for what, call in calls[name].items():
                found = seconds(call)
                if pair >= 0:  # the first is for the caches
                    taken[what, name].append(found)
        if args.golden and pair >= 0:
            taken["golden", "new"].append(seconds(golden_call))
    for what in calls["new"]:
        old, new = (statistics.median(taken[what, name]) for name in ("old", "new"))
        print(f"{spec.name} {model.vector_bytes} bytes {what}: old {args.frames / old:.0f}, "
              f"new {args.frames / new:.0f} a second, new/old {old / new:.3f}")  # fmt: skip
    if args.golden:
        due = statistics.median(taken["golden", "new"])
        print(f"{spec.name} golden: {args.frames / due:.0f} a second")
    return 0


if __name__ == "__main__":
    cli.run(main)
