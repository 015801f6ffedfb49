"""``python -m sim.peers`` for decoders: speed and error rate beside other open decoders."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from model import cli
from model.errors import InputError
from model.rates import wilson
from quant.cmodel import CModel
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from quant.sources import spec_for
from quant.spec import Spec
from sim.min_sum import peer_aff3ct
from sim.min_sum.peer_decoders import OF_PACKAGES, Ours
from sim.waterfall import point_at

SPEED_DB = 1.0  # no frame of the default code decodes here: nobody stops early
FER = 1e-2
ERRORS_FRAMES = {"sionna-no-rt": 2048, "ldpc": 2048}
FAST_FRAMES = 65_536
"""For the error rate of a decoder, by its name; of one that is not listed."""
_AT_ONCE = 8192
_RATIO = 15
BUSY = 1.1
"""Wall time of a measurement over its processor time, from which on the machine is called busy."""
EXAMPLE = """example:
  python -m sim.peers --code qc_ldpc --json
  python -m sim.peers --with qc_ldpc_4bit --aff3ct ~/aff3ct --rounds 11

Same code, same noisy frames, min-sum with the layered schedule, the same iterations, one thread on
one core. Speed is measured at 1 dB without early stop, in rounds in which all take turns; medians
of processor time. The error rate is that at --ebn0, over as many frames as take a few seconds.
sionna: LDPCBPDecoder of sionna-no-rt, "minsum", layers of the lifting size, single precision, CPU.
ldpc: BpDecoder, "minimum_sum" scaled by 0.75, serial schedule. What is not installed is left out
and said. AFF3CT: layered decoders of version 3.0.2, compiled from a checkout for this processor
(docs/fer.md).
"""


@dataclass(frozen=True)
class Measured:
    """name : of the decoder ; rate : frames a second of processor time, median ; spread : fastest
    round over slowest ; errors, frames : wrong frames at the Eb/N0 of the error rate
    """

    name: str
    rate: float
    spread: float
    errors: int
    frames: int

    def line(self, ours: Sequence[float]) -> str:
        """Of the table, with the rates of ours."""
        low, high = wilson(self.errors, self.frames)
        ratios = " ".join(f"{rate / self.rate:>{_RATIO}.4g}" for rate in ours)
        return (f"{self.name:26} {self.rate:12.1f} {self.spread:7.2f} {ratios}   "
                f"{self.errors / self.frames:.2e} ({low:.1e} to {high:.1e})")  # fmt: skip


def pinned() -> int | None:
    """Keep this process to one core; its number, or None where that cannot be asked for."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def machine() -> str:
    """The processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def in_turns(works: Sequence[Callable], rounds: int) -> tuple[list[list[float]], float]:
    """Processor seconds of each work in each round, and wall over processor time of all."""
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    began, used = time.monotonic(), time.process_time()
    for number in range(rounds):
        order = list(range(len(works)))
        for i in reversed(order) if number % 2 else order:
            started = time.process_time()
            works[i]()
            taken[i].append(time.process_time() - started)
    return taken, (time.monotonic() - began) / max(time.process_time() - used, 1e-9)


def _llr(spec: Spec, ebn0_db: float, first: int, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Codewords and LLRs of random information."""
    return DecoderMonteCarlo(spec).frames(Channel(), ebn0_db, 1, first, frames)[:2]


def _wrong(spec: Spec, peer, ebn0_db: float) -> tuple[int, int]:
    """Wrong frames and frames."""
    where, wrong = spec.information_positions, 0
    frames = ERRORS_FRAMES.get(peer.name, FAST_FRAMES)
    for first in range(0, frames, _AT_ONCE):
        words, llr = _llr(spec, ebn0_db, first, min(_AT_ONCE, frames - first))
        found, sent = peer.prepare(llr)(), words[:, where]
        found = found if found.shape == sent.shape else found[:, where]
        wrong += int((found != sent).any(axis=1).sum())
    return wrong, frames


def _others(spec: Spec, aff3ct: Path | None) -> tuple[list, list[str]]:
    """Decoders of others that can be had, and packages that are missing."""
    peers, missing = [], []
    for package, kind in OF_PACKAGES.items():
        try:
            peers.append(kind(spec))
        except ImportError:
            missing.append(package)
    if aff3ct is not None:
        peers += [peer_aff3ct.Aff3ct(spec, kind, aff3ct) for kind in peer_aff3ct.KINDS]
    return peers, missing


