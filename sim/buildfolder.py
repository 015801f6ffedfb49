"""The build folder that ``hw.build`` wrote, read and checked before anything runs."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw.record import read_record, verilog_of
from model.errors import InputError
from sim import stimulus

_NEEDED = ("name", "verilog", "spec", "spec_sha", "kind", "top")
_NUMBERS = ("latency_cycles", "cycles_per_frame_full", "frames_in_flight")


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

    @property
    def cell_models(self) -> tuple[Path, ...]:
        """Models of the primitives in the Verilog; they are parts of installed packages.

        ``InputError`` for one that is not there.
        """
        paths = []
        for package, file in self.record.get("cell_models", []):
            found = importlib.util.find_spec(package)
            path = Path(found.origin).parent / file if found and found.origin else None
            if path is None or not path.is_file():
                raise InputError(
                    f"{self.folder / 'build.json'}: cell_models names {file} of package "
                    f"{package!r}, which is not installed"
                )
            paths.append(path)
        return tuple(paths)


def read(folder: str | Path) -> Build:
    """Read ``folder``; every fault is an ``InputError`` naming file, field and value.

    Faults: no such folder, build.json absent, unreadable or incomplete, a kind without stimulus,
    a spec that is broken or is not the one the Verilog was made from, no Verilog.
    """
    folder = Path(folder)
    record = read_record(folder, _NEEDED, _NUMBERS)
    path = folder / "build.json"
    kind = stimulus.get(record["kind"])
    spec_path = folder / Path(record["spec"]).name
    spec = kind.load(spec_path)
    if spec.sha != record["spec_sha"]:
        raise InputError(
            f"{path}: spec_sha {record['spec_sha']!r} is not that of {spec_path}: {spec.sha!r}"
        )
    verilog = verilog_of(folder, record)
    return Build(folder, record, spec, kind, verilog)
