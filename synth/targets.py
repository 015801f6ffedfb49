"""The devices a report can be made for, and the tool options that go with each."""

import difflib
from dataclasses import dataclass

from hw.lib.devices import DEVICES, NAMES, Device, named
from model.errors import InputError
from synth.families import FAMILIES, Family, family_of


@dataclass(frozen=True)
class Target:
    """One device or device family.

    ``yosys_commands`` are the synthesis passes, ``{top}`` in them the top module;
    ``nextpnr_arguments`` are empty where no place and route exists, and the report then holds
    counts only. ``block_ram_mhz`` is the most that a clock of a design with block RAM is credited
    with, whatever the router says. ``family`` says how it is placed and routed.
    """

    name: str
    title: str
    yosys_commands: tuple[str, ...]
    nextpnr_arguments: tuple[str, ...] = ()
    pins: int | None = None
    block_ram_mhz: float | None = None
    family: Family | None = None

    @property
    def routes(self) -> bool:
        """True if the target is placed and routed."""
        return bool(self.nextpnr_arguments)

    def credited_mhz(self, fmax_mhz: float | None, block_rams: float) -> float | None:
        """The clock rate that counts: that of the router, up to the block RAM's own limit."""
        if fmax_mhz is None or not block_rams or self.block_ram_mhz is None:
            return fmax_mhz
        return min(fmax_mhz, self.block_ram_mhz)


PLACERS = tuple(dict.fromkeys(name for family in FAMILIES.values() for name in family.placers))
"""nextpnr's placers by name; not every family has all of them."""
DEFAULT_PLACER = PLACERS[0]

_XILINX = "synth_xilinx -family {family} -flatten -top {{top}}"
_COUNTS = {
    # Memories and multipliers stay as they are: nobody says what they would be made of.
    "generic": ("synth -flatten -top {top} -run begin:fine", "opt -full",
                "techmap", "opt -fast", "abc -lut 4", "opt -fast", "opt_clean"),
    "xc7": (_XILINX.format(family="xc7"),),
    "xcup": (_XILINX.format(family="xcup"),),
    "cyclone5": ("synth_intel_alm -family cyclonev -top {top}",),
    "ice40": ("synth_ice40 -top {top}",),
    "gowin": ("synth_gowin -top {top}",),
    "gatemate": ("synth_gatemate -top {top}",),
    "quicklogic": ("synth_quicklogic -family qlf_k6n10f -top {top}",),
    "efinix": ("synth_efinix -top {top}",),
}


def _target(device: Device) -> Target:
    family = family_of(device)
    if family is None:
        return Target(device.name, device.title, _COUNTS[device.name])
    return Target(device.name, device.title, family.yosys_commands, device.nextpnr, device.pins,
                  family.block_ram_mhz, family)  # fmt: skip


TARGETS = {device.name: _target(device) for device in DEVICES.values()}


def target_named(name: str) -> Target:
    """Return the target called ``name``; ``InputError`` names the near or all targets."""
    if name in NAMES:
        return TARGETS[named(name).name]
    near = difflib.get_close_matches(name.lower(), TARGETS, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(TARGETS)}"
    raise InputError(f"--target {name}: no such target; {hint}")
