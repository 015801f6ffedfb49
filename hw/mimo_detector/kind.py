"""The detector as a kind of hardware: options, component, facts for build.json."""

from hw.frame import cores, status
from hw.frame.shell import Shell
from hw.mimo_array.channel import half_bits
from hw.mimo_array.geometry import INDEX_BITS
from hw.mimo_array.writer import READS, tables
from hw.mimo_detector.cost import estimate
from hw.mimo_detector.detector import YIELDS_ONE_IN, Detector
from hw.mimo_detector.geometry import Geometry
from hw.mimo_detector.loader import part_bytes
from hw.mimo_detector.options import Options as OPTIONS
from quant.mimo_detector.spec import DetectorSpec

__all__ = ["OPTIONS", "component", "estimate", "facts"]


def component(spec: DetectorSpec, options: OPTIONS) -> Shell:
    """The top-level component; ``InputError`` for a spec that hardware cannot hold."""
    return Shell(Detector(Geometry(spec, options), status.marks(tagged=False)))


def channel_cycles(detector: Detector) -> int:
    """From a channel's first beat until it is in service at the latest, while vectors pass."""
    g, timing = detector.geometry, detector.timing
    listed = tables(g)
    operands = len(listed) * ((READS + 1) * g.cells + 20)
    waiting = timing.latency_cycles + 2 * g.period  # for vectors of the channel before last
    every = YIELDS_ONE_IN * g.period
    idle = [
        g.window * g.rounds - (g.rounds - 1) * g.backward_cycles,
        g.window * g.rounds - (1 - 1 / YIELDS_ONE_IN) * g.rounds * g.forward_cycles,
    ]
    words = [1 << INDEX_BITS, 1 << (INDEX_BITS - 1)]
    steps = sum(words[t.forward] * g.period / idle[t.forward] for t in listed)
    computing = detector.preprocessor.most_cycles if detector.preprocessor is not None else 0
    return int(computing + 2 * g.rows * g.antennas + waiting + operands + steps + 2 * every)


def of_arrays(detector: Detector) -> dict:
    """What build.json says of a detector wherever it stands."""
    spec, g = detector.spec, detector.geometry
    return {
        "antennas": spec.antennas,
        "users": spec.users,
        "constellation": spec.constellation,
        "antennas_per_beat": g.antennas_per_beat,
        "part_bytes": part_bytes(g),
        "channel_half_bits": half_bits(g),
        "channel_beats": detector.channel_beats,
        **_computed(detector),
        "context_cycles": channel_cycles(detector),
    }


def _computed(detector: Detector) -> dict:
    """What is said of W and W0, where the core makes them."""
    if detector.preprocessor is None:
        return {}
    return {
        "matrices_cycles": detector.preprocessor.most_cycles,
        "noise_step": detector.spec.h_step**2,
    }


def facts(component: Shell) -> dict:
    """Rates and formats of a detector; a frame is a received vector.

    ``info_bits_per_frame`` are the users' bits of a vector, ``coded_bits_per_frame`` too.
    """
    detector = cores.one_of(component)
    spec, g, timing = detector.spec, detector.geometry, detector.timing
    bits = spec.bits_per_symbol * spec.users
    return cores.facts(component, spec.name) | of_arrays(detector) | {
        "iterations": len(spec.rounds),
        "frames_in_flight": min(timing.slots, -(-timing.latency_cycles // g.period)),
        "user_bytes": g.user_bytes,
        "cycles_per_frame_full": g.period,
        "coded_bits_per_frame": bits,
        "info_bits_per_frame": bits,
    }
