"""Precoders by name, for the error-rate commands."""

from functools import partial

import numpy as np

from model.errors import InputError
from model.precoder import linear
from model.precoder.link import Precoder
from model.precoder.parameters import PrecoderParameters
from model.precoder.system import System
from model.precoder.unfolded import UnfoldedPrecoder
from quant import kinds
from quant.precoder import golden, shipped
from quant.precoder.spec import KIND, PrecoderSpec

UNFOLDED = ("c2po", "best", "learned")


def get(name: str, system: System) -> Precoder:
    """Return the precoder that ``name`` says (see ``sim.ber``); ``InputError`` if there is none."""
    if name in linear.KINDS:
        return partial(linear.precode, name)
    if name.endswith(".npz"):
        return of_parameters(PrecoderParameters.load(name), system, name)
    kind, _, depth = name.partition(":")
    if kind == "spec":
        return of_spec(kinds.resolve(depth), system, name)
    if kind not in UNFOLDED or not (depth.isascii() and depth.isdecimal()):
        unfolded = (f"{kind}:T" for kind in UNFOLDED)
        known = ", ".join([*linear.KINDS, *unfolded, "FILE.npz", "spec:SPEC"])
        raise InputError(f"precoder {name!r} is unknown; choose from {known}")
    if kind == "c2po":
        return of_parameters(PrecoderParameters.published(system, int(depth)), system, name)
    path = shipped.parameters(system, int(depth), tied=kind == "best")
    return of_parameters(PrecoderParameters.load(path), system, name)


def of_parameters(parameters: PrecoderParameters, system: System, name: str) -> Precoder:
    """Return the precoder with these numbers; they must fit antennas and users.

    The modulation may differ: how numbers do on one they were not trained for is a fair question.
    """
    made = parameters.system
    if (made.antennas, made.users) != (system.antennas, system.users):
        raise InputError(
            f"{name}: made for {made.antennas}x{made.users}, not {system.antennas}x{system.users}"
        )
    unfolded = UnfoldedPrecoder.from_parameters(parameters)

    def precode(channel: np.ndarray, symbols: np.ndarray, snr_db: float) -> np.ndarray:
        return unfolded.precode(channel, symbols)

    return precode


def of_spec(spec: PrecoderSpec, system: System, name: str) -> Precoder:
    """Return the integer precoder of a spec, as the hardware computes it."""
    if spec.kind != KIND:
        raise InputError(f"{name}: the spec's kind is {spec.kind!r}, expected {KIND!r}")
    if spec.system != system:
        raise InputError(f"{name}: made for {spec.system}, not {system}")

    def precode(channel: np.ndarray, symbols: np.ndarray, snr_db: float) -> np.ndarray:
        return golden.transmit(spec, channel, symbols)

    return precode
