"""The cells that netlists are made of, by family, and the Verilog modules that model them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cells:
    """Models of a netlist's cells.

    Parameters
    ----------
    library : Yosys' own models, a name of :mod:`hw.lib.cell_models`
    models : cell type -> module that models it
    files : models of ours, beside those of the library
    muxed : cells whose parameters ``...MUX`` say what stands between a pin and the fabric
    buffers : cell type -> pins of those that only pass a signal on; of pads by direction
    open_pins : cell type -> what the fabric makes of inputs that the netlist leaves out
    """

    library: str
    models: Mapping[str, str]
    files: tuple[Path, ...]
    muxed: frozenset[str] = frozenset()
    buffers: Mapping[str, Mapping[str, tuple[str, str]] | tuple[str, str]] = field(
        default_factory=dict
    )
    open_pins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def passes(self, kind: str, parameters: Mapping) -> tuple[str, str] | None:
        """Input and output pin of a cell that only passes a signal on."""
        pins = self.buffers.get(kind)
        return pins[parameters["DIR"]] if isinstance(pins, Mapping) else pins


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


# Yosys' library has no model of a multiplier, an empty one of a block RAM, and of what nextpnr
# packs none that serves: its carry goes nowhere, its flip-flop lacks the second input.
_BLOCKS = {"DP16KD": "ECP5_DP16KD", "MULT18X18D": "ECP5_MULT18X18D"}
_BLOCK_FILES = (_HERE / "dp16kd.v", _HERE / "mult18x18d.v")
_CONTROL = ("CLK{}", "CE{}", "OCE{}", "WE{}", "RST{}", "CS{}0", "CS{}1", "CS{}2")
ECP5 = Cells(
    library="ecp5",
    models=_same("LUT4", "CCU2C", "TRELLIS_FF", "TRELLIS_DPR16X4") | _BLOCKS,
    files=_BLOCK_FILES,
    muxed=frozenset(_BLOCKS),
)
"""As Yosys maps them."""
ECP5_PLACED = Cells(
    library="ecp5",
    models={"TRELLIS_COMB": "ECP5_COMB", "TRELLIS_FF": "ECP5_FF", "TRELLIS_RAMW": "ECP5_RAMW"}
    | _BLOCKS,
    files=(*_BLOCK_FILES, _HERE / "placed.v"),
    muxed=frozenset(_BLOCKS),
    buffers={"DCCA": ("CLKI", "CLKO"), "TRELLIS_IO": {"INPUT": ("B", "O"), "OUTPUT": ("I", "B")}},
    open_pins={
        "TRELLIS_COMB": dict.fromkeys("ABCD", "1"),
        "DP16KD": {pin.format(side): "1" for pin in _CONTROL for side in "AB"}
        | {f"{bus}{side}{bit}": "0" for bus, bits in (("DI", 18), ("AD", 14)) for side in "AB"
           for bit in range(bits)},
        "MULT18X18D": {f"{bus}{bit}": "0" for bus in "AB" for bit in range(18)},
    },
)  # fmt: skip
"""As nextpnr packs them."""
NEXUS = Cells(
    library="nexus",
    models=_same(
        "LUT4", "INV", "WIDEFN9", "CCU2", "FD1P3IX", "FD1P3JX", "FD1P3BX", "FD1P3DX", "DPR16X4",
        "IB", "OB", "VLO", "VHI", "MULT9X9", "MULT18X18", "MULT18X36", "MULT36X36",
    )
    | {"PDPSC16K": "NEXUS_PDPSC16K", "DP16K": "NEXUS_DP16K"},
    files=(_HERE / "pdpsc16k.v", _HERE / "dp16k.v"),
)  # fmt: skip
"""As Yosys maps them."""


def cells_of(module: dict) -> Cells:
    """Those that a netlist's module is made of; where nothing tells, ECP5's as mapped."""
    kinds = {cell["type"] for cell in module["cells"].values()}
    for cells in (ECP5_PLACED, NEXUS):
        if kinds & (cells.models.keys() - ECP5.models.keys()):
            return cells
    return ECP5
