"""``python -m sim.peers`` for decoders: speed of the C model beside other open decoders."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from model import cli
from model.errors import InputError
from quant.cmodel import CModel
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from quant.sources import spec_for
from quant.spec import Spec

EBN0_DB = 1.0  # no frame decodes here: nobody stops early
ROUNDS = 5
EXAMPLE = """example:
  python -m sim.peers --code qc_ldpc --json

Same code, same noisy frames, min-sum with the layered schedule, the same iterations, one thread. At
1 dB no frame of the default code decodes, so that nobody stops early and all do all iterations.
sionna: LDPCBPDecoder of sionna-no-rt, "minsum", layers of the lifting size, single precision, CPU.
ldpc: BpDecoder, "minimum_sum" scaled by 0.75, serial schedule. Rates count processor time, so that
other work on the machine does not change them much; the best of five rounds.
"""


def _rate(work: Callable[[], None], frames: int) -> float:
    work()
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return frames / min(seconds)


def c_model(spec: Spec, size: int, frames: int) -> float:
    """Frames a second of the C model with vectors of ``size`` bytes."""
    model = CModel(spec)
    model.use_vector_bytes(size)
    codes = model.quantise(_llr(spec, frames))
    rate = _rate(lambda: model.decode(codes), frames)
    model.use_vector_bytes(0)
    return rate


def sionna(spec: Spec, frames: int) -> float:
    """Frames a second of Sionna's decoder on the CPU."""
    try:
        import torch
        from sionna.phy.fec import ldpc
    except ImportError as error:
        raise InputError(f"peer sionna is missing: {error} (pip install sionna-no-rt)") from None
    torch.set_num_threads(1)
    graph = spec.graph()
    layers = np.arange(graph.n_checks).reshape(-1, spec.code.lifting_size)
    peer = ldpc.LDPCBPDecoder(
        graph.parity_check_matrix().astype(np.float64), cn_update="minsum", cn_schedule=layers,
        num_iter=spec.iterations, llr_max=None, device="cpu",
    )  # fmt: skip
    llr = torch.from_numpy(_llr(spec, frames))
    return _rate(lambda: peer(-llr), frames)


def ldpc(spec: Spec, frames: int) -> float:
    """Frames a second of the package ldpc."""
    try:
        from ldpc import BpDecoder
    except ImportError as error:
        raise InputError(f"peer ldpc is missing: {error} (pip install ldpc)") from None
    peer = BpDecoder(
        spec.graph().parity_check_matrix(), error_rate=0.1, max_iter=spec.iterations,
        bp_method="minimum_sum", ms_scaling_factor=0.75, schedule="serial",
        input_vector_type="received_vector",
    )  # fmt: skip
    llr = _llr(spec, frames)
    hard = (llr < 0).astype(np.uint8)
    flips = 1.0 / (1.0 + np.exp(np.abs(llr.astype(np.float64))))

    def work() -> None:
        for received, probability in zip(hard, flips, strict=True):
            peer.update_channel_probs(probability)
            peer.decode(received)

    return _rate(work, frames)


def _llr(spec: Spec, frames: int) -> np.ndarray:
    return DecoderMonteCarlo(spec).frames(Channel(), EBN0_DB, 1, 0, frames)[1]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure all and print rates and ratios."""
    p = cli.Parser(
        prog="python -m sim.peers",
        description="Frames decoded in a second by the C model and by other decoders, and ratios.",
        epilog=EXAMPLE,
    )
    p.add_argument("--code", default="qc_ldpc", metavar="NAME", help="(default qc_ldpc)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    spec = spec_for(args.code)
    if (spec.n, spec.code.lifting_size) == (spec.n_variables, 1) or spec.n != spec.n_variables:
        raise InputError(f"{args.code}: the peers need a quasi-cyclic code without puncturing")
    sizes = [size for size in (16, 32, 64) if size <= CModel(spec).vector_bytes]
    rates = {f"C model, {size}-byte vectors": c_model(spec, size, 8192) for size in sizes}
    best = max(rates.values())
    rates |= {"sionna-no-rt": sionna(spec, 256), "ldpc": ldpc(spec, 64)}
    print(f"{spec.code.name} ({spec.n}, {spec.k}), {spec.iterations} layered iterations, one core")
    for name, rate in rates.items():
        print(f"{name:26} {rate:12.1f} frames/s   C model is {best / rate:8.1f} times as fast")
    if args.json:
        ratios = {name: best / rate for name, rate in rates.items()}
        cli.print_json({"spec_sha": spec.sha, "frames_per_s": rates, "ratios": ratios})
    return 0
