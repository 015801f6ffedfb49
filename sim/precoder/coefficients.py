"""Coefficients that a bench writes into a precoder built with ``--writable``."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from model.errors import InputError
from quant.precoder.spec import Coefficient, PrecoderSpec, Round


def other(spec: PrecoderSpec, build: dict, rng: np.random.Generator) -> PrecoderSpec:
    """The spec with other coefficients that the port can carry, every one but those it cannot.

    The smallest term is moved by a place or turned, or left out.
    """

    def changed(coefficient: Coefficient, scale: int) -> Coefficient:
        near = list(_near(coefficient))
        found = [c for c in near if _fits(c, scale, build)]
        return found[rng.integers(len(found))] if found else coefficient

    step_scale = build["coefficient_step_scale"]
    rounds = tuple(Round(changed(r.keep, 1), changed(r.step, step_scale)) for r in spec.rounds)
    return replace(spec, start=changed(spec.start, step_scale), rounds=rounds)


def _near(coefficient: Coefficient) -> Iterator[Coefficient]:
    *kept, (sign, exponent) = coefficient.terms
    yield Coefficient((*kept, (sign, exponent + 1)))
    yield Coefficient((*kept, (sign, exponent - 1)))
    if kept:
        yield Coefficient((*kept, (-sign, exponent)))
        yield Coefficient(tuple(kept))


def _fits(coefficient: Coefficient, scale: int, build: dict) -> bool:
    frac_bits = build["coefficient_frac_bits"]
    if coefficient.frac_bits > frac_bits:
        return False
    return abs(coefficient.scaled(frac_bits) * scale) < 1 << (_port_bits(build) - 1)


def writes(spec: PrecoderSpec, build: dict) -> list[dict[str, int]]:
    """All coefficients of ``spec`` as values of the ports, the matched filter's first.

    ``InputError`` names one that the port does not hold: it is never cut to the port's width.
    """
    frac_bits, scale = build["coefficient_frac_bits"], build["coefficient_step_scale"]
    named = {"start": (spec.start, scale)}
    for number, each in enumerate(spec.rounds):
        named |= {f"rounds[{number}].keep": (each.keep, 1)}
        named |= {f"rounds[{number}].step": (each.step, scale)}
    values = [0]  # what nobody reads: the matched filter has no keep
    for name, (coefficient, factor) in named.items():
        if not _fits(coefficient, factor, build):
            most = (1 << (_port_bits(build) - 1)) - 1
            raise InputError(
                f"coefficient {name} is {coefficient.value:g}: not a multiple of 2^-{frac_bits} "
                f"within +-{most} of them, which coefficient_value holds"
            )
        values.append(coefficient.scaled(frac_bits) * factor)
    mask = (1 << _port_bits(build)) - 1
    return [
        {"coefficient_write": 1, "coefficient_index": index, "coefficient_value": value & mask}
        for index, value in enumerate(values)
    ]


def _port_bits(build: dict) -> int:
    return build["ports"]["coefficient_value"]["width"]
