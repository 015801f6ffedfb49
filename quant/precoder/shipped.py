"""The trained parameters that the project ships, by size."""

from importlib import resources
from pathlib import Path

from model.errors import InputError
from model.precoder.system import System


def parameters(system: System, iterations: int, tied: bool = False) -> Path:
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
