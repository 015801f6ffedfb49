"""The build folder that ``hw.build`` wrote, read and checked before anything runs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw.lib import cell_models
from hw.record import FILE, read_record, spec_of, text_of
from model import families
from model.errors import InputError
from sim.stimulus.frames import Stimulus

_NEEDED = ("name", "verilog", "spec", "spec_sha", "kind", "top")
_NUMBERS = ("latency_cycles", "cycles_per_frame_full", "frames_in_flight")


@dataclass(frozen=True)
class Build:
    """A checked build folder.

    folder : where it is; ``record`` : build.json; ``spec`` : its spec;
    ``stimulus`` : what its family makes frames with (:mod:`sim.stimulus`); ``verilog`` : path
    ``text`` : of the Verilog, checked: what simulators are given, whatever becomes of the file
    ``own_models`` : files of this program with primitives, beside those that build.json names
    ``netlist`` : where ``text`` comes from if it is a netlist of the Verilog
    """

    folder: Path
    record: dict[str, Any]
    spec: Any
    stimulus: Callable[..., Stimulus]
    verilog: Path
    text: str
    own_models: tuple[Path, ...] = ()
    netlist: str | None = None

    def frames(self, count: int, ebn0_db: float | None, seed: int) -> Stimulus:
        """So many frames, and what golden makes of them; ``ebn0_db`` None: a family's own mix.

        ``InputError`` if build.json and spec do not fit each other.
        """
        try:
            record = self.record | {"folder": str(self.folder)}
            return self.stimulus(self.spec, record, count, ebn0_db, seed)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"{self.folder / 'build.json'}: no frames can be made for what it says of the "
                f"design: {type(error).__name__}: {error}"
            ) from error

    @property
    def spec_sha(self) -> str:
        return self.record["spec_sha"]

    @property
    def top(self) -> str:
        return self.record["top"]

    @property
    def cell_models(self) -> tuple[Path, ...]:
        """Models of the primitives in the Verilog; they are parts of installed packages, or ours.

        ``InputError`` for one that is not there.
        """
        installed = map(cell_models.path_of, self.record.get("cell_models", []))
        return (*installed, *self.own_models)


def read(folder: str | Path) -> Build:
    """Read ``folder``; every fault is an ``InputError`` naming file, field and value.

    Faults: no such folder, build.json absent, unreadable or incomplete, a kind without stimulus,
    a spec that is broken or is not the one the Verilog was made from, no Verilog, or one that says
    what no design here says (:mod:`hw.verilog_text`).
    """
    folder = Path(folder)
    record = read_record(folder, _NEEDED, _NUMBERS)
    path = folder / FILE
    kind = record["kind"]
    stimulus = families.need(families.of_kind(kind, str(path)), "stimulus")
    spec = spec_of(folder, record)
    verilog = folder / record["verilog"]
    text = text_of(verilog, record.get("verilog_sha"))
    return Build(folder, record, spec, stimulus, verilog, text)
