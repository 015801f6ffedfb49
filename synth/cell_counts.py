"""What Yosys' cells of a device family are: look-up tables, registers, block RAM, multipliers."""

from collections import Counter
from collections.abc import Mapping

COLUMNS = ("lut", "ff", "ebr", "distributed_ram", "dsp")

# Of each family the beginnings of its cells' names, by column; a number is what one counts.
CELLS: Mapping[str, Mapping[str, tuple[str | tuple[str, float], ...]]] = {
    "ecp5": {"lut": ("LUT4",), "ff": ("TRELLIS_FF",), "ebr": ("DP16KD", "PDPW16KD"),
             "distributed_ram": ("TRELLIS_DPR16X4",), "dsp": ("MULT18X18D", "ALU54B")},
    "nexus": {"lut": ("LUT4", ("WIDEFN9", 2)), "ff": ("FD1P3",),
              "ebr": ("PDPSC16K", "PDP16K", "DP16K", "SP16K"), "distributed_ram": ("DPR16X4",),
              "dsp": ("MULT",)},
    "ice40": {"lut": ("SB_LUT4",), "ff": ("SB_DFF",), "ebr": ("SB_RAM40_4K",),
              "dsp": ("SB_MAC16",)},
    "gowin": {"lut": ("LUT1", "LUT2", "LUT3", "LUT4"), "ff": ("DFF",),
              "ebr": ("SDP", "DP", "SP", "pROM"), "distributed_ram": ("RAM16",),
              "dsp": ("MULT",)},
    "gatemate": {"lut": ("CC_LUT", "CC_MX", "CC_L2T"), "ff": ("CC_DFF",),
                 "ebr": (("CC_BRAM_20K", 0.5), "CC_BRAM_40K"), "dsp": ("CC_MULT",)},
    "quicklogic": {"lut": ("$lut", "LUT"), "ff": ("dff", "sdff"), "ebr": ("TDP36K",),
                   "dsp": ("QL_DSP2",)},
    "cyclone5": {"lut": ("MISTRAL_ALUT", "MISTRAL_NOT"), "ff": ("MISTRAL_FF",),
                 "ebr": ("MISTRAL_M10K",), "distributed_ram": ("MISTRAL_MLAB",),
                 "dsp": ("MISTRAL_MUL",)},
    "efinix": {"lut": ("EFX_LUT4",), "ff": ("EFX_FF",), "ebr": ("EFX_RAM_5K",),
               "dsp": ("EFX_MULT",)},
    "xc7": (_AMD := {"lut": ("LUT", "INV"), "ff": ("FDRE", "FDSE", "FDCE", "FDPE"),
            "ebr": ("RAMB36", ("RAMB18", 0.5)),
            "distributed_ram": ("RAM32", "RAM64", "RAM128", "RAM256", "RAM512"),
            "dsp": ("DSP48",)}),
    "xcup": _AMD,
}  # fmt: skip


def cell_counts(family: str, cells: Counter) -> dict[str, float]:
    """Columns of a report, from Yosys's cells alone; half a block RAM counts as half."""
    found = {}
    for column in COLUMNS:
        total = 0
        for start in CELLS[family].get(column, ()):
            start, weight = (start, 1) if isinstance(start, str) else start
            total += weight * sum(n for name, n in cells.items() if name.startswith(start))
        found[column] = total
    return found
