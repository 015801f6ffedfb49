"""Compiled simulation models, one for every Verilog text and simulator, made once and kept.

They are programs, so they are never taken from a build folder, which may be anybody's: they lie in
the folder of what is kept for this user (:mod:`model.kept`), named by a hash of all that went into
them. They are compiled there, too: make does not take every folder's name.
"""

import contextlib
import hashlib
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model.errors import InputError
from model.files import read_text
from model.kept import find, kept, shelf_of
from sim import common_header
from sim.simulators import Simulator, ToolFailed

TIMESCALE = ("1ns", "1ps")
_PURPOSE = "compiled simulation models"
_MODELS = "simulations"
_PARTS = "simulators"
_LONGEST_LOG = 1 << 20
# What a translator says when it is not the Verilog that is at fault.
_SURROUNDINGS = re.compile(
    r"no space left|quota exceeded|file too large|permission denied|read-only file system|"
    r"out of memory|cannot allocate|can(?:no|')t write|internal error|command not found",
    re.IGNORECASE,
)
_COMPLAINT = {
    "verilator": re.compile(r"^%Error.*", re.MULTILINE),
    "icarus": re.compile(r"^.*:\d+:.*error.*|^error:.*", re.MULTILINE),
}


@dataclass(frozen=True)
class Compiled:
    """A model that is ready to run.

    folder : where it lies; ``top`` : its top module; ``seconds`` : time spent now (0 if it was
    there already); ``waves`` : whether it can record signals
    """

    folder: Path
    top: str
    seconds: float
    waves: bool


class CompileError(RuntimeError):
    """The simulator does not accept the Verilog: its first complaint; ``log`` has all of them."""

    def __init__(self, text: str, log: str = ""):
        super().__init__(text)
        self.log = log


def compiled(
    simulator: Simulator,
    text: str,
    top: str,
    waves: bool = False,
    cell_models: tuple[Path, ...] = (),
) -> Compiled:
    """Return the compiled model of the Verilog ``text``, as it was kept if it was compiled before.

    ``text`` and ``top`` are checked (:mod:`sim.buildfolder`); ``cell_models`` are Verilog files
    with the primitives that it instantiates.

    Raises ``CompileError`` if the simulator refuses the text, ``InputError`` for anything else that
    keeps it from being compiled: a compiler that fails, no space.
    """
    text = simulator.source_text(text)
    parts = [text, top, simulator.name, simulator.version, *simulator.build_args, str(waves)]
    included = (file for path in cell_models for file in sorted(path.parent.glob("*.v*")))
    parts += [simulator.level, *map(str, cell_models), *map(read_text, included)]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def make(folder: Path) -> list[Path]:
        return _compile(simulator, text, top, waves, cell_models, folder)

    started = time.monotonic()
    folder, made = kept(_PURPOSE, _MODELS, f"{simulator.name}-{digest}", make)
    return Compiled(folder, top, time.monotonic() - started if made else 0.0, waves)


def _compile(
    simulator: Simulator,
    text: str,
    top: str,
    waves: bool,
    cell_models: tuple[Path, ...],
    folder: Path,
) -> list[Path]:
    """Compile in ``folder``; return what is needed to run the model."""
    place = folder / "work"
    place.mkdir()
    source = place / f"{top}.{'v' if simulator.name == 'verilator' else 'sv'}"
    source.write_text(text, encoding="utf-8")
    parts = _parts_folder(simulator, waves)
    if parts is not None and find(parts) is not None:
        _copy_objects(parts, place)
    log = place / "compile.log"
    try:
        _build(simulator, [source, *cell_models], top, place, log, waves)
    except ToolFailed as failure:
        raise _refusal(simulator, top, failure, _log_of(log, place)) from None
    except (SystemExit, ValueError) as error:  # of the runner, which misses something
        raise InputError(f"{simulator.name} cannot compile {top}: {error}") from None
    if parts is not None:
        _keep_objects(place, parts)
    if simulator.name == "verilator" and not waves:
        flags = common_header.make_flags(place, simulator.header_key, simulator.level)
        with simulator.active():
            common_header.keep(simulator.header_key, place, "Vtop", ["VM_TRACE=0", *flags])
    if simulator.name == "verilator":
        return [place / top]
    return [place / "sim.vvp", place / "cmds.f"]


def _refusal(simulator: Simulator, top: str, failure: ToolFailed, log: str) -> Exception:
    """Whose fault it is that the first step, or a later one, failed.

    The Verilog's is what the translator says of it: what it made of the Verilog compiles.
    """
    found = _COMPLAINT[simulator.name].search(log)
    if found and not failure.step and failure.code > 0 and not _SURROUNDINGS.search(log):
        return CompileError(f"{simulator.name} does not compile {top}: {found[0].strip()}", log)
    lines = [line.strip() for line in log.splitlines() if line.strip()] or ["no output"]
    wrong = (line for line in lines if "rror" in line or _SURROUNDINGS.search(line))
    reason = next(wrong, lines[-1])
    return InputError(f"{simulator.name} cannot compile {top}: {failure}: {reason}")


def _log_of(path: Path, place: Path) -> str:
    try:
        with path.open(errors="replace") as file:
            return file.read(_LONGEST_LOG).replace(f"{place.resolve()}/", "")
    except OSError:
        return ""


def _parts_folder(simulator: Simulator, waves: bool) -> Path | None:
    """Entry of the object files of the simulator's C++ runtime, the same for all models."""
    if simulator.name != "verilator":
        return None
    key = "\n".join([simulator.version, *simulator.build_args, str(waves)])
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return shelf_of(_PURPOSE, _PARTS) / f"verilated-{digest}"


def _copy_objects(source: Path, target: Path) -> None:
    """Copy the object files of the simulator's runtime."""
    for path in _objects(source):
        shutil.copyfile(path, target / path.name)


def _objects(folder: Path) -> list[Path]:
    return [*folder.glob("verilated*.o"), *folder.glob("verilated*.d")]


def _keep_objects(place: Path, parts: Path) -> None:
    """Keep the object files of the runtime; half of a small compile."""

    def make(folder: Path) -> list[Path]:
        _copy_objects(place, folder)
        return _objects(folder)

    with contextlib.suppress(InputError):  # without them the next compile takes longer
        kept(_PURPOSE, _PARTS, parts.name, make)


def _build(
    simulator: Simulator, sources: list[Path], top: str, folder: Path, log: Path, waves: bool
) -> None:
    with simulator.active():
        runner = simulator.runner()
        runner.log.setLevel(logging.ERROR)
        with quiet_stdout():
            runner.build(
                sources=sources,
                includes=[path.parent for path in sources[1:]],
                hdl_toplevel=top,
                build_dir=folder,
                build_args=list(simulator.build_args),
                timescale=TIMESCALE,
                waves=waves,
                always=True,
                log_file=log,
            )


@contextlib.contextmanager
def quiet_stdout() -> Iterator[None]:
    """Keep the runner's announcements off standard output: its last line is ours."""
    with open(os.devnull, "w") as sink, contextlib.redirect_stdout(sink):
        yield
