"""All files beside the Verilog, kept for the next build of the same."""

import json
from collections.abc import Sequence
from pathlib import Path

from hw.verilog.waivers import waivers
from model import families
from model.fingerprint import fingerprint
from model.kept import kept
from quant import kinds
from synth.package import (
    c_model,
    constraints,
    datasheet,
    fusesoc,
    ipxact,
    litex,
    readme,
    registers,
    testbench,
)
from synth.package.product import Product
from synth.record import Report

_PROGRAM = ("model", "quant", "hw", "sim", "synth")
_FILE = "files.json"


def files(
    spec, record: dict, text: str, reuse: bool = False, reports: Sequence[Report] = ()
) -> dict[str, str]:
    """All files beside the Verilog, spec, C model and build.json: path to text.

    Parameters
    ----------
    spec : that the Verilog was made from
    record : content of build.json
    text : the Verilog
    reuse : take what was made of the same before, and keep what is made; only for families of our
        own, whose program is known
    reports : of synthesis, of this Verilog, for the datasheet

    Raises ``InputError`` where spec and record do not fit each other.
    """
    product = Product(record, spec, text, tuple(reports))
    if not reuse or kinds.family_of(spec) not in families.OWN:
        return _made(product)
    said = {name: value for name, value in record.items() if name not in ("seconds", "beside")}
    costs = [report.to_json() for report in reports]
    name = fingerprint(_PROGRAM, said, spec.to_json(), costs)[:24]

    def make(folder: Path) -> list[Path]:
        path = folder / _FILE
        path.write_text(json.dumps(_made(product)), encoding="utf-8")
        return [path]

    entry, _ = kept("files beside designs", "package", name, make)
    return json.loads((entry / _FILE).read_text(encoding="utf-8"))


def _made(product: Product) -> dict[str, str]:
    made = {f"{product.name}.vlt": waivers(product.record["verilog"])}
    c_files = families.find(kinds.family_of(product.spec), "c_files")
    if c_files is not None:
        made |= c_files(product.spec, product.record)
    for part in (testbench, constraints, c_model, registers, litex, ipxact, datasheet):
        made |= part.files(product)
    for part in (fusesoc, readme):  # which name the others
        made |= part.files(product, made)
    return made
