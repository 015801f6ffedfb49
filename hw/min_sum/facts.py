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
    options, point = component.options, operating_point(spec)
    mean = point.mean_of_slowest(group)
    return cores.facts(component, spec.name) | {
        "iterations": spec.most_iterations,
        "llrs_per_beat": options.llrs_per_beat,
        "bits_per_beat": options.bits_per_beat,
        "cycles_per_frame_full": component.cycles_per_frame(spec.most_iterations),
        "cycles_per_frame_average": round(component.cycles_per_frame(mean), 1),
        "average_iterations": round(mean, 2),
        "average_ebn0_db": point.ebn0_db,
        "coded_bits_per_frame": spec.n,
        "info_bits_per_frame": spec.k,
        "information_positions": [list(run) for run in runs(spec.information_positions)],
        "message_bits": spec.message_bits,
        "app_bits": spec.app_bits,
        "code": spec.code.name,
    } | (_soft_output(spec) if component.format.soft_bits else {})


def _soft_output(spec: Spec) -> dict:
    form = SoftOutput.of(spec)
    lsb = {"soft_step_lsb": form.step, "soft_offset_lsb": form.offset}
    return lsb | {"app_lsb_llr": spec.channel.app_lsb_llr}
