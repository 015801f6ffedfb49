"""``python -m tests.netlist_table``: the table of docs/netlist.md, row by row, measured."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from netlist_designs import DESIGNS, write  # noqa: E402
from tables import printed  # noqa: E402

from sim import cosim  # noqa: E402
from synth.flow import synthesise  # noqa: E402


def row(name: str, folder: Path, args: argparse.Namespace) -> tuple[str, bool]:
    """A line of the table, and whether all of it is right."""
    write(name, folder, args.target)
    report = synthesise(folder, args.target, stop_after=None if args.routed else "packing")
    made = "routed-*-seed1.json" if args.routed else f"{report.target}.json"
    netlist = next(folder.glob(f"synth/{made}"))
    found = cosim.run(folder, args.frames, netlist=netlist)
    verilog = cosim.run(folder, args.frames)
    good, driven = found.ok and found.cycles == verilog.cycles, "none: a second input stream"
    if name != "precoder":
        long = cosim.run(folder, args.driver_frames, driver=True, netlist=netlist)
        good &= long.ok
        driven = f"{long.frames:,}, {long.mismatches}"
    checked = report.checked
    registers = sum(checked.get(f"registers_in_{place}", 0) for place in ("block_ram", "dsp"))
    cycles = "equal" if found.cycles == verilog.cycles else f"{found.cycles} of {verilog.cycles}"
    faults = [each.fault for each in (found, verilog) if each.fault]
    label = name.replace("--target ecp5", f"--target {args.target}")
    return (
        f"| `{DESIGNS[name][0]}` {label} | {report.lut4:,} / {report.ccu2c} / {report.ff:,} / "
        f"{report.ebr:g} / {report.dsp} | {registers:,} | {checked['carry_cells']} / "
        f"{checked['carry_nets_proven']} | {found.frames} + {found.fault_frames}, "
        f"{found.mismatches} | {cycles} | {driven} |" + "".join(f" {fault}" for fault in faults)
    ), good


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; exit code 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.netlist_table", description=__doc__)
    parser.add_argument("--frames", type=int, default=200, help="with cocotb")
    parser.add_argument("--driver-frames", type=int, default=2000)
    parser.add_argument("--routed", action="store_true", help="after place and route: minutes each")
    parser.add_argument("--target", default="ecp5-85k", help="ecp5-85k or lifcl-40")
    parser.add_argument("--only", metavar="TEXT", default="", help="rows whose name has it")
    args = parser.parse_args(argv)
    print("| design | LUT4 / CCU2C / FF / EBR / DSP | registers found again | carry cells / nets "
          "proven equal | frames + after resets, wrong | cycles | driver: frames, wrong |\n"
          "|---|---|---|---|---|---|---|", flush=True)  # fmt: skip
    names = [name for name in DESIGNS if args.only in name]
    return 0 if printed(names, lambda name, folder: row(name, folder, args)) else 1


if __name__ == "__main__":
    sys.exit(main())
