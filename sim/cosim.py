"""Co-simulation: the built Verilog against golden, every output bit, status and frame.

``run`` is the Python call, ``python -m sim.cosim`` the command. The Verilog of a build folder is
compiled for the simulator (once), cocotb drives its AXI streams, golden says what must come out.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hw.record import work_folder
from model import cli
from model.errors import InputError
from model.files import write_atomic
from model.printable import one_line
from sim import buildfolder, long_run, plan, simulators, waterfall
from sim.bench_run import run_bench
from sim.compiled import CompileError, compiled
from sim.netlist.build import MAPPED, with_netlist
from sim.run_folder import run_folder

_EXAMPLE = """example:
  python -m hw.build --code qc_ldpc --out build/qc_ldpc
  python -m sim.cosim --build build/qc_ldpc --frames 200
  python -m sim.cosim --build build/qc_ldpc --frames 50 --ebn0 3.0 --json
  python -m sim.cosim --build build/qc_ldpc --frames 2000 --fer 1e-3     # throughput there
  python -m sim.cosim --build build/qc_ldpc --frames 100000 --driver     # a long run
  python -m sim.cosim --build build/qc_ldpc --netlist --driver           # as mapped for ECP5
"""


@dataclass(frozen=True)
class CosimResult:
    """What a co-simulation found.

    Parameters
    ----------
    frames : output frames compared, of ``frames_asked``
    mismatches : frames that are wrong in a beat, tlast or status, fault frames included, and
        frames that never came; at least 1 if anything at all is wrong
    cycles_per_frame : clock cycles from frame to frame with both streams at full speed, or None
        when too few frames came out
    full_cycles_per_frame : the same at full iterations, as build.json says, or None
    ebn0_db : of all frames, or None if they spread
    simulator : name
    spec_sha : hash of the spec that golden and Verilog share
    summary : what golden says of the stimulus, e.g. decoded, not_decoded, mean_iterations
    cycles : clock cycles simulated
    fault_frames : frames compared right after wrong-length frames and resets (not in ``frames``)
    compile_seconds, run_seconds : wall time
    context_change : of a core with a second input stream: ``service_cycles`` from a context's last
        word until it is in service under full load, ``dead_cycles`` that the output loses by it
    registers : of a core with registers: ``snapshots`` that were compared, ``soft_resets``
    overtaken : results that came before that of an older frame; None where results keep their order
    fault : None, or one line that says what is wrong, where, with expected and actual value
    interrupted : by Ctrl-C, which a run of the driver answers with what it has
    netlist : file that was simulated in place of the build's Verilog, or None
    """

    frames: int
    frames_asked: int
    mismatches: int
    cycles_per_frame: float | None
    simulator: str
    spec_sha: str
    summary: dict[str, float] = field(default_factory=dict)
    cycles: int = 0
    fault_frames: int = 0
    compile_seconds: float = 0.0
    run_seconds: float = 0.0
    context_change: dict[str, int] = field(default_factory=dict)
    registers: dict[str, int] = field(default_factory=dict)
    full_cycles_per_frame: float | None = None
    ebn0_db: float | None = None
    overtaken: int | None = None
    fault: str | None = None
    interrupted: bool = False
    netlist: str | None = None

    @property
    def ok(self) -> bool:
        """Every frame came out and every one was right."""
        return self.fault is None and self.mismatches == 0 and self.frames == self.frames_asked > 0


def run(
    build_dir: str | Path,
    frames: int = 200,
    ebn0_db: float | None = None,
    simulator: str = "verilator",
    seed: int = 1,
    faults: bool = True,
    waves: bool = False,
    progress: bool = False,
    make: Callable | None = None,
    fer: float | None = None,
    driver: bool = False,
    netlist: str | Path | None = None,
) -> CosimResult:
    """Prove the Verilog in ``build_dir`` against golden on ``frames`` frames.

    Parameters
    ----------
    build_dir : folder written by ``hw.build``
    frames : how many, at least 1
    ebn0_db : Eb/N0 of all frames in dB; None spreads them around the waterfall
    simulator : ``"verilator"`` or ``"icarus"``
    seed : of the stimulus, the idle cycles and the back-pressure
    faults : after the frames also give wrong-length frames and resets in mid-frame, where the
        kind promises to survive them
    waves : record all signals (``sim/run/dump.vcd`` for Verilator, an .fst for Icarus)
    progress : show a progress bar on standard error
    make : what makes the stimulus, instead of the kind's own source; same arguments
    fer : instead of ``ebn0_db``, the Eb/N0 where the spec has this frame error rate
    driver : all frames through a compiled bench (:mod:`sim.long_run`), without faults and waves
    netlist : instead of the Verilog a netlist of device cells made from it (:mod:`sim.netlist`): a
        file, or ``"mapped"`` for what ``synth.report`` left in the folder

    Returns
    -------
    CosimResult, also when the Verilog is wrong. Bad input raises ``InputError``.
    """
    if frames < 1:
        raise InputError(f"--frames is {frames}, at least 1 is needed")
    if seed < 0:
        raise InputError(f"--seed is {seed}, must be 0 or more")
    if ebn0_db is not None and not abs(ebn0_db) <= 100:
        raise InputError(f"--ebn0 is {ebn0_db}, must be -100 to 100 dB")
    build = buildfolder.read(build_dir)
    if netlist is not None:
        if simulator != "verilator":
            raise InputError("--netlist: works with Verilator")
        build = with_netlist(build, None if netlist == MAPPED else Path(netlist))
    if fer is not None:
        if ebn0_db is not None:
            raise InputError(f"--ebn0 {ebn0_db:g} --fer {fer:g}: one of them decides the noise")
        ebn0_db = waterfall.point_at(build.spec, fer)
    if driver:
        if simulator != "verilator" or waves or make is not None:
            raise InputError("--driver: works with Verilator, without --waves")
        return _driven(build, frames, ebn0_db, seed, progress)
    cycles = frames * build.record.get("cycles_per_frame_full", math.inf)
    chosen = simulators.get(simulator, cycles)
    try:
        model = compiled(chosen, build.text, build.top, waves, build.cell_models)
    except CompileError as error:
        fault = _refused(build, error)
        return CosimResult(0, frames, frames, None, simulator, build.spec_sha, fault=fault,
                           netlist=build.netlist)  # fmt: skip
    if make is None:
        stimulus = build.frames(frames, ebn0_db, seed)
    else:
        stimulus = make(build.spec, build.record, frames, ebn0_db, seed)
    faults = faults and "dropped" in stimulus.status_fields
    with run_folder(build.folder) as folder:
        plan.write(folder / "frames.npz", stimulus, build.record, seed, faults)
        start = time.monotonic()
        found, fault = run_bench(chosen, model, folder, frames, seed, waves, progress)
    seconds = time.monotonic() - start
    came = found.get("frames", 0)
    wrong = found.get("mismatches", 0) + frames - came
    return CosimResult(
        frames=came,
        frames_asked=frames,
        mismatches=max(wrong, 1) if fault else wrong,
        cycles_per_frame=found.get("cycles_per_frame"),
        simulator=simulator,
        spec_sha=build.spec_sha,
        summary=stimulus.summary,
        cycles=found.get("cycles", 0),
        fault_frames=found.get("fault_frames", 0),
        compile_seconds=model.seconds,
        run_seconds=seconds,
        context_change=found.get("context_change", {}),
        registers=found.get("registers") or {},
        full_cycles_per_frame=build.record.get("cycles_per_frame_full"),
        ebn0_db=ebn0_db,
        overtaken=found.get("overtaken"),
        fault=fault,
        netlist=build.netlist,
    )


def _refused(build, error: CompileError) -> str:
    """The fault of Verilog that does not compile; the compiler's log is kept."""
    log = write_atomic(work_folder(build.folder, "sim") / "compile.log", error.log)
    return f"{error}, see {log}"


