"""Compiled simulation models, one folder per Verilog text and simulator, made once."""

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from model.errors import InputError
from sim.simulators import Simulator

TIMESCALE = ("1ns", "1ps")
_DONE = "compiled"


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
    """The simulator does not accept the Verilog; the text ends with its log."""


def compiled(
    simulator: Simulator,
    verilog: Path,
    top: str,
    cache: Path,
    waves: bool = False,
    cell_models: tuple[Path, ...] = (),
) -> Compiled:
    """Return the compiled model of ``verilog``, from ``cache`` if it was compiled before.

    ``cell_models`` are Verilog files with the primitives that it instantiates.

    Raises ``CompileError`` if the simulator refuses the text, ``InputError`` if ``cache`` cannot
    be written.
    """
    text = simulator.source_text(verilog.read_text(encoding="utf-8"))
    parts = [text, top, simulator.version, *simulator.build_args, str(waves), str(simulator.quick)]
    key = "\n".join([*parts, *(path.read_text(encoding="utf-8") for path in cell_models)])
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    folder = (cache / f"{simulator.name}-{digest}").resolve()
    if (folder / _DONE).exists():
        return Compiled(folder, top, 0.0, waves)
    start = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / f"{top}.{'v' if simulator.name == 'verilator' else 'sv'}"
        source.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from error
    log = folder / "compile.log"
    runtime = simulator.runtime_folder(waves)
    if runtime is not None:
        _copy_objects(runtime, folder)
    _build(simulator, [source, *cell_models], top, folder, log, waves)
    if runtime is not None and not runtime.exists():
        _keep_objects(folder, runtime)
    (folder / _DONE).touch()
    return Compiled(folder, top, time.monotonic() - start, waves)


def _copy_objects(source: Path, target: Path) -> None:
    """Copy the object files of the simulator's runtime."""
    for path in [*source.glob("verilated*.o"), *source.glob("verilated*.d")]:
        shutil.copyfile(path, target / path.name)


def _keep_objects(folder: Path, runtime: Path) -> None:
    """Keep the object files that are the same for every model; half of a small compile."""
    with contextlib.suppress(OSError), tempfile.TemporaryDirectory(dir=runtime.parent) as temporary:
        _copy_objects(folder, Path(temporary))
        os.rename(shutil.copytree(temporary, f"{temporary}.kept"), runtime)


def _build(
    simulator: Simulator, sources: list[Path], top: str, folder: Path, log: Path, waves: bool
) -> None:
    with simulator.active():
        runner = simulator.runner()
        runner.log.setLevel(logging.ERROR)
        try:
            with quiet_stdout():
                runner.build(
                    sources=sources,
                    includes=[path.parent for path in sources[1:]],
                    hdl_toplevel=top,
                    build_dir=folder,
                    build_args=[*simulator.build_args, *simulator.file_args],
                    timescale=TIMESCALE,
                    waves=waves,
                    always=True,
                    log_file=log,
                )
            for header in folder.glob("*.gch"):  # 150 MB that only the compiler needed
                header.unlink()
        except (SystemExit, Exception) as error:
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else str(error)
            raise CompileError(
                f"{simulator.name} does not compile {sources[0]}:\n{tail}"
            ) from error


@contextlib.contextmanager
def quiet_stdout():
    """Keep the runner's announcements off standard output: its last line is ours."""
    with open(os.devnull, "w") as sink, contextlib.redirect_stdout(sink):
        yield
