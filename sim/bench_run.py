"""One run of the cocotb bench inside a simulator: what it found, and how it ended."""

import json
import logging
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

from cocotb_tools.runner import get_results
from tqdm import tqdm

from sim import simulators
from sim.compiled import TIMESCALE, Compiled, quiet_stdout

_BENCH = "sim.benches.axi_frames"


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
    What the bench wrote (empty if it wrote nothing), and None or a line that says what is wrong.
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
    log, results = folder / "bench.log", folder / "results.xml"
    root = str(Path(__file__).resolve().parents[1])
    if root not in sys.path:  # the simulator's Python gets this process's path
        sys.path.insert(0, root)
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
                    log_file=log,
                    extra_env={
                        "UNFOLDHW_BENCH": str(folder / "frames.npz"),
                        "UNFOLDHW_RESULT": str(folder / "result.json"),
                        "UNFOLDHW_PROGRESS": str(folder / "progress"),
                        "COCOTB_LOG_LEVEL": "WARNING",
                        "OMP_NUM_THREADS": "1",
                        "OPENBLAS_NUM_THREADS": "1",
                    },
                )
        except SystemExit:
            pass  # the results below tell more
    try:
        tests, failed = get_results(results)
    except (RuntimeError, OSError):
        tests, failed = 0, 0
    if tests == 0:
        return f"the simulation ended without results, see {log}"
    return f"the bench failed, see {log}" if failed else None


def _found(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, json.JSONDecodeError):
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