def _driven(build, frames: int, ebn0_db: float | None, seed: int, progress: bool) -> CosimResult:
    try:
        found = long_run.run(build, frames, ebn0_db, seed, progress)
    except CompileError as error:
        found = long_run.LongRun(fault=_refused(build, error))
    return CosimResult(
        frames=found.frames,
        frames_asked=frames,
        mismatches=1 if found.fault else found.given - found.frames,
        cycles_per_frame=None,
        simulator="verilator",
        spec_sha=build.spec_sha,
        summary=found.summary,
        cycles=found.cycles,
        compile_seconds=found.compile_seconds,
        run_seconds=found.seconds,
        full_cycles_per_frame=build.record.get("cycles_per_frame_full"),
        ebn0_db=ebn0_db,
        fault=found.fault,
        interrupted=found.interrupted,
        netlist=build.netlist,
    )


def report(result: CosimResult) -> str:
    """Return the readable summary."""
    lines = [
        *([f"netlist            {one_line(result.netlist)}"] if result.netlist else []),
        f"simulator          {result.simulator}",
        f"frames compared    {result.frames} of {result.frames_asked}"
        f" (+ {result.fault_frames} after wrong-length frames and resets)",
        f"mismatches         {result.mismatches}",
    ]
    if result.cycles_per_frame is not None:
        line = f"cycles per frame   {result.cycles_per_frame:.1f} at full speed"
        if result.ebn0_db is not None and result.full_cycles_per_frame is not None:
            ratio = result.full_cycles_per_frame / result.cycles_per_frame
            line += (f" and {result.ebn0_db:g} dB, {result.full_cycles_per_frame:.1f} at full "
                     f"iterations: {ratio:.2f} times their throughput")  # fmt: skip
        lines.append(line)
    counted = {**result.summary, **result.context_change, **result.registers}
    if result.overtaken is not None:
        counted["frames_overtaken"] = result.overtaken
    for name, value in counted.items():
        golden_too = ", as golden" if name in result.summary else ""
        lines.append(f"{name.replace('_', ' '):<18} {value:g}{golden_too}")
    lines.append(
        f"time               {result.compile_seconds:.1f} s compile, {result.run_seconds:.1f} s "
        f"run, {result.cycles} cycles"
    )
    lines.append(f"spec               {result.spec_sha}")
    what = "netlist" if result.netlist else "Verilog"
    verdict = f"bit-exact on {result.frames} frames: {what} = golden"
    if result.interrupted and result.fault is None:
        verdict = f"interrupted: bit-exact on {result.frames} of {result.frames_asked} frames"
    elif not result.ok:
        verdict = f"FAILED: {result.fault}"
    lines.append(one_line(verdict))
    return "\n".join(lines)


