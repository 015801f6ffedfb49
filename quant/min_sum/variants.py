"""Specs near another one, for explorations: other message widths, other APP widths."""

from dataclasses import replace

from quant import kinds
from quant.spec import Spec


def with_message_bits(name: str, spec: Spec, bits: int) -> tuple[str, Spec]:
    """The spec itself, the first shipped one of the same code, or an untrained one; its name."""
    from quant.fit import default_spec

    if spec.message_bits == bits:
        return name, spec
    for shipped, path in kinds.presets().items():
        other = kinds.load(path)
        for_this = (other.kind, other.made_for) == (spec.kind, spec.made_for)
        if for_this and other.message_bits == bits:
            return shipped, other
    schedule = "flooding" if spec.flooding else "layered"
    made = default_spec(
        spec.graph(), message_bits=bits, iterations=spec.iterations, schedule=schedule
    )
    return f"{name}_{bits}bit", made


def with_app_bits(name: str, spec: Spec, bits: int) -> tuple[str, Spec]:
    """The same spec with APP values of another width; its name."""
    if bits == spec.app_bits:
        return name, spec
    # What was measured of the spec does not hold for another.
    return f"{name}_app{bits}", replace(spec, app_bits=bits, provenance={})


VARIANTS = {"message_bits": with_message_bits, "app_bits": with_app_bits}