def measure(
    specs: Sequence[Spec], ebn0_db: float, rounds: int, aff3ct: Path | None = None
) -> tuple[list[Measured], list[str], float]:
    """All decoders; what is missing, as ``pip`` calls it; wall over processor time.

    Speed is that without early stop, error rates are those of the specs as they are. The first
    spec is measured with vectors of each size, others with the widest.
    """
    spec, *more = specs
    sizes = CModel(spec, every_width=True).vector_sizes
    ours = [(spec, size, f"C model, {size}-byte vectors") for size in sizes]
    ours += [(each, sizes[-1], f"C model of {each.name}") for each in more]
    others, missing = _others(spec, aff3ct)
    everyone = [Ours(replace(each, early_stop=False), size, name) for each, size, name in ours]
    everyone += others
    works = [peer.prepare(_llr(spec, SPEED_DB, 0, peer.frames)[1]) for peer in everyone]
    taken, busy = in_turns(works, rounds)
    wrong = [_wrong(spec, Ours(each, sizes[-1], name), ebn0_db)
             for each, size, name in ours if size == sizes[-1]]  # fmt: skip
    wrong = wrong[:1] * len(sizes) + wrong[1:] + [_wrong(spec, peer, ebn0_db) for peer in others]
    found = [
        Measured(peer.name, peer.frames / statistics.median(t), max(t) / min(t), *of)
        for peer, t, of in zip(everyone, taken, wrong, strict=True)
    ]
    return found, missing, busy


def _same_code(spec: Spec, name: str) -> Spec:
    """The spec of another preset; it must be a decoder of the same code and iterations."""
    other = spec_for(name)
    if not isinstance(other, Spec) or other.code != spec.code:
        raise InputError(f"--with {name}: not a decoder of {spec.code.name}")
    if other.iterations != spec.iterations:
        raise InputError(f"--with {name}: {other.iterations} iterations, not {spec.iterations}")
    return other


def main(argv: Sequence[str] | None = None) -> int:
    """Measure all and print rates, ratios and error rates."""
    p = cli.Parser(
        prog="python -m sim.peers",
        description="Frames decoded in a second by the C model and by other decoders, and ratios.",
        epilog=EXAMPLE,
    )
    p.add_argument("--code", default="qc_ldpc", metavar="NAME", help="(default qc_ldpc)")
    p.add_argument("--with", nargs="+", default=[], metavar="NAME", dest="more",
                   help="further presets or specs of the same code and iterations")  # fmt: skip
    p.add_argument("--aff3ct", type=Path, metavar="FOLDER",
                   help=f"checkout of AFF3CT {peer_aff3ct.VERSION}, submodules too")  # fmt: skip
    p.add_argument("--ebn0", type=float, metavar="DB",
                   help=f"of the error rates (default: where the C model has {FER:g})")  # fmt: skip
    p.add_argument("--rounds", type=int, default=5, help="1 to 1000 (default 5)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    if not 1 <= args.rounds <= 1000:
        p.error(f"--rounds is {args.rounds}, must be 1 to 1000")
    if args.ebn0 is not None and not abs(args.ebn0) <= 100:
        p.error(f"--ebn0 is {args.ebn0:g}, must be -100 to 100 dB")
    spec = spec_for(args.code)
    if (spec.n, spec.code.lifting_size) == (spec.n_variables, 1) or spec.n != spec.n_variables:
        raise InputError(f"{args.code}: the peers need a quasi-cyclic code without puncturing")
    specs = [spec, *(_same_code(spec, name) for name in args.more)]
    if args.aff3ct is not None:
        peer_aff3ct.library(args.aff3ct)  # a folder that is none ends here
    core, load = pinned(), os.getloadavg()[0]
    ebn0_db = point_at(spec, FER) if args.ebn0 is None else args.ebn0
    found, missing, busy = measure(specs, ebn0_db, args.rounds, args.aff3ct)
    where = machine() + ("" if core is None else f", core {core}")
    print(f"{spec.code.name} ({spec.n}, {spec.k}), {spec.iterations} layered iterations; {where}")
    own = max(each.rate for each in found if each.name.startswith("C model, "))
    ours = {spec.name: own}
    for each in specs[1:]:
        ours[each.name] = next(m.rate for m in found if m.name == f"C model of {each.name}")
    heads = " ".join(f"{name} is".rjust(_RATIO) for name in ours)
    print(f"{'':26} {'frames/s':>12} {'spread':>7} {heads}   FER at {ebn0_db:.2f} dB")
    for each in found:
        print(each.line(list(ours.values())))
    for package in missing:
        print(f"{package}: not installed, left out (pip install {package})")
    if busy > BUSY:
        print(f"the machine was busy: {busy:.2f} s went by for a second of work, load {load:.1f}; "
              "measure again")  # fmt: skip
    if args.json:
        rates = {each.name: each.rate for each in found}
        errors = {each.name: [each.errors, each.frames] for each in found}
        ratios = {name: own / rate for name, rate in rates.items()}
        cli.print_json({"spec_sha": spec.sha, "machine": where, "frames_per_s": rates,
                        "ratios": ratios, "ebn0_db": ebn0_db, "errors": errors,
                        "wall_over_processor_time": busy, "missing": missing})  # fmt: skip
    return 0
