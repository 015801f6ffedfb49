"""The driver's program for one build: compiled once for a Verilog text and a driver source.

Like all that is compiled it is kept in this user's own folder (:mod:`model.kept`), where make can
work whatever the build folder is called.
"""

import hashlib
import math
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from model import processes
from model.errors import InputError
from model.files import read_text
from model.kept import kept
from sim import common_header, simulators
from sim.buildfolder import Build
from sim.compiled import CompileError
from sim.driver.plan import port_bits

_HERE = Path(__file__).parent
_PURPOSE, _SHELF = "compiled drivers", "drivers"
_ADAPTER = "adapter.cpp"  # compiled for each design; all others once
_RUNTIME = ("verilated", "verilated_threads")
_PROGRAM = "Vdut"
_FLAGS = ("-std=c++17", "-O2")
_OFF = ("COVERAGE", "SC", "TIMING", "TRACE", "TRACE_FST", "TRACE_VCD", "TRACE_SAIF")
_RUNTIME_LEVEL = "OPT_GLOBAL=-O2"


def program(build: Build, frames: float = math.inf) -> Path:
    """Return the driver's program for ``build``, compiled now or before; for some ``frames``.

    ``CompileError`` if Verilator refuses the Verilog; ``InputError`` if a tool is missing or fails,
    or there is no place for the program.
    """
    cycles = frames * build.record.get("cycles_per_frame_full", math.inf)
    simulator = simulators.get("verilator", cycles)
    text = simulator.source_text(build.text)
    parts = [text, build.top, simulator.version, *simulator.build_args, _driver_text()]
    parts += [_ports(build), simulator.level, _RUNTIME_LEVEL, *map(read_text, build.cell_models)]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    objects = _objects(simulator)

    def make(folder: Path) -> list[Path]:
        return [_compile(simulator, build, text, objects, folder)]

    return kept(_PURPOSE, _SHELF, f"program-{digest}", make)[0] / _PROGRAM


def _driver_text() -> str:
    """All C++ text of the driver."""
    paths = sorted([*_HERE.glob("*.h"), *_HERE.glob("*.cpp")])
    return "\0".join(path.read_text(encoding="utf-8") for path in paths)


def _objects(simulator: simulators.Simulator) -> Path:
    """Folder of what is the same for every design: the driver's objects, Verilator's runtime."""
    parts = [_driver_text(), simulator.version, *_FLAGS, *_OFF]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    include = Path(dict(simulator.environment)["VERILATOR_ROOT"]) / "include"
    own = [path for path in sorted(_HERE.glob("*.cpp")) if path.name != _ADAPTER]
    runtime = [include / f"{name}.cpp" for name in _RUNTIME]

    def make(folder: Path) -> list[Path]:
        for header in _HERE.glob("*.h"):
            shutil.copyfile(header, folder / header.name)
        flags = [*_FLAGS, "-DVERILATOR=1", *(f"-DVM_{name}=0" for name in _OFF)]
        flags += ["-I", str(include), "-I", str(include / "vltstd")]
        made = []
        for source in [*own, *runtime]:
            copy = folder / source.name  # wherever this program lies, make and g++ read its copy
            shutil.copyfile(source, copy)
            _run("g++", ["g++", *flags, "-c", copy.name, "-o", f"{source.stem}.o"], folder)
            made.append(folder / f"{source.stem}.o")
        return made

    return kept(_PURPOSE, _SHELF, f"objects-{digest}", make)[0]


def _compile(
    simulator: simulators.Simulator, build: Build, text: str, objects: Path, folder: Path
) -> Path:
    """The program, made in ``folder``."""
    source = folder / "design.v"
    source.write_text(text, encoding="utf-8")
    for name in (_ADAPTER, "model.h"):
        shutil.copyfile(_HERE / name, folder / name)
    (folder / "ports.h").write_text(_ports(build), encoding="utf-8")
    includes = [f"-I{path.parent}" for path in build.cell_models]
    translate = [
        "verilator", "--cc", "--exe", *simulator.build_args, *common_header.IN_PARTS, *includes,
        "--prefix", _PROGRAM, "--top-module", build.top, "--Mdir", "obj", "-CFLAGS", _FLAGS[0],
        source.name, *map(str, build.cell_models),
    ]  # fmt: skip
    made = folder / "obj"
    with simulator.active():
        code, lines = _log_of(translate, folder)
        if code < 0 or code and not any("%Error" in line for line in lines):
            raise InputError(f"verilator fails on {build.verilog}: {_reason(code, lines)}")
        if code:
            raise CompileError(
                f"verilator does not compile {build.verilog}: {_reason(code, lines)}",
                "\n".join(lines),
            )
        with (made / f"{_PROGRAM}.cpp").open("a", encoding="utf-8") as file:
            file.write(f'#include "../{_ADAPTER}"\n')  # by itself it takes half as long as all
        for name in _RUNTIME:  # newer than what they are made from, so that make leaves them
            shutil.copyfile(objects / f"{name}.o", made / f"{name}.o")
        own = [path for path in sorted(objects.glob("*.o")) if path.stem not in _RUNTIME]
        libraries = [*map(str, own), f"{_PROGRAM}__ALL.a"]  # for what they, too, need of it
        key = "\n".join([simulator.header_key, *_FLAGS])
        flags = [_RUNTIME_LEVEL, *common_header.make_flags(made, key, simulator.level)]
        _run("make", ["make", "-C", "obj", "-f", f"{_PROGRAM}.mk", "-s", "-j2", *flags,
                      "VM_USER_LDLIBS=" + " ".join(libraries)], folder)  # fmt: skip
        common_header.keep(key, made, _PROGRAM, flags)
    return made / _PROGRAM


def _ports(build: Build) -> str:
    """The header with the names of all ports."""
    names = " ".join(f"X({name})" for name in dict.fromkeys(("clk", "rst", *port_bits(build))))
    return f"#define PORTS(X) {names}\n"


def _run(tool: str, command: Sequence[str], folder: Path) -> None:
    code, lines = _log_of(command, folder)
    if code:
        raise InputError(f"{tool} fails while the driver is compiled: {_reason(code, lines)}")


def _log_of(command: Sequence[str], folder: Path) -> tuple[int, list[str]]:
    """Exit code of a command, and the lines it said."""
    path = folder / "tool.log"
    with path.open("wb") as log:
        code = processes.run(command, log, cwd=folder, env=dict(os.environ))
    return code, [line for line in path.read_text(errors="replace").splitlines() if line.strip()]


def _reason(code: int, lines: list[str]) -> str:
    """The first line that says what is wrong."""
    if code < 0:
        return f"killed by signal {-code}"
    return next((line for line in lines if "rror" in line), (lines or [f"exit code {code}"])[-1])
