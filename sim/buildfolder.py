"""The build folder that ``hw.build`` wrote, read and checked before anything runs."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.errors import InputError
from model.files import read_text
from sim import stimulus

_NEEDED = ("name", "verilog", "spec", "spec_sha", "kind", "top")


@dataclass(frozen=True)
class Build:
    """A checked build folder.

    folder : where it is; ``record`` : build.json; ``spec`` : the kind's spec object;
    ``kind`` : its :class:`sim.stimulus.Kind`; ``verilog`` : path of the Verilog text
    """

    folder: Path
    record: dict[str, Any]
    spec: Any
    kind: stimulus.Kind
    verilog: Path

    @property
    def spec_sha(self) -> str:
        return self.record["spec_sha"]

    @property
    def top(self) -> str:
        return self.record["top"]


def read(folder: str | Path) -> Build:
    """Read ``folder``; every fault is an ``InputError`` naming file, field and value.

    Faults: no such folder, build.json absent, unreadable or incomplete, a kind without stimulus,
    a spec that is broken or is not the one the Verilog was made from, no Verilog.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such build folder (python -m hw.build makes one)")
    path = folder / "build.json"
    try:
        record = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}: not JSON at line {error.lineno} column {error.colno}: {error.msg}"
        ) from error
    if not isinstance(record, dict):
        raise InputError(f"{path}: not a JSON object")
    for key in _NEEDED:
        if not isinstance(record.get(key), str):
            raise InputError(f"{path}: field {key!r} is {record.get(key)!r}, expected text")
    kind = stimulus.get(record["kind"])
    spec_path = folder / Path(record["spec"]).name
    spec = kind.load(spec_path)
    if spec.sha != record["spec_sha"]:
        raise InputError(
            f"{path}: spec_sha {record['spec_sha']!r} is not that of {spec_path}: {spec.sha!r}"
        )
    verilog = folder / Path(record["verilog"]).name
    text = read_text(verilog)
    digest = record.get("verilog_sha")
    if digest is not None and hashlib.sha256(text.encode()).hexdigest() != digest:
        raise InputError(f"{verilog}: not the text that {path} records (verilog_sha {digest!r})")
    return Build(folder, record, spec, kind, verilog)
