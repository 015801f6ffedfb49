"""What build.json says of a decoder, whatever engine it runs on."""

from hw.frame import cores
from hw.frame.shell import Shell
from model.ranges import runs
from quant.min_sum.soft_output import SoftOutput
from quant.operating_point import operating_point
from quant.spec import Spec


def decoder_facts(component: Shell, spec: Spec, group: int = 1) -> dict:
    """Rates and formats of a decoder, or of all cores together.

    ``cycles_per_frame_full`` is at full iterations. ``cycles_per_frame_average`` is that with early
    stop for the mean iterations of golden at ``average_ebn0_db`` (:mod:`quant.operating_point`).
    ``information_positions`` are [first, last] of the runs of information bits among all variables.
    Of a soft output byte b stands for ``soft_step_lsb`` * b + ``soft_offset_lsb`` LSB, each
    ``app_lsb_llr``.

    Parameters
    ----------
    group : frames that end together, with the slowest of them
    """
    point = operating_point(spec)
    mean = point.mean_of_slowest(group)
    return frame_facts(component, spec.name, spec, spec.most_iterations) | {
        "cycles_per_frame_average": round(component.cycles_per_frame(mean), 1),
        "average_iterations": round(mean, 2),
        "average_ebn0_db": point.ebn0_db,
    } | (_soft_output(spec) if component.format.soft_bits else {})


def frame_facts(component: Shell, top: str, decoder: Spec, iterations: int) -> dict:
    """Streams, cycles and bits of a frame, of whatever decodes a code of ``decoder``.

    Parameters
    ----------
    top : of the Verilog's modules
    iterations : of a frame, at most
    """
    form = component.format
    return cores.facts(component, top) | {
        "iterations": iterations,
        "llrs_per_beat": form.values_per_beat,
        "bits_per_beat": form.bits_per_beat,
        "cycles_per_frame_full": component.cycles_per_frame(iterations),
        "coded_bits_per_frame": decoder.n,
        "info_bits_per_frame": decoder.k,
        "information_positions": [list(run) for run in runs(decoder.information_positions)],
        "message_bits": decoder.message_bits,
        "app_bits": decoder.app_bits,
        "code": decoder.code.name,
    }


def _soft_output(spec: Spec) -> dict:
    form = SoftOutput.of(spec)
    lsb = {"soft_step_lsb": form.step, "soft_offset_lsb": form.offset}
    return lsb | {"app_lsb_llr": spec.channel.app_lsb_llr}
