"""The program of a code for a decoder that was built, of its spec and options."""

from dataclasses import fields, replace

from hw.code_set.core import SetCore
from hw.code_set.options import Options
from hw.code_set.programs.assemble import assemble
from hw.code_set.traits import check_traits
from hw.frame import cores
from hw.min_sum.arithmetic import MinSum
from model.errors import InputError
from quant.code_set.spec import CodeSetSpec
from quant.spec import Spec


def core_of(spec: CodeSetSpec, options: dict) -> SetCore:
    """The decoder again, of build.json's options; ``InputError`` if it takes no programs."""
    from hw.code_set import kind

    known = {field.name for field in fields(Options)}
    chosen = Options(**{name: value for name, value in options.items() if name in known})
    if not chosen.programs:
        raise InputError(
            f"{spec.name} was built without places for programs (hw.build --programs N)"
        )
    return cores.one_of(kind.component(spec, chosen))


def program_of(core: SetCore, place: int, code: Spec, order: int | None = None) -> bytes:
    """The bytes of s_axis_program that bring a code to a place.

    Parameters
    ----------
    place : from 0; the code's number is then ``len(core.jobs) + place``
    code : spec with the set's alphabet and maps; its name is of no matter
    order : of the edges in a row: 0 as the C function has them; None for the faster one

    ``InputError`` for a code that the decoder cannot decode or has no room for.
    """
    spec = core.spec
    named = replace(code, code=replace(code.code, name=f"{code.code.name} (program)"))
    replace(spec, members=(*spec.members, named))  # checks that it could be a member
    check_traits(spec, code)
    arithmetic = core.arithmetic
    job = replace(MinSum(code, core.options.target).job, times=arithmetic.times)
    return assemble(core.image, core.programs.form, place, job, order)
