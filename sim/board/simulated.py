"""A Verilated model of a whole board in the place of the board, at the end of a pseudo-terminal."""

import contextlib
import hashlib
import math
import os
import shutil
import subprocess
import tty
from collections.abc import Iterator
from pathlib import Path

from hw.board.packets import Kind
from hw.board.ports import DesignPorts
from hw.board.top import Wiring, verilog
from model import processes
from model.errors import InputError
from model.files import read_text
from model.kept import kept
from sim import common_header, simulators
from sim.buildfolder import Build
from sim.compiled import CompileError
from sim.driver.plan import bound_cycles

_HERE = Path(__file__).parent
_PURPOSE, _SHELF = "compiled boards", "boards"
_PINS, _PROGRAM, _TOP = "pins.cpp", "Vboard", "board_top"
_popen = subprocess.Popen
BIT_CYCLES = 4
"""Clock cycles of a bit of the line where nobody says: a real line has ten times as many."""


@contextlib.contextmanager
def simulated(
    build: Build,
    wiring: Wiring,
    bit_cycles: int = BIT_CYCLES,
    wrong_bits: float = 0.0,
    seed: int = 1,
    frames: float = math.inf,
) -> Iterator[str]:
    """Run the board of a build; the name of its serial port.

    wiring : of the board; its lamps and its PLL's frequency make no difference here
    wrong_bits : share of the line's bits that are inverted, in each direction, 0 to 0.5
    frames : about so many; for few, compiling is not optimised

    ``CompileError`` if Verilator refuses the Verilog; ``InputError`` if a tool is missing.
    """
    if not 0 <= wrong_bits <= 0.5:
        raise InputError(f"--wrong-bits {wrong_bits:g}: must be 0 to 0.5")
    binary = program(build, wiring, bit_cycles, frames)
    master, slave = os.openpty()
    process = None
    try:
        tty.setraw(slave)
        quiet = bound_cycles(build) + 100 * bit_cycles
        words = [binary, master, bit_cycles, round(1e6 * wrong_bits), seed, quiet]
        process = _popen(
            [*map(str, words)], pass_fds=[master], stdin=subprocess.DEVNULL, start_new_session=True
        )
        os.close(master)  # its end is the model's alone: when that is gone, the port is gone
        yield os.ttyname(slave)
    finally:
        if process is None:
            os.close(master)
        else:
            process.kill()
            process.wait()
        os.close(slave)


def program(build: Build, wiring: Wiring, bit_cycles: int, frames: float = math.inf) -> Path:
    """The model with its pins, compiled now or before, for about so many frames."""
    ports = DesignPorts.of_record(build.record, str(build.folder / "build.json"))
    simulator = simulators.get("verilator", frames * _frame_cycles(ports, bit_cycles))
    top = verilog(ports, wiring, bit_cycles, _TOP, simulated=True)
    text = simulator.source_text(f"{top}\n{build.text}")
    parts = [text, simulator.version, *simulator.build_args, read_text(_HERE / _PINS)]
    parts += [simulator.level, *map(read_text, build.cell_models)]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def make(folder: Path) -> list[Path]:
        return [_compile(simulator, build, text, folder)]

    return kept(_PURPOSE, _SHELF, f"board-{digest}", make)[0] / _PROGRAM


def _frame_cycles(ports: DesignPorts, bit_cycles: int) -> int:
    """Clock cycles that a frame takes on the line, ten bits a byte."""
    return 10 * bit_cycles * ports.lengths[Kind.FRAME]


def _compile(simulator: simulators.Simulator, build: Build, text: str, folder: Path) -> Path:
    source = folder / "board.v"
    source.write_text(text, encoding="utf-8")
    shutil.copyfile(_HERE / _PINS, folder / _PINS)
    includes = [f"-I{path.parent}" for path in build.cell_models]
    translate = [
        "verilator", "--cc", "--exe", *simulator.build_args, *common_header.IN_PARTS, *includes,
        "--prefix", _PROGRAM, "--top-module", _TOP, "--Mdir", "obj", "-CFLAGS", "-std=c++17",
        source.name, *map(str, build.cell_models), _PINS,
    ]  # fmt: skip
    made = folder / "obj"
    with simulator.active():
        code, said = _log_of(translate, folder)
        if code:
            raise CompileError(f"verilator does not compile the board of {build.verilog}: {said}")
        key = f"{simulator.header_key}\n-std=c++17"
        flags = common_header.make_flags(made, key, simulator.level)
        flags.append(f"OPT_GLOBAL={simulator.level}")  # of Verilator's own part
        code, said = _log_of(["make", "-C", "obj", "-f", f"{_PROGRAM}.mk", "-s", *flags], folder)
        if code:
            raise InputError(f"the board of {build.verilog} cannot be compiled: {said}")
        common_header.keep(key, made, _PROGRAM, flags)
    return made / _PROGRAM


def _log_of(command: list[str], folder: Path) -> tuple[int, str]:
    """Exit code of a command, and the line that says what is wrong."""
    path = folder / "tool.log"
    with path.open("wb") as log:
        code = processes.run(command, log, cwd=folder, env=dict(os.environ))
    lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    wrong = (line for line in lines if "rror" in line)
    return code, next(wrong, (lines or [f"exit code {code}"])[-1])
