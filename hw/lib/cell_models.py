"""Simulation models of a device family's cells, by the names that build.json has for them.

They are files of installed Python packages. build.json holds names of this table and no path, so
that a build folder of somebody else cannot say which file a simulator is given.
"""

import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from model.errors import InputError
from quant.fields import shown


@dataclass(frozen=True)
class CellModel:
    """A Verilog ``file`` inside the installed Python ``package``."""

    package: str
    file: str


MODELS = {
    "ecp5": CellModel("pyosys", "share/ecp5/cells_sim.v"),
    "nexus": CellModel("pyosys", "share/nexus/cells_sim.v"),
}


def named(source: str, value: object) -> list[str]:
    """Names of this table for what a record holds; ``InputError`` names ``source`` and the entry.

    Older records hold pairs of package and file instead of names.
    """
    if not isinstance(value, list):
        raise InputError(f"{source}: field 'cell_models' is {shown(value)}, expected a list")
    of_pair = {(model.package, model.file): name for name, model in MODELS.items()}
    names = []
    for entry in value:
        pair = (
            isinstance(entry, list) and len(entry) == 2 and all(isinstance(e, str) for e in entry)
        )
        name = of_pair.get(tuple(entry)) if pair else entry
        if not isinstance(name, str) or name not in MODELS:
            what = f"{entry[1]} of package {entry[0]!r}" if pair else shown(entry)
            raise InputError(f"{source}: cell_models names {what}, known are {', '.join(MODELS)}")
        names.append(name)
    return names


def path_of(name: str) -> Path:
    """The model's file; ``InputError`` if its package is not installed."""
    model = MODELS[name]
    found = PathFinder.find_spec(model.package, _installed())
    path = Path(found.origin).parent / model.file if found and found.origin else None
    if path is None or not path.is_file():
        raise InputError(
            f"the cells of {name} need {model.file} of the Python package {model.package!r}, "
            "which is not installed"
        )
    return path


def _installed() -> list[str]:
    """Where packages are installed: never the current folder, which Python looks in first."""
    here = Path.cwd()
    paths = (Path(entry) for entry in sys.path if entry)
    return [
        str(path) for path in paths
        if path.is_absolute() and path.name in ("site-packages", "dist-packages") and path != here
    ]  # fmt: skip
