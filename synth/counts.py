"""What a report counts, from Yosys's cells and nextpnr's utilisation."""

from collections import Counter

from hw.lib.target import PORTABLE
from synth import nextpnr
from synth.cell_counts import cell_counts
from synth.targets import Target


def counts_of(device: Target, cells: Counter, placement: nextpnr.Placement | None) -> dict:
    """The counts of a report for ``device``; ``placement`` None where it is not placed."""
    if placement is not None:
        return ecp5_counts(cells, placement)
    if device.name == PORTABLE:
        return generic_counts(cells)
    return {"lut4": None, "comb": None, "ccu2c": None} | cell_counts(device.name, cells)


def ecp5_counts(cells: Counter, placement: nextpnr.Placement) -> dict:
    """Return the report's counts from Yosys's cells and nextpnr's utilisation."""
    used = placement.utilisation
    return {
        "lut": cells["LUT4"],
        "lut4": cells["LUT4"],
        "comb": used.get("TRELLIS_COMB"),
        "ccu2c": cells["CCU2C"],
        "ff": used.get("TRELLIS_FF", cells["TRELLIS_FF"]),
        "ebr": used.get("DP16KD", cells["DP16KD"]),
        "distributed_ram": cells["TRELLIS_DPR16X4"],
        "dsp": cells["MULT18X18D"] + cells["ALU54B"],
    }


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
