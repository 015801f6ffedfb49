"""Which retries of a spec the layered engine has hardware for."""

from model.errors import InputError
from quant.fields import shown
from quant.spec import Spec


def check_retries(spec: Spec, frames: int) -> None:
    """``InputError`` for retries that there is no hardware for.

    frames : in lock-step
    """
    if spec.retries and frames > 1:
        raise InputError(
            f"{spec.name}: {len(spec.retries)} retries, but frames in lock-step (--lanes) stop "
            "together and none of them can begin anew"
        )
    for number, retry in enumerate(spec.retries):
        if retry.layer_order not in ((), spec.layer_order):
            raise InputError(
                f"{spec.name}: retries[{number}].layer_order is {shown(retry.layer_order)}, but "
                "the hardware has one program for all slots, in the spec's own order "
                f"{shown(spec.layer_order)}"
            )
