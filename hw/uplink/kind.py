# amaranth: UnusedElaboratable=no
# Rates are asked of cores that nobody elaborates.
"""The uplink as a kind of hardware: options, component, facts for build.json."""

from dataclasses import replace

from hw.estimates import Estimate, block_rams
from hw.frame import cores, status
from hw.frame.shell import Shell
from hw.mimo_detector import cost
from hw.mimo_detector import kind as detector
from hw.min_sum import layered_estimate
from hw.min_sum.retries import check_retries
from hw.uplink.core import Uplink
from hw.uplink.options import Options as OPTIONS
from model.ranges import runs
from quant.uplink.spec import UplinkSpec

__all__ = ["OPTIONS", "component", "estimate", "facts"]

_BLOCKS_INSIDE = 4  # two halves between detector and decoder, one on either side


def component(spec: UplinkSpec, options: OPTIONS) -> Shell:
    """The top-level component; ``InputError`` for specs that hardware cannot hold."""
    check_retries(spec.decoder, 1)
    return Shell(Uplink(spec, options, status.marks(tagged=False)))


def estimate(spec: UplinkSpec, options: OPTIONS) -> Estimate:
    """Of detector and decoders, and the memory between them."""
    core = component(spec, options).core
    one = cores.one_of(core.decoder)
    first = cost.estimate(spec.detector, options.detector)
    second = layered_estimate.estimate(spec.decoder, one.options)
    between = core.deinterleaver
    word = spec.decoder.channel.bits * spec.detector.bits_per_symbol
    depth = 2 << (between.rows * spec.users - 1).bit_length()
    return replace(
        first,
        comb=first.comb + second.comb,
        ebr=first.ebr + second.ebr + between.values * block_rams(word, depth),
        cycles_per_frame=core.cycles_per_frame(spec.decoder.most_iterations),
        coded_bits_per_frame=spec.users * spec.decoder.n,
    )


def facts(component: Shell) -> dict:
    """Rates and formats of an uplink; a frame is a block.

    ``cycles_per_frame_full`` is with full iterations of every codeword. ``vector_beats`` are those
    of a vector in a block, ``codeword_beats`` those of a user in the answer, the last of which says
    what became of it.
    """
    core = component.core
    spec, of_arrays = core.spec, detector.of_arrays(core.detector)
    full = component.cycles_per_frame(spec.decoder.most_iterations)
    return cores.facts(component, spec.name) | of_arrays | {
        "iterations": spec.decoder.most_iterations,
        "decoders": core.options.cores,
        "frames_in_flight": _BLOCKS_INSIDE,
        "vectors_per_block": spec.vectors,
        "vector_beats": core.detector.geometry.beats,
        "codeword_beats": core.decoder.format.output_beats + 1,
        "bits_per_beat": core.format.bits_per_beat,
        "context_cycles": of_arrays["context_cycles"] + int(2 * full),
        "cycles_per_frame_full": full,
        "coded_bits_per_frame": spec.users * spec.decoder.n,
        "info_bits_per_frame": spec.users * spec.decoder.k,
        "information_positions": [list(run) for run in runs(spec.decoder.information_positions)],
        "code": spec.decoder.code.name,
    }
