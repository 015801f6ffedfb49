"""Wrong frames of a decoder once more, through every model."""

import numpy as np

from model.errors import InputError
from quant import golden
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from sim import buildfolder, cosim, units
from sim.failures import Failures
from sim.min_sum import stimulus
from sim.replay import Replay


def frames_of(measured: DecoderMonteCarlo, failures: Failures, most: int):
    """Codewords and LLRs of the first ``most`` frames, made anew."""
    parts = [
        measured.frames(failures.link, db, failures.seed, frame, 1)
        for db, frame in failures.frames[:most]
    ]
    words, llr = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return words, llr


def replay(failures: Failures, most: int) -> Replay:
    """Decode with the C model, golden and float; the first two must agree in every bit."""
    measured = units.measured(failures.spec)
    spec = measured.spec
    words, llr = frames_of(measured, failures, most)
    found = {name: measured.decoder(name)(llr) for name in measured.models}
    where = measured.spec.information_positions
    errors = {name: (d.bits != words)[:, where].sum(axis=1) for name, d in found.items()}
    compiled, reference = found["c"], found["golden"]
    same = ~compiled.differs(reference)
    told = {
        name: [_told(errors[name][i], decoded, i) for i in range(len(llr))]
        for name, decoded in found.items()
    }
    codes = golden.quantise_llr(spec, llr)
    return Replay(errors, told, same, lambda folder: _verilog(folder, spec, codes))


def _verilog(folder: str, spec, codes: np.ndarray) -> cosim.CosimResult:
    """The bench's result for these codes."""
    found = buildfolder.read(folder).spec_sha
    if found != spec.sha:
        raise InputError(f"{folder}: built from spec {found}, the failures are of {spec.sha}")

    def make(spec, build, frames, ebn0_db, seed):
        return stimulus.of_codes(spec, build, codes, np.random.default_rng(seed))

    return cosim.run(folder, len(codes), faults=False, make=make)


def _told(errors: int, decoded: golden.Decoded, i: int) -> str:
    verified = "verified" if decoded.decoded[i] else "not verified"
    return f"{errors} wrong, {verified}, {decoded.iterations[i]} it"
