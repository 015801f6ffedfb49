"""Many frames of a co-simulation through a compiled bench: ``sim.cosim --driver``.

The frames are those that the family's stimulus makes, in parts with seeds of their own, each frame
once. The bench is the one of ``sim.soak`` without frames of wrong length: sources that pause,
withdraw offers and drive garbage when idle, and an output that stalls. What must come out is
golden's; it works on the next part while one is simulated.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from model.errors import InputError
from sim.buildfolder import Build
from sim.driver.plan import Plan, bound_cycles
from sim.driver.process import drive
from sim.driver.program import program
from sim.stimulus.frames import Stimulus

PART_FRAMES = 4096


@dataclass
class LongRun:
    """What came of it.

    frames : results that were right in every beat ; given : frames that went in
    cycles : simulated ; summary : of all stimuli, as :class:`sim.stimulus.frames.Stimulus` has it
    seconds, compile_seconds : wall time of the run and of the compilation before it
    fault : None, or the first that was wrong ; interrupted : by Ctrl-C
    """

    frames: int = 0
    given: int = 0
    cycles: int = 0
    summary: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    compile_seconds: float = 0.0
    fault: str | None = None
    interrupted: bool = False


def run(build: Build, frames: int, ebn0_db: float | None, seed: int, progress: bool) -> LongRun:
    """Give so many frames to the Verilog of ``build``.

    ``InputError`` for a core with a second input stream, ``CompileError`` for Verilog that does not
    compile.
    """
    if "context_cycles" in build.record:
        raise InputError(f"{build.folder}: --driver: its core has a second input stream; "
                         "python -m sim.soak --wrong 0 is such a run for it")  # fmt: skip
    started = time.monotonic()
    binary = program(build, frames)
    found = LongRun(compile_seconds=time.monotonic() - started)
    started = time.monotonic()
    with tqdm(total=frames, unit="frame", desc="driver", disable=not progress) as bar:
        for part, (part_seed, stimulus) in enumerate(_parts(build, frames, ebn0_db, seed)):
            count = len(stimulus.inputs)
            numbers = {"frames": count, "wrong_of_million": 0, "seed": part_seed, "in_order": 1,
                       "bound_cycles": bound_cycles(build)}  # fmt: skip
            seen = drive(binary, "soak", Plan(build, stimulus, numbers).text(), "frame", False)
            found.frames += seen["results"]
            found.given += seen["frames"]
            found.cycles += seen["cycles"]
            _add(found.summary, stimulus.summary, found.given, count)
            bar.update(seen["frames"])
            found.interrupted = seen["interrupted"]
            if seen["fault"]:
                found.fault = f"part {part}, seed {part_seed}: {seen['fault']}"
            if found.fault or found.interrupted:
                break
    found.seconds = time.monotonic() - started
    return found


def _parts(
    build: Build, frames: int, ebn0_db: float | None, seed: int
) -> Iterator[tuple[int, Stimulus]]:
    """Seed and stimulus of each part; the next is made meanwhile."""
    sizes = [min(PART_FRAMES, frames - first) for first in range(0, frames, PART_FRAMES)]
    seeds = [int(np.random.SeedSequence([seed, part]).generate_state(1)[0])
             for part in range(len(sizes))]  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        def due(part: int):
            return pool.submit(build.frames, sizes[part], ebn0_db, seeds[part])

        waiting = due(0)
        for part, part_seed in enumerate(seeds):
            stimulus = waiting.result()
            if part + 1 < len(sizes):
                waiting = due(part + 1)
            yield part_seed, stimulus


def _add(total: dict[str, float], part: dict[str, float], frames: int, count: int) -> None:
    """Counts add up; what is called a mean is weighted by frames: the last ``count`` of all."""
    for name, value in part.items():
        before = total.get(name, 0)
        mean = before + (value - before) * count / frames
        total[name] = mean if name.startswith("mean_") else before + value
