# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""The decoder of a set of codes as a kind of hardware: options, component, facts."""

from collections.abc import Iterable
from dataclasses import replace

from hw.code_set.core import SetCore
from hw.code_set.grouped.lanes import check_sizes
from hw.code_set.options import Options as OPTIONS
from hw.code_set.traits import neediest
from hw.frame import cores
from hw.frame.collect import IN_ORDER, mark_of
from hw.frame.shell import Shell
from hw.lib import target
from hw.min_sum.arithmetic import MinSum
from model.errors import InputError
from model.ranges import runs
from quant.code_set.control import control_fields, status_fields
from quant.code_set.spec import CodeSetSpec
from quant.min_sum.soft_output import SoftOutput
from quant.spec import Spec

__all__ = ["OPTIONS", "component", "facts"]


def component(spec: CodeSetSpec, options: OPTIONS) -> Shell:
    """The top-level component; ``InputError`` for sets that one decoder does not serve."""
    sizes = [member.code.lifting_size for member in spec.members]
    check_sizes(spec.name, sizes)
    _check_columns(spec)
    arithmetic = MinSum(neediest(spec), options.target, max(sizes))
    jobs = tuple(
        replace(MinSum(member, options.target).job, times=arithmetic.times)
        for member in spec.members
    )
    resolved = options.resolved(spec)
    return Shell(SetCore(spec, arithmetic, jobs, resolved, mark_of(IN_ORDER)))


def _check_columns(spec: CodeSetSpec) -> None:
    """``InputError`` for a column of which a part is transmitted: beats hold values of no other."""
    for member in spec.members:
        size = member.code.lifting_size
        for column, lanes in enumerate(member.code.transmitted_lanes):
            if 0 < lanes < size:
                raise InputError(
                    f"{spec.name}: {member.code.name} transmits {lanes} of the {size} bits of "
                    f"block column {column}, the decoder of a set loads whole columns"
                )


def facts(component: Shell) -> dict:
    """Rates and formats; of each code in ``codes``, by its number."""
    core = cores.one_of(component)
    spec, options = core.spec, core.options
    most = max(member.iterations for member in spec.members)
    codes = [_of_code(core, number, member) for number, member in enumerate(spec.members)]
    return cores.facts(component, spec.name) | {
        "iterations": most,
        "frames_in_flight": options.slots,
        "llrs_per_beat": options.llrs_per_beat,
        "bits_per_beat": options.bits_per_beat,
        "cycles_per_frame_full": component.cycles_per_frame(most),
        "coded_bits_per_frame": _mean(code["coded_bits_per_frame"] for code in codes),
        "info_bits_per_frame": _mean(code["info_bits_per_frame"] for code in codes),
        "message_bits": spec.members[0].message_bits,
        "app_bits": spec.members[0].app_bits,
        "code": spec.made_for,
        "codes": codes,
        **_soft_output(core),
        "control_fields": {name: list(place) for name, place in control_fields().items()},
        "status_fields": {name: list(place) for name, place in status_fields().items()},
        **_programs(core),
        "cell_models": list(target.named(options.target).cell_models),
    }


def _soft_output(core: SetCore) -> dict:
    """What a byte of a value stands for: the same for all codes, whose LSB differ."""
    if not core.format.mixed:
        return {}
    form = SoftOutput.of(neediest(core.spec))
    return {"soft_step_lsb": form.step, "soft_offset_lsb": form.offset}


def _programs(core: SetCore) -> dict:
    """Of programs that are written at run time, if there are any."""
    if core.programs is None:
        return {}
    form, room = core.programs.form, core.image.room
    return {
        "program_places": room.places,
        "program_bytes": form.size,
        "program_identifier": f"{form.identifier:08x}",
    }


def _of_code(core: SetCore, number: int, member: Spec) -> dict:
    beats = member.n // core.options.llrs_per_beat
    soft = {"app_lsb_llr": member.channel.app_lsb_llr} if core.format.mixed else {}
    return {
        "code": member.code.name,
        "iterations": member.iterations,
        "input_beats_per_frame": beats,
        "output_beats_per_frame": -(-member.n_variables // core.options.bits_per_beat),
        "output_beats_of_information": -(-member.k // core.options.bits_per_beat),
        "coded_bits_per_frame": member.n,
        "info_bits_per_frame": member.k,
        "cycles_per_frame_full": core.cycles_of(number, member.iterations),
        "information_positions": [list(run) for run in runs(member.information_positions)],
        **soft,
    }


def _mean(values: Iterable[int]) -> int:
    """Rounded."""
    values = list(values)
    return round(sum(values) / len(values))
