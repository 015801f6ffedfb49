"""The devices a report can be made for, and the tool options that go with each."""

import difflib
from dataclasses import dataclass

from hw.lib.devices import DEVICES, NAMES, Device, named
from model.errors import InputError


@dataclass(frozen=True)
class Target:
    """One device or device family.

    ``yosys_commands`` are the synthesis passes, ``{top}`` in them the top module;
    ``nextpnr_arguments`` are empty where no place and route exists, and the report then holds
    counts only. ``block_ram_mhz`` is the most that a clock of a design with block RAM is credited
    with, whatever the router says.
    """

    name: str
    title: str
    yosys_commands: tuple[str, ...]
    nextpnr_arguments: tuple[str, ...] = ()
    pins: int | None = None
    block_ram_mhz: float | None = None

    @property
    def routes(self) -> bool:
        """True if the target is placed and routed."""
        return bool(self.nextpnr_arguments)

    def credited_mhz(self, fmax_mhz: float | None, block_rams: float) -> float | None:
        """The clock rate that counts: that of the router, up to the block RAM's own limit."""
        if fmax_mhz is None or not block_rams or self.block_ram_mhz is None:
            return fmax_mhz
        return min(fmax_mhz, self.block_ram_mhz)


# -nowidelut: with the wide multiplexers Yosys picks LUT5 to LUT7, which cost 2 to 8 LUT4 each
# and more than they save on 4:1 multiplexers.
_SYNTH_ECP5 = "synth_ecp5 -nowidelut -top {top}"
_FLIP_FLOPS = (
    "-cell $_DFF_?_ 01 -cell $_DFF_?P?_ r -cell $_SDFF_?P?_ r "
    "-cell $_DFFE_??_ 01 -cell $_DFFE_?P??_ r -cell $_SDFFE_?P??_ r"
)
_ECP5 = (
    # In a flat design the memory passes take minutes for some hundred memories; a module that
    # serves a hundred instances is mapped once.
    "proc",
    "opt",
    "memory -nomap",
    "memory_libmap -lib +/lattice/lutrams_trellis.txt -lib +/lattice/brams_16kd.txt",
    "techmap -map +/lattice/lutrams_map_trellis.v -map +/lattice/brams_map_16kd.v",
    f"{_SYNTH_ECP5} -run begin:map_ffs",
    # Enables and resets of a few registers become logic: their nets reach a slice late, and every
    # other control set makes placement harder.
    "opt_clean",
    f"dfflegalize -mince 16 -minsrst 16 {_FLIP_FLOPS}",
    f"{_SYNTH_ECP5} -run map_ffs:",
)
# nextpnr knows delays through a block RAM but not its least clock period. Lattice gives the clock
# rates of block RAM functions in the register-to-register performance table of the family's data
# sheet (FPGA-DS-02012); 200 MHz is taken as the ceiling of the slowest speed grade.
_ECP5_6_BLOCK_RAM_MHZ = 200.0
PLACERS = {
    # Its own weights (10 and 2) leave control with few connections far from its data.
    "heap": ("--placer-heap-timingweight", "30", "--placer-heap-critexp", "3"),
    # Less wire, less regard for timing: better where a design fills half the device, and then only.
    "static": ("--placer", "static"),
}
"""nextpnr's placers by name, with their arguments; the first is the default."""
DEFAULT_PLACER = next(iter(PLACERS))

_XILINX = "synth_xilinx -family {family} -flatten -top {{top}}"
_COUNTS = {
    # Memories and multipliers stay as they are: nobody says what they would be made of.
    "generic": ("synth -flatten -top {top} -run begin:fine", "opt -full",
                "techmap", "opt -fast", "abc -lut 4", "opt -fast", "opt_clean"),
    "xc7": (_XILINX.format(family="xc7"),),
    "xcup": (_XILINX.format(family="xcup"),),
    "nexus": ("synth_nexus -top {top}",),
    "cyclone5": ("synth_intel_alm -family cyclonev -top {top}",),
    "ice40": ("synth_ice40 -top {top}",),
    "gowin": ("synth_gowin -top {top}",),
    "gatemate": ("synth_gatemate -top {top}",),
    "quicklogic": ("synth_quicklogic -family qlf_k6n10f -top {top}",),
    "efinix": ("synth_efinix -top {top}",),
}


def _target(device: Device) -> Target:
    if not device.nextpnr:
        return Target(device.name, device.title, _COUNTS[device.name])
    return Target(device.name, device.title, _ECP5, device.nextpnr, device.pins,
                  _ECP5_6_BLOCK_RAM_MHZ)  # fmt: skip


TARGETS = {device.name: _target(device) for device in DEVICES.values()}


def target_named(name: str) -> Target:
    """Return the target called ``name``; ``InputError`` names the near or all targets."""
    if name in NAMES:
        return TARGETS[named(name).name]
    near = difflib.get_close_matches(name.lower(), TARGETS, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(TARGETS)}"
    raise InputError(f"--target {name}: no such target; {hint}")
