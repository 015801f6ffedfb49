"""A spec's retries in C++: a struct for each, that the struct of the try before names."""

from collections.abc import Iterator

import numpy as np

from quant.cmodel.tables import CONSTANT, counted, struct
from quant.golden.channel import largest_value
from quant.spec import Spec


def inner(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The parts for a vector width where one of the program's specs has retries."""
    instead = {"engine.cpp": ("retries.cpp", "engine_retries.cpp")}
    return tuple(name for part in parts for name in instead.get(part, (part,)))


def header(spec: Spec) -> str:
    """What the interface says of retries, behind its ``decode``; empty without any."""
    if not spec.retries:
        return ""
    ends = *spec.restarts, spec.most_iterations
    return "\n".join([
        "",
        "// Frames that are not verified are tried again. Iterations count through all tries: they",
        f"// end after {', '.join(map(str, ends))} of them; a frame that no try verifies has the",
        "// result of the first. decode_soft takes only values of codes where a try has",
        "// channel values of its own.",
    ])  # fmt: skip


def next_try(name: str, spec: Spec, number: int = 0) -> str:
    """Member of the struct of try ``number`` of the spec of struct ``name``: the try behind it."""
    return f"typedef {_name(name, number + 1) if number < len(spec.retries) else 'void'} Next;"


def structs(name: str, spec: Spec) -> Iterator[str]:
    """Lines of all tries but the first, each before the one that names it."""
    first = spec.tries[0].channel
    codes = np.arange(first.maximum_code + 1)
    for number in reversed(range(1, len(spec.tries))):
        one, own = spec.tries[number], spec.tries[number].channel != first
        magnitudes = (channel.steps_of(codes) if own else () for channel in (first, one.channel))
        changed_from, changed_to = magnitudes
        extra = [
            f"{CONSTANT} int iterations_before = {spec.restarts[number - 1]};",
            f"{CONSTANT} int first_value_limit = {largest_value(spec)};",
            "// Channel values of the first try that are others here, and which.",
            *counted("changed", changed_from),
            *counted("changed_to", changed_to),
            *counted("information", spec.information_positions, "int32_t"),
            next_try(name, spec, number),
        ]
        yield from (*struct(_name(name, number), one, extra=extra), "")


def _name(name: str, number: int) -> str:
    return f"{name}_try{number}"
