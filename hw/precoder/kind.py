"""The 1-bit precoder as a kind of hardware: options, component, facts for build.json."""

from hw.frame import cores, status
from hw.frame.shell import Shell
from hw.mimo_array.channel import half_bits
from hw.mimo_array.geometry import INDEX_BITS
from hw.mimo_array.writer import READS, tables
from hw.precoder.collector import beat_bits
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options as OPTIONS
from hw.precoder.precoder import Precoder
from quant.precoder.spec import PrecoderSpec

__all__ = ["OPTIONS", "component", "facts"]


def component(spec: PrecoderSpec, options: OPTIONS) -> Shell:
    """The top-level component; ``InputError`` for a spec that hardware cannot hold."""
    return Shell(Precoder(Geometry(spec, options), status.marks(tagged=False)))


def channel_cycles(precoder: Precoder) -> int:
    """From a channel's first beat until it is in service at the latest, while vectors pass."""
    g, timing = precoder.geometry, precoder.timing
    listed = tables(g)
    operands = len(listed) * ((READS + 1) * g.cells + 20)
    waiting = timing.latency_cycles + 2 * g.period  # for vectors of the channel before last
    if g.unfolded:
        idle = [g.window - g.backward_cycles, g.window - g.forward_cycles]
    else:
        idle = [g.backward_cycles - 2 * g.symbol_bits + g.rounds * (g.window - g.backward_cycles),
                g.window + (g.rounds - 1) * (g.window - g.forward_cycles)]  # fmt: skip
    words = [1 << INDEX_BITS, 1 << (INDEX_BITS - 1)]
    steps = sum((words[t.forward] + idle[t.forward]) * g.period / idle[t.forward] for t in listed)
    return int(2 * g.spec.antennas * g.spec.users + waiting + operands + steps)


def facts(component: Shell) -> dict:
    """Rates and formats of a precoder; a frame is a vector.

    ``info_bits_per_frame`` are the users' bits of a vector, ``coded_bits_per_frame`` those that go
    to the antennas.
    """
    precoder = cores.one_of(component)
    spec, g, timing = precoder.spec, precoder.geometry, precoder.timing
    return cores.facts(component, spec.name) | {
        "iterations": len(spec.rounds),
        "antennas": spec.antennas,
        "users": spec.users,
        "constellation": spec.constellation,
        "frames_in_flight": min(timing.slots, -(-timing.latency_cycles // g.period)),
        "users_per_beat": g.lanes,
        "antennas_per_beat": beat_bits(g) // (2 if g.options.output == "bits" else 32),
        "channel_half_bits": half_bits(g),
        "coefficient_frac_bits": g.frac_bits,
        "coefficient_step_scale": g.table_scale,
        "channel_beats": spec.antennas * spec.users,
        "context_cycles": channel_cycles(precoder),
        "cycles_per_frame_full": g.period,
        "coded_bits_per_frame": 2 * spec.antennas,
        "info_bits_per_frame": 2 * g.symbol_bits * spec.users,
    }
