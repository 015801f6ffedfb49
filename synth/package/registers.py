"""``NAME_registers.rdl`` and ``.h``: the registers' description, and what C makes of it."""

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hw.record import FILE
from hw.registers import description
from hw.registers.fields import Register, listed
from model.errors import InputError
from synth.package.product import Product


@dataclass(frozen=True)
class Described:
    """The registers of a build.

    rdl : their description
    header : of C
    registers : by address
    """

    rdl: str
    header: str
    registers: tuple[Register, ...]


@lru_cache(maxsize=1)
def described(product: Product) -> Described | None:
    """The registers; None where there are none. ``InputError`` if build.json has other ones."""
    theirs = product.record.get("registers")
    if theirs is None:
        return None
    from hw.registers import compiled

    rdl = description.text(product.record)
    top = compiled.top_of(rdl)
    registers = compiled.registers_of(top)
    if listed(registers) != theirs:
        raise InputError(f"{FILE}: field 'registers' is of another version; build the folder again")
    return Described(rdl, _header(top, f"{product.name}_registers.h"), registers)


def of(product: Product) -> tuple[Register, ...]:
    """The registers, perhaps none."""
    found = described(product)
    return () if found is None else found.registers


def files(product: Product) -> dict[str, str]:
    """The two files; nothing where there are no registers."""
    found = described(product)
    if found is None:
        return {}
    name = f"{product.name}_registers"
    return {f"{name}.rdl": found.rdl, f"{name}.h": found.header}


def _header(top, name: str) -> str:
    from peakrdl_cheader.exporter import CHeaderExporter

    with tempfile.TemporaryDirectory(prefix="unfoldhw-") as folder:
        path = Path(folder) / name
        CHeaderExporter().export(top, path=str(path), reuse_typedefs=False)
        return path.read_text(encoding="utf-8")
