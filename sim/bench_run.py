"""One run of the cocotb bench inside a simulator: what it found, and how it ended.

A fault of the Verilog is an outcome; one of what surrounds it (a simulator that is killed, a full
disk) says nothing about the Verilog, and is an ``InputError``.
"""

import json
import logging
import re
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from tqdm import tqdm

from model.errors import InputError
from sim import run_folder, simulators
from sim.compiled import TIMESCALE, Compiled, quiet_stdout

_BENCH = "sim.benches.axi_frames"
_WAVES = {"verilator": lambda top: [], "icarus": lambda top: [f"+dumpfile_path={top}.fst"]}
_OF_THE_MODEL = re.compile(r"^%(?:Error|Fatal).*", re.MULTILINE)  # what compiled Verilog says
_SURROUNDINGS = {"OSError", "MemoryError", "PermissionError", "ImportError", "ModuleNotFoundError"}


def run_bench(
    simulator: simulators.Simulator,
    model: Compiled,
    folder: Path,
    frames: int,
    seed: int = 1,
    waves: bool = False,
    progress: bool = False,
) -> tuple[dict, str | None]:
    """Run the bench on ``folder``'s ``frames.npz``, which :mod:`sim.plan` writes.

    Parameters
    ----------
    simulator, model : where it runs, and the compiled Verilog
    folder : logs and results are left there too
    frames : how many the bench has, for the progress bar
    seed : of what cocotb itself draws
    waves : record all signals
    progress : show a progress bar on standard error

    Returns
    -------
    What the bench wrote (empty if it wrote nothing), and None or a line that says what is wrong
    with the Verilog. ``InputError`` if something else went wrong.
    """
    with _progress_bar(folder / "progress", frames, progress):
        error = _simulate(simulator, model, folder, seed, waves)
    found = _found(folder / "result.json")
    return found, _first_fault(found, error)


def _simulate(
    simulator: simulators.Simulator, model: Compiled, folder: Path, seed: int, waves: bool
) -> str | None:
    """Run the bench; return None, or why its results cannot be trusted."""
    folder = folder.resolve()
    log, results = folder / run_folder.LOG, folder / "results.xml"
    ending = None
    with simulator.active():
        runner = simulator.runner()
        runner.log.setLevel(logging.CRITICAL)
        try:
            with quiet_stdout():
                runner.test(
                    test_module=_BENCH,
                    hdl_toplevel=model.top,
                    hdl_toplevel_lang="verilog",
                    build_dir=model.folder,
                    test_dir=folder,
                    results_xml=str(results),
                    seed=seed,
                    timescale=TIMESCALE,
                    waves=waves,
                    plusargs=_WAVES[simulator.name](model.top) if waves else [],
                    log_file=log,
                    extra_env={
                        "UNFOLDHW_BENCH": str(folder / "frames.npz"),
                        "UNFOLDHW_RESULT": str(folder / "result.json"),
                        "UNFOLDHW_PROGRESS": str(folder / "progress"),
                        "COCOTB_RESULTS_ATTACHMENTS": "",
                        "COCOTB_REWRITE_ASSERTION_FILES": "",  # or pytest starts, too
                        "COCOTB_LOG_LEVEL": "WARNING",
                        "OMP_NUM_THREADS": "1",
                        "OPENBLAS_NUM_THREADS": "1",
                    },
                )
        except simulators.ToolFailed as failure:
            ending = str(failure)  # the results below tell more
        except (SystemExit, ValueError) as error:  # of the runner, which misses something
            raise InputError(f"{simulator.name} cannot be run: {error}") from None
    return _verdict(results, log, ending)


def _verdict(results: Path, log: Path, ending: str | None) -> str | None:
    """What cocotb's results say; ``InputError`` if there are none that speak of the Verilog."""
    tests, failures = _outcomes(results)
    shown = run_folder.ended(log.parent) / log.name
    if tests == 0:
        text = log.read_text(errors="replace") if log.exists() else ""
        said = _OF_THE_MODEL.search(text)
        if said:
            return f"the simulation stopped: {said[0].strip()}, see {shown}"
        last = next((line for line in reversed(text.splitlines()) if line.strip()), "no output")
        how = ending or last.strip()
        raise InputError(f"the simulation ended without results ({how}), see {shown}")
    for kind, message in failures:
        if kind in _SURROUNDINGS:
            raise InputError(f"the bench could not go on: {kind}: {message}, see {shown}")
    return f"the bench failed, see {shown}" if failures else None


def _outcomes(results: Path) -> tuple[int, list[tuple[str, str]]]:
    """How many tests ran; type and message of each failure."""
    try:
        root = ElementTree.parse(results).getroot()
    except (OSError, ElementTree.ParseError):
        return 0, []
    bad = [*root.iter("failure"), *root.iter("error")]
    failures = [(each.get("type", ""), each.get("message", "")) for each in bad]
    return sum(1 for _ in root.iter("testcase")), failures


def _found(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _first_fault(found: dict, error: str | None) -> str | None:
    """The most telling line first: what the bench saw, then how the simulation ended."""
    seen = [found.get("first_mismatch"), *found.get("problems", []), found.get("error"), error]
    lines = [line for line in seen if line]
    if not lines and not found:
        return "the bench wrote no result"
    # the bench's own words tell more than that it failed
    lines = lines[:-1] if error and len(lines) > 1 else lines
    return "; ".join(lines[:2]) if lines else None


@contextmanager
def _progress_bar(path: Path, frames: int, wanted: bool):
    """Show the count the bench writes to ``path`` while the simulation runs."""
    if not wanted:
        yield
        return
    stop = threading.Event()
    with tqdm(total=frames, unit="frame", file=sys.stderr, desc="cosim") as bar:

        def follow() -> None:
            while True:
                ended = stop.wait(0.3)
                text = path.read_text() if path.exists() else ""
                if text.isdigit():
                    bar.update(int(text) - bar.n)
                if ended:
                    return

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
