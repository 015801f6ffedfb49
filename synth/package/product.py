"""What everything beside the Verilog is made from: the record of a build and its spec."""

import dataclasses
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hw.lib.devices import NAMES
from hw.options import all_engines
from hw.record import FILE
from hw.record_fields import is_number
from model import families
from model.errors import InputError
from model.printable import in_comment, one_line
from quant import kinds
from sim.stimulus.frames import Stimulus
from synth.package.streams import Ports
from synth.record import Report
from synth.targets import target_named

_FRONT = re.compile(r"python -m [a-z_]+\.([a-z_]+)")
_BEATS = 12_000
_LEAST_FRAMES, _MOST_FRAMES = 16, 48
_SEED = 29
_CLOCK_MHZ = 100.0


@dataclass(frozen=True, eq=False)
class Product:
    """A build.

    record : content of build.json
    spec : that the Verilog was made from
    text : the Verilog
    reports : of synthesis, of this Verilog
    """

    record: dict[str, Any]
    spec: Any
    text: str
    reports: tuple[Report, ...] = ()

    @property
    def name(self) -> str:
        """Of the design, its top module and its files."""
        return self.record["top"]

    @property
    def about(self) -> str:
        """What it is, in one line that is fit for any comment."""
        return in_comment(self.spec.describe())

    @cached_property
    def ports(self) -> Ports:
        """Streams and single signals; ``InputError`` if the record does not say them."""
        if not self.record.get("ports"):
            raise InputError(f"{FILE}: field 'ports' is missing; build the folder again")
        return Ports.of(self.record["ports"])

    @cached_property
    def cost(self) -> dict:
        """What is on record of the spec, synthesised; empty where nothing is."""
        return _figures(self.spec.provenance.get("cost", {}))

    @cached_property
    def loss(self) -> dict:
        """What is on record of its loss against float; empty where nothing is."""
        return _figures(self.spec.provenance.get("loss", {}))

    @property
    def credited_mhz(self) -> float | None:
        """The clock on record, up to the limit of the block RAM; None where none is."""
        reached, target = self.cost.get("fmax_mhz"), self.cost.get("target")
        if not reached or target not in NAMES:
            return reached
        return target_named(target).credited_mhz(reached, self.cost["ebr"])

    @property
    def cost_is_of_this(self) -> bool:
        """Whether what is on record is of a build like this: as fast, and without more to do."""
        mhz, rate = self.credited_mhz, self.cost.get("coded_mbps")
        if not mhz or not rate or not self._as_recorded:
            return False
        ours = mhz * self.record["coded_bits_per_frame"] / self.record["cycles_per_frame_full"]
        return abs(ours / rate - 1) < 0.01

    @property
    def _as_recorded(self) -> bool:
        """Whether all options that have a default but the target have it."""
        return bool(self.option_fields) and all(
            self.record["options"][name] == field.default
            for name, field in self.option_fields.items()
            if name not in ("target", "rotate_in_ram") and field.default is not None
        )

    @cached_property
    def option_fields(self) -> dict[str, dataclasses.Field]:
        """Of the engine whose options the record has, by name; empty where none has these."""
        chosen = self.record.get("options", {})
        for options in all_engines().values():
            fields = {field.name: field for field in dataclasses.fields(options)}
            if fields.keys() == chosen.keys():
                return fields
        return {}

    @property
    def clock_mhz(self) -> float:
        """For constraints: what is on record, in whole MHz, or 100."""
        reached = self.cost.get("fmax_mhz")
        return float(int(reached)) if reached and reached >= 1 else _CLOCK_MHZ

    @cached_property
    def stimulus(self) -> Stimulus | None:
        """Some tens of frames and what golden makes of them, the same in every build of a spec.

        None where the family has no stimulus.
        """
        make = families.find(kinds.family_of(self.spec), "stimulus")
        if make is None:
            return None
        beats = self.record.get("input_beats_per_frame", 1)
        frames = min(max(_BEATS // beats, _LEAST_FRAMES), _MOST_FRAMES)
        try:
            return make(self.spec, self.record, frames, None, _SEED)
        except InputError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise InputError(
                f"{self.name}: no frames for its testbench: {type(error).__name__}: {error}"
            ) from error


def _figures(record: dict) -> dict:
    """Of what anybody may have written: numbers, the names that were checked, and the command."""
    found = {name: value for name, value in record.items() if is_number(value)}
    found |= {name: record[name] for name in ("target", "reference") if name in record}
    if isinstance(record.get("command"), str):
        found["command"] = spoken(one_line(record["command"]))
    return found


def spoken(command: str) -> str:
    """A command on record, which names its module, as its users call it."""
    return _FRONT.sub(r"unfoldhw \1", command)
