"""The devices a report can be made for, and the tool options that go with each."""

import difflib
from dataclasses import dataclass

from model.errors import InputError


@dataclass(frozen=True)
class Target:
    """One device or device family.

    ``yosys_command`` is the synthesis pass with its options; ``memory_commands`` map memories
    before it, module by module. ``nextpnr_arguments`` are empty where no place and route exists,
    and the report then holds counts only.
    """

    name: str
    title: str
    yosys_command: str
    memory_commands: tuple[str, ...] = ()
    nextpnr_arguments: tuple[str, ...] = ()
    pins: int | None = None

    @property
    def routes(self) -> bool:
        """True if the target is placed and routed."""
        return bool(self.nextpnr_arguments)


# -nowidelut: with the wide multiplexers Yosys picks LUT5 to LUT7, which cost 2 to 8 LUT4 each
# and more than they save on 4:1 multiplexers.
TARGETS = {
    target.name: target
    for target in (
        Target(
            "ecp5-85k",
            "Lattice ECP5 LFE5U-85F, CABGA756, speed 6",
            "synth_ecp5 -nowidelut",
            # In a flat design this pass takes minutes for some hundred memories; a module that
            # serves a hundred instances is mapped once.
            (
                "proc",
                "opt",
                "memory -nomap",
                "memory_libmap -lib +/lattice/lutrams_trellis.txt -lib +/lattice/brams_16kd.txt",
                "techmap -map +/lattice/lutrams_map_trellis.v -map +/lattice/brams_map_16kd.v",
            ),
            ("--85k", "--package", "CABGA756", "--speed", "6"),
            pins=365,
        ),
        Target("xc7", "AMD 7 series, Yosys counts only", "synth_xilinx -family xc7 -flatten"),
        Target("xcup", "AMD UltraScale+, Yosys counts only", "synth_xilinx -family xcup -flatten"),
    )
}


def target_named(name: str) -> Target:
    """Return the target called ``name``; ``InputError`` names the near or all targets."""
    if name in TARGETS:
        return TARGETS[name]
    near = difflib.get_close_matches(name.lower(), TARGETS, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(TARGETS)}"
    raise InputError(f"--target {name}: no such target; {hint}")
