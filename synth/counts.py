"""What a report counts, from Yosys's cells and nextpnr's utilisation."""

from collections import Counter

from hw.lib.devices import DEVICES
from hw.lib.target import PORTABLE
from synth import nextpnr
from synth.cell_counts import cell_counts
from synth.families import Family
from synth.targets import Target

TOO_LARGE = "too large"
"""How the reason begins why a design is not even placed."""


def counts_of(device: Target, cells: Counter, placement: nextpnr.Placement | None) -> dict:
    """The counts of a report for ``device``; ``placement`` None where it is not placed."""
    if placement is not None:
        return routed_counts(device.family, cells, placement)
    if device.name == PORTABLE:
        return generic_counts(cells)
    return {"lut4": None, "comb": None, "ccu2c": None} | cell_counts(device.name, cells)


def routed_counts(family: Family, cells: Counter, placement: nextpnr.Placement) -> dict:
    """Return the report's counts from Yosys's cells and nextpnr's utilisation."""
    used = placement.utilisation

    def mapped(column: str) -> int:
        return family.count(cells, column)

    return {
        "lut": mapped("lut4"),
        "lut4": mapped("lut4"),
        "comb": used.get(family.comb),
        "ccu2c": mapped("ccu2c"),
        "ff": used.get(family.ff, mapped("ff")),
        "ebr": used.get(family.ebr, mapped("ebr")),
        "distributed_ram": mapped("distributed_ram"),
        "dsp": mapped("dsp"),
    }


def too_large(device: Target, cells: Counter, pins: int) -> str | None:
    """Why a mapped design cannot be on the device, as far as its cells say so."""
    family, there = device.family, DEVICES[device.name]
    asked = (
        ("COMB", family.least_comb(cells), there.comb),
        ("FF", family.count(cells, "ff"), there.comb),  # a register for each look-up table
        ("block RAM", family.count(cells, "ebr"), there.block_rams),
        ("pins", 0 if family.leaves_pins else pins, there.pins),
    )
    over = [f"{used:,} of {most:,} {name}" for name, used, most in asked if most and used > most]
    return f"{TOO_LARGE} for {device.name}: at least {', '.join(over)}" if over else None


def generic_counts(cells: Counter) -> dict:
    """Return the report's counts where no device is named; ``ebr`` counts memories as they are."""
    registers = ("$_DFF", "$_SDFF", "$_ALDFF", "$_DLATCH")
    return {
        "lut": cells["$lut"],
        "lut4": cells["$lut"],
        "comb": None,
        "ccu2c": None,
        "ff": sum(number for name, number in cells.items() if name.startswith(registers)),
        "ebr": cells["$mem_v2"],
        "distributed_ram": 0,
        "dsp": cells["$mul"],
    }