def record(result: CosimResult) -> dict:
    """Return the object ``--json`` prints."""
    keys = ("frames", "mismatches", "cycles_per_frame", "full_cycles_per_frame", "ebn0_db",
            "simulator", "spec_sha")  # fmt: skip
    found = {key: getattr(result, key) for key in keys} | result.context_change
    found |= result.registers
    return found if result.netlist is None else found | {"netlist": result.netlist}


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns 0 when every frame matched, 1 when not."""
    parser = cli.Parser(
        prog="python -m sim.cosim",
        description="Prove the Verilog of a build folder against the golden model.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("--build", required=True, metavar="DIR", help="folder from hw.build")
    parser.add_argument("--frames", type=int, default=200, metavar="N", help="default 200")
    parser.add_argument(
        "--ebn0", type=float, metavar="DB",
        help="Eb/N0 of all frames in dB (default: spread around the waterfall)",
    )
    parser.add_argument(
        "--fer", type=float, metavar="RATE",
        help="instead: the Eb/N0 where the spec has this frame error rate (it is measured first)",
    )
    parser.add_argument(
        "--simulator", choices=simulators.NAMES, default="verilator",
        help="default verilator; icarus is a slow second opinion for small designs",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
    parser.add_argument(
        "--no-faults", action="store_true",
        help="leave out the wrong-length frames and resets that follow the frames",
    )
    parser.add_argument(
        "--driver", action="store_true",
        help="all frames through a compiled bench with idle cycles and back-pressure: five "
        "times as fast, for long runs; wrong lengths and resets are left to sim.soak, sim.resets",
    )
    parser.add_argument(
        "--netlist", nargs="?", const=MAPPED, metavar="FILE",
        help="simulate the netlist of cells that `report` left in DIR/synth (or FILE, one of "
        "this build) in place of the Verilog; a block RAM's word that is read while it is written "
        "is random",
    )
    parser.add_argument("--waves", action="store_true", help="record all signals in DIR/sim/run")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    args = parser.parse_args(argv)
    result = run(
        args.build, args.frames, args.ebn0, args.simulator, args.seed,
        faults=not args.no_faults, waves=args.waves, progress=True, fer=args.fer,
        driver=args.driver, netlist=args.netlist,
    )
    print(report(result))
    if args.json:
        cli.print_json(record(result))
    if result.interrupted:
        raise KeyboardInterrupt
    return 0 if result.ok else 1


if __name__ == "__main__":
    cli.run(main)
