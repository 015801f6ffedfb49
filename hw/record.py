"""build.json: what it holds, in one place that writes it and reads it.

It lies in a folder that may come from anywhere, and is data: names in it become names of modules,
of files and words of tools' command lines, so none is used before it is checked. Files are named
relative to the folder, which may be moved.
"""

import dataclasses
import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from hw import verilog_text
from hw.lib import cell_models
from hw.record_fields import check
from model.errors import InputError
from model.files import read_text
from model.json_text import parse_json
from quant import kinds
from quant.fields import shown

FILE = "build.json"
_FILES = ("verilog", "spec")


@dataclass(frozen=True)
class BuildRecord:
    """What build.json says of a build folder; a field that an older one lacks is None.

    Attributes
    ----------
    version : of unfoldhw
    name, top : of the design and of its top module
    kind : of the spec (:mod:`model.families`)
    verilog, verilog_sha : name of the Verilog file, and SHA-256 of its text
    spec, spec_sha : name of the spec's file, and the spec's content hash
    c_model : names of the C model's files
    beside : files beside them, one folder deep at most, with their SHA-256 when they were made
    options : build choices by name, plain values
    ports : ``{"direction": "input" or "output", "width": bits}`` by name
    seconds : that the build took
    facts : what the kind says of the design: plain values, or short lists of them
    """

    version: str | None = None
    name: str | None = None
    kind: str | None = None
    top: str | None = None
    verilog: str | None = None
    verilog_sha: str | None = None
    spec: str | None = None
    spec_sha: str | None = None
    c_model: tuple[str, ...] | None = None
    beside: Mapping | None = None
    options: Mapping | None = None
    ports: Mapping | None = None
    seconds: float | None = None
    facts: Mapping = field(default_factory=dict)

    def to_json(self) -> dict:
        """The object that build.json holds; ``from_json`` reads it back."""
        own = {name: getattr(self, name) for name in _OWN if getattr(self, name) is not None}
        if self.c_model is not None:
            own["c_model"] = list(self.c_model)
        return own | dict(self.facts)

    @classmethod
    def from_json(cls, content: object, source: str = FILE) -> "BuildRecord":
        """Check every field of a parsed build.json; ``InputError`` names source, field and value.

        Of a path, which older versions wrote, the last part counts.
        """
        if not isinstance(content, dict):
            raise InputError(f"{source}: not a JSON object")
        values = dict(content)
        for name in _FILES:
            if isinstance(values.get(name), str):
                values[name] = PurePosixPath(values[name]).name
        if isinstance(values.get("c_model"), list):
            values["c_model"] = [
                PurePosixPath(file).name if isinstance(file, str) else file
                for file in values["c_model"]
            ]
        values.pop("out", None)  # where an older version wrote it, which says nothing now
        if "cell_models" in values:
            values["cell_models"] = cell_models.named(source, values["cell_models"])
        for name, value in values.items():
            check(source, name, value)
        if "c_model" in values:
            values["c_model"] = tuple(values["c_model"])
        own = {name: values.pop(name) for name in _OWN if name in values}
        return cls(**own, facts=values)


_OWN = tuple(each.name for each in dataclasses.fields(BuildRecord) if each.name != "facts")


def read_record(folder: Path, text: tuple[str, ...], numbers: tuple[str, ...] = ()) -> dict:
    """Content of ``folder``/build.json, checked field by field, as a dict of JSON types.

    text, numbers : fields that must be there

    ``InputError`` if the file or a field is missing or wrong: one line naming both.
    """
    if not os.path.isdir(folder):  # also False for what no folder can be called
        raise InputError(f"{folder}: no such build folder (python -m hw.build makes one)")
    path = folder / FILE
    content = parse_json(read_text(path), str(path))
    record = BuildRecord.from_json(content, str(path)).to_json()
    for name in (*text, *numbers):
        if record.get(name) is None:
            kind = "text" if name in text else "a number above 0"
            raise InputError(
                f"{path}: field {name!r} is {shown(record.get(name))}, expected {kind}"
            )
    return record


def spec_of(folder: Path, record: dict):
    """The spec that build.json names; ``InputError`` if the Verilog was not made from it."""
    path, spec_path, kind = folder / FILE, folder / record["spec"], record["kind"]
    spec = kinds.load(spec_path)
    if spec.sha != record["spec_sha"]:
        raise InputError(
            f"{path}: spec_sha {record['spec_sha']!r} is not that of {spec_path}: {spec.sha!r}"
        )
    if spec.kind != kind:
        raise InputError(f"{path}: kind {kind!r} is not that of {spec_path}: {spec.kind!r}")
    return spec


def verilog_of(folder: Path, record: dict) -> Path:
    """The Verilog file that build.json names; it must hold the text that was written.

    It lies beside build.json, so that a folder may be moved. What it may say is checked, too
    (:mod:`hw.verilog_text`), because whoever can change it can also change its hash.
    """
    path = folder / record["verilog"]
    text_of(path, record.get("verilog_sha"))
    return path


def text_of(path: Path, digest: str | None = None) -> str:
    """The Verilog text in ``path``, with SHA-256 ``digest``, if it is fit to be given to a tool."""
    text = read_text(path, verilog_text.MOST_BYTES)
    if digest is not None and hashlib.sha256(text.encode()).hexdigest() != digest:
        raise InputError(
            f"{path}: not the text that {path.parent / FILE} records (verilog_sha {digest!r})"
        )
    verilog_text.check(text, str(path))
    return text


def work_folder(build: Path, name: str) -> Path:
    """The folder ``name`` inside a build folder, for what tools write; made if need be.

    ``InputError`` if it cannot be made, or is a link: that could lead anywhere.
    """
    path = build / name
    try:
        path.mkdir(exist_ok=True)
        kind = os.lstat(path).st_mode
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    if not stat.S_ISDIR(kind):
        raise InputError(f"{path}: a link, not a folder: nothing is written through it")
    return path
