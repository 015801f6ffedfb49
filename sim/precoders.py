"""Precoders by name, for the error-rate commands."""

from functools import partial
from importlib import resources
from pathlib import Path

import numpy as np

from model.errors import InputError
from model.precoder import linear
from model.precoder.link import Precoder
from model.precoder.parameters import PrecoderParameters
from model.precoder.system import System
from model.precoder.unfolded import UnfoldedPrecoder

UNFOLDED = ("c2po", "best", "learned")


def get(name: str, system: System) -> Precoder:
    """Return the precoder that ``name`` says (see ``sim.ber``); ``InputError`` if there is none."""
    if name in linear.KINDS:
        return partial(linear.precode, name)
    if name.endswith(".npz"):
        return of_parameters(PrecoderParameters.load(name), system, name)
    kind, _, depth = name.partition(":")
    if kind not in UNFOLDED or not (depth.isascii() and depth.isdecimal()):
        known = ", ".join([*linear.KINDS, *(f"{kind}:T" for kind in UNFOLDED), "FILE.npz"])
        raise InputError(f"precoder {name!r} is unknown; choose from {known}")
    if kind == "c2po":
        return of_parameters(PrecoderParameters.published(system, int(depth)), system, name)
    path = preset(system, int(depth), tied=kind == "best")
    return of_parameters(PrecoderParameters.load(path), system, name)


def preset(system: System, iterations: int, tied: bool = False) -> Path:
    """Return the shipped parameters of a size; ``InputError`` lists what is shipped."""
    folder = Path(str(resources.files("quant.presets")))
    best = "_best" if tied else ""
    size = f"{system.antennas}x{system.users}_{system.modulation}"
    path = folder / f"mimo_precoder_{size}_t{iterations}{best}.params.npz"
    if not path.exists():
        names = sorted(p.name for p in folder.glob("mimo_precoder_*.params.npz"))
        shipped = ", ".join(name.removesuffix(".params.npz") for name in names) or "none"
        raise InputError(f"{path.stem.removesuffix('.params')} is not shipped; there are {shipped}")
    return path


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
