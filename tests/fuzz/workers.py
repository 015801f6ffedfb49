"""Many cases of a target on all cores, in processes forked from a warm one.

A process that dies or hangs in compiled code loses nothing: the number of the case that it is at
stands in memory shared with its parent, and a case is made anew from its number.
"""

import faulthandler
import multiprocessing
import os
import resource
import signal
import struct
import time
from collections import Counter
from dataclasses import dataclass, field
from mmap import mmap
from multiprocessing.connection import Connection, wait
from pathlib import Path

from . import cases
from .target import Target

_STUCK_SECONDS = 120.0
"""Of wall time in one case, in which this process looked; the case limits its processor time."""
_LOOK_SECONDS = 1.0
_REPORT_SECONDS = 0.5
_GOOD = (cases.REFUSED, cases.ACCEPTED)
_SHARED = struct.Struct("<qqq")
"""Number of the case, and of this process so far: refused, accepted."""


@dataclass
class Tally:
    """Cases of a target so far."""

    counts: Counter = field(default_factory=Counter)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    slowest_seconds: float = 0.0
    megabytes: int = 0
    findings: dict[str, list[tuple[int, cases.Verdict]]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def n_findings(self) -> int:
        return self.total - self.counts[cases.REFUSED] - self.counts[cases.ACCEPTED]

    def add(self, findings: list[tuple[int, cases.Verdict]]) -> None:
        """Count findings; of each cause the first few cases are kept."""
        for number, verdict in findings:
            self.counts[verdict.kind] += 1
            same = self.findings.setdefault(verdict.signature, [])
            if len(same) < 3:
                same.append((number, verdict))


def fuzz(target: Target, seed: int, cpu_seconds: float, jobs: int) -> Tally:
    """Run cases until they have taken ``cpu_seconds`` of processor time in all."""
    tally, started = Tally(), time.monotonic()
    with cases.folders() as folder:
        workers = [
            _Worker(target, seed, first, jobs, cpu_seconds / jobs, folder) for first in range(jobs)
        ]
        _watch(workers, tally)
    tally.wall_seconds = time.monotonic() - started
    tally.cpu_seconds = sum(worker.used for worker in workers)
    return tally


def _watch(workers: list["_Worker"], tally: Tally) -> None:
    """Take in what the processes find until all are done."""
    try:
        while any(worker.running for worker in workers):
            alive = [worker for worker in workers if worker.running]
            news = [w.reports for w in alive] + [w.process.sentinel for w in alive]
            wait(news, timeout=_LOOK_SECONDS)
            for worker in alive:
                worker.look(tally)
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process with every ``step``-th case from ``first`` on; started again when it dies."""

    def __init__(
        self, target: Target, seed: int, first: int, step: int, cpu_seconds: float, folder: Path
    ):
        self.target, self.seed, self.step, self.cpu_seconds = target, seed, step, cpu_seconds
        self.folder = folder / str(first)
        self.folder.mkdir()
        self.before = 0.0  # processor time of processes that are gone
        self.used = 0.0
        self.now = mmap(-1, _SHARED.size)
        self.running = True
        self._start(first)

    def _start(self, first: int) -> None:
        context = multiprocessing.get_context("fork")
        self.reports, sender = context.Pipe(duplex=False)
        self.now[:] = _SHARED.pack(first, 0, 0)
        self.looked, self.at, self.stuck_seconds = time.monotonic(), first, 0.0
        self.seen = (0, 0)
        arguments = (self.target, self.seed, first, self.step,
                     self.cpu_seconds - self.before, self.folder, self.now, sender)  # fmt: skip
        self.process = context.Process(target=_work, args=arguments, daemon=True)
        self.process.start()
        sender.close()

    def look(self, tally: Tally) -> None:
        """Take in reports; a process that ended otherwise than by its end is a finding."""
        done = None
        try:
            while self.reports.poll():
                done, used, findings, slowest, megabytes = self.reports.recv()
                self.used = self.before + used
                tally.add(findings)
                tally.slowest_seconds = max(tally.slowest_seconds, slowest)
                tally.megabytes = max(tally.megabytes, megabytes)
        except EOFError:
            pass
        others = _children_seconds()
        alive = self.process.is_alive()
        number, *counts = _SHARED.unpack(self.now[:])
        # If all of us were stopped for a while, that is no time in a case.
        since, self.looked = self.looked, time.monotonic()
        passed = min(self.looked - since, 2 * _LOOK_SECONDS)
        self.stuck_seconds = self.stuck_seconds + passed if number == self.at else 0.0
        self.at = number
        for kind, count, seen in zip(_GOOD, counts, self.seen, strict=True):
            tally.counts[kind] += count - seen
        self.seen = tuple(counts)
        if done:
            self.running = False
        elif not alive:
            self.process.join()
            self.used = self.before + _children_seconds() - others  # reported or not
            code = self.process.exitcode
            if code == _AGAIN:  # between two cases
                self._next(number)
                return
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            tally.add([(number, cases.Verdict("died", how))])
            self._next(number + self.step)
        elif self.stuck_seconds > _STUCK_SECONDS:
            self.process.kill()
            self.process.join()
            self.used = self.before + _children_seconds() - others
            verdict = cases.Verdict("hang", f"more than {_STUCK_SECONDS:g} s outside of Python")
            tally.add([(number, verdict)])
            self._next(number + self.step)

    def _next(self, number: int) -> None:
        """Go on with another process."""
        self.before = self.used
        self.running = self.before < self.cpu_seconds
        if self.running:
            self._start(number)

    def end(self) -> None:
        """End the process if it still runs."""
        self.process.kill()
        self.process.join()


def _children_seconds() -> float:
    """Processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


_AGAIN = 75


def _work(
    target: Target, seed: int, first: int, step: int, cpu_seconds: float, folder: Path, now: mmap,
    sender: Connection,
) -> None:  # fmt: skip
    """The process: cases until its time is over, or until one has taken too much memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.disable()
    parent, nowhere = os.getppid(), os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    begun, reported, number = time.process_time(), time.monotonic(), first
    start_megabytes = cases.peak_megabytes()
    findings, slowest, counts = [], 0.0, Counter()
    cases.limit()
    while os.getppid() == parent:
        so_far = counts[cases.REFUSED], counts[cases.ACCEPTED]
        now[:] = _SHARED.pack(number, *so_far)
        used = time.process_time() - begun
        over = used >= cpu_seconds
        taken = cases.peak_megabytes() - start_megabytes
        again = taken > cases.MOST_MEGABYTES
        if over or again or time.monotonic() - reported > _REPORT_SECONDS:
            sender.send((over, used, findings, slowest, taken))
            findings, reported = [], time.monotonic()
        if over or again:
            break
        started = time.process_time()
        verdict = cases.run(target, seed, number, folder)
        slowest = max(slowest, time.process_time() - started)
        counts[verdict.kind] += 1
        if not verdict.good:
            findings.append((number, verdict))
        number += step
    sender.close()
    os._exit(0 if over else _AGAIN)
