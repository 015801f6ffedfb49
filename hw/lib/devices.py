"""The devices that ``--target`` names, in builds and in reports alike."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """A device, or a family of devices.

    name : what ``--target`` calls it
    layer : target layer that its Verilog is made of (:mod:`hw.lib.target`)
    title : for people
    nextpnr : size and package for nextpnr; empty where it is not placed and routed
    pins : of the package
    comb, block_rams : look-up tables (nextpnr's COMB) and block RAMs that there are; None where
        nobody counts them
    """

    name: str
    layer: str
    title: str
    nextpnr: tuple[str, ...] = ()
    pins: int | None = None
    comb: int | None = None
    block_rams: int | None = None


_SIZES = {"25k": (24_288, 56), "45k": (43_848, 108), "85k": (83_640, 208)}
"""COMB and block RAMs, as nextpnr counts them."""
_PACKAGES = {
    "25k": (("CABGA381", 197), ("CABGA256", 197), ("CSFBGA285", 118)),
    "45k": (("CABGA554", 245), ("CABGA381", 203), ("CABGA256", 197), ("CSFBGA285", 118)),
    "85k": (("CABGA756", 365), ("CABGA554", 259), ("CABGA381", 205), ("CSFBGA285", 118)),
}
"""Package and user pins by size, the first without a name of its own: Lattice FPGA-DS-02012,
selection guide."""


def _ecp5() -> list[Device]:
    found = []
    for size, packages in _PACKAGES.items():
        for place, (package, pins) in enumerate(packages):
            name = f"ecp5-{size}" if place == 0 else f"ecp5-{size}-{package.lower()}"
            title = f"Lattice ECP5 LFE5U-{size[:-1]}F, {package}, speed 6"
            arguments = (f"--{size}", "--package", package, "--speed", "6")
            found.append(Device(name, "ecp5", title, arguments, pins, *_SIZES[size]))
    return found


_NEXUS_SIZE = (32_256, 84)
_NEXUS_PACKAGES = (("caBGA400", "BG400", 166), ("csfBGA289", "MG289", 154))
"""Package, its name in an ordering code, and the pins that designs are given here
(:mod:`synth.pins`)."""


def _nexus() -> list[Device]:
    """CrossLink-NX; nextpnr's data base has no CertusPro-NX (LFCPNX)."""
    found = []
    for place, (package, short, pins) in enumerate(_NEXUS_PACKAGES):
        name = "lifcl-40" if place == 0 else f"lifcl-40-{package.lower()}"
        title = f"Lattice CrossLink-NX LIFCL-40, {package}, speed 9, high performance"
        # router2, the default, was seen to go round in circles (fpga-tool-perf, pull 366).
        arguments = ("--device", f"LIFCL-40-9{short}C", "--router", "router1")
        found.append(Device(name, "nexus", title, arguments, pins, *_NEXUS_SIZE))
    return found


DEVICES = {
    device.name: device
    for device in (
        Device("generic", "generic", "any device: 4-input look-up tables, counts only"),
        *_ecp5(),
        *_nexus(),
        Device("xc7", "generic", "AMD 7 series, counts only"),
        Device("xcup", "generic", "AMD UltraScale+, counts only"),
        Device("cyclone5", "generic", "Intel Cyclone V, counts only"),
        Device("ice40", "generic", "Lattice iCE40, counts only"),
        Device("gowin", "generic", "Gowin LittleBee and Arora, counts only"),
        Device("gatemate", "generic", "Cologne Chip GateMate, counts only"),
        Device("quicklogic", "generic", "QuickLogic qlf_k6n10f, counts only"),
        Device("efinix", "generic", "Efinix Trion, counts only"),
    )
}
ALIASES = {"ecp5": "ecp5-85k", "nexus": "lifcl-40"}
"""A family's name stands for its largest device in reports; Verilog is the same for all of it."""
NAMES = (*DEVICES, *ALIASES)
DEFAULT = "ecp5-85k"
"""What is placed and routed where nobody says."""


def named(name: str) -> Device:
    """The device or a family's largest, by one of :data:`NAMES`."""
    return DEVICES[ALIASES.get(name, name)]


def sized(name: str) -> Device:
    """The same, or the default device where its size is not known."""
    return named(name) if named(name).comb else DEVICES[DEFAULT]
