"""A reset of one cycle leaves a design as a long one does: a check on its gates.

``python -m synth.reset_state --build DIR`` makes gates of the Verilog in DIR and simulates them
with unknown bits, in pairs of runs with the same inputs:

* after one cycle of reset, in a state in which every register and every memory with a write port is
  unknown. So this run stands for all states in which the reset may come.
* after a long reset from the same state, behind which memories hold anything again.

A bit is lost where the first run does not know what the second one does. Once no bit of a register
or memory is lost, none ever is, whatever comes in, because the simulation is monotone. So of the
pair that gets no input, and all of whose data is unknown, this is a proof: what a long reset leaves
known is the same from ``settles_in`` cycles behind a reset of one cycle on, for every state that it
came in and every input from then on, and until then an idle design has no result and drops nothing.

The other pairs are tests of what comes in earlier, and of registers that no reset reaches: their
sources send at once, frames of the right and of wrong lengths, and their data is random but known.
There all that a reset makes known must stay known, and so must every output that says something.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from hw.lib import cell_models
from hw.record import read_record, verilog_of
from model.cli import Parser, print_json, run
from model.errors import InputError
from synth.gates import Gates, read_gates
from synth.lost import origins
from synth.reset_bench import PAIRS, Bench

CYCLES = 400
"""Cycles that are simulated."""

SETTLING = 300
"""Cycles in which a design must forget what was before."""

_CONTROL = ("_tvalid", "_tready", "_dropped")
_QUIET = ("_tvalid", "_dropped")

_SHOWN = 10
_EXAMPLE = """examples:
  python -m hw.build --code wifi_648_r12
  python -m synth.reset_state --build build/wifi_648_r12
"""


@dataclass(frozen=True)
class Found:
    """What the check found.

    registers, gates : of the design; with_reset : registers that one cycle of reset makes known
    settles_in : cycles behind the reset after which nothing is lost; None if something stays lost
    faults : a line each; none if the check passes
    """

    registers: int
    gates: int
    with_reset: int
    settles_in: int | None
    faults: list[str] = field(default_factory=list)


def check(gates: Gates, beats: dict[str, int] | None = None, cycles: int = CYCLES) -> Found:
    """Check a design with the inputs ``clk`` and ``rst`` and streams ``NAME_tvalid`` and so on.

    beats : of a frame of each input stream, where known
    """
    bench = Bench(gates, beats or {})
    outputs, faults, settled = _Outputs(bench), [], None
    for cycle in range(cycles):
        bench.cycle()
        faults += outputs.faults(cycle)
        bench.clock()
        if settled is None:
            lost = np.concatenate([bench.lost_registers(), bench.lost_words()])
            settled = None if lost.any() else cycle + 1
            if settled is None and cycle + 1 == SETTLING:
                break
    if settled is None:
        pairs = int(np.bitwise_or.reduce(lost))
        pair = next(pair for pair in range(PAIRS) if pairs >> pair & 1)
        faults += map(str, origins(Bench(gates, beats or {}), pair, cycle + 1))
    size = sum(len(rows) for rows in gates.gates.values())
    with_reset = int(bench.is_reset.sum())
    return Found(len(gates.registers), size, with_reset, settled, faults)


class _Outputs:
    """Looks at the outputs, and reports the first fault of each."""

    def __init__(self, bench: Bench):
        self._bench, self._left = bench, dict(bench.gates.outputs)

    def faults(self, cycle: int) -> list[str]:
        found = []
        for name, nets in list(self._left.items()):
            what = self._fault(name, nets)
            if what:
                del self._left[name]
                found.append(f"output {name} {what}, {cycle} cycles after a reset of one cycle")
        return found

    def _fault(self, name: str, nets: np.ndarray) -> str | None:
        bench, control = self._bench, name.endswith(_CONTROL)
        bad = int(np.bitwise_or.reduce(bench.bad(nets)))
        valid = bench.gates.outputs.get(f"{name.rpartition('_')[0]}_tvalid")
        if valid is not None and not control:
            bad &= bench.says_one(valid[0])
        if name.endswith(_QUIET) and int(bench.simulation.can1[nets[0]]) & 3:
            return "may be 1, though nothing has come in"
        if bad & 3:
            return "depends on what was before"
        return "depends on what was before, if beats come at once" if bad else None


def check_build(folder: Path, cycles: int = CYCLES) -> Found:
    """Check the Verilog of a build folder; ``InputError`` if that cannot be read."""
    record = read_record(folder, ("top", "verilog"))
    verilog = verilog_of(folder, record)
    models = tuple(map(cell_models.path_of, record.get("cell_models", [])))
    beats = {"s_axis": "input_beats_per_frame", "s_axis_h": "channel_beats"}
    known = {stream: record[name] for stream, name in beats.items() if name in record}
    with tempfile.TemporaryDirectory(prefix="reset-") as work:
        gates = read_gates(verilog, record["top"], Path(work), models)
    return check(gates, known, cycles)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = Parser(
        prog="python -m synth.reset_state",
        description="Check that a reset of one cycle leaves a design as a long one does. "
        "Exit code 1 if it does not.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("--build", required=True, type=Path, metavar="DIR", help="build folder")
    parser.add_argument("--cycles", type=int, default=CYCLES, metavar="N",
                        help="fail if the runs still differ after N cycles "
                        f"(default {CYCLES})")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object as last line")
    arguments = parser.parse_args(argv)
    if arguments.cycles < 1:
        raise InputError(f"--cycles {arguments.cycles}: must be 1 or more")
    found = check_build(arguments.build, arguments.cycles)
    for fault in found.faults[:_SHOWN]:
        print(fault)
    if len(found.faults) > _SHOWN:
        print(f"and {len(found.faults) - _SHOWN} more")
    print(f"{arguments.build}: {found.gates} gates, {found.registers} registers, of which "
          f"{found.with_reset} have a reset")  # fmt: skip
    print("faults" if found.faults else
          "a reset of one cycle is as good as a long one, "
          f"from cycle {found.settles_in} on for any input")  # fmt: skip
    if arguments.json:
        print_json(asdict(found))
    return 1 if found.faults else 0


if __name__ == "__main__":
    run(main)
