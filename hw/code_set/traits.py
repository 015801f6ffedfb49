"""What the arithmetic of one code of a set needs and that of another may not."""

from collections.abc import Callable

from model.errors import InputError
from quant.code_set.spec import CodeSetSpec
from quant.number_forms import odd_sums
from quant.spec import Spec

_TRAITS: dict[str, Callable[[Spec], bool]] = {
    "sums that saturate": lambda spec: not spec.adds_exactly,
    "APP values that are even": lambda spec: not odd_sums(spec),
    "erased bits": lambda spec: any(
        lanes < spec.code.lifting_size for lanes in spec.code.transmitted_lanes
    ),
}
"""A decoder that has what a member needs serves those without, too."""


def neediest(spec: CodeSetSpec) -> Spec:
    """The member whose arithmetic serves all of them."""
    needs = [_needs(member) for member in spec.members]
    every = set().union(*needs)
    for member, its in zip(spec.members, needs, strict=True):
        if its == every:
            return member
    raise InputError(f"{spec.name}: no code has all of {_listed(every)}, which others do")


def check_traits(spec: CodeSetSpec, code: Spec) -> None:
    """``InputError`` for a code with needs that no member of the set has."""
    missing = _needs(code) - _needs(neediest(spec))
    if missing:
        raise InputError(f"{code.code.name} has {_listed(missing)}, no code of {spec.name} has")


def _needs(code: Spec) -> set[str]:
    return {name for name, has in _TRAITS.items() if has(code)}


def _listed(needs: set[str]) -> str:
    return ", ".join(sorted(needs))
