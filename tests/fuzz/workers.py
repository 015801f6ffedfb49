"""Many cases of a target on all cores, in processes forked from a warm one.

A process that dies or hangs in compiled code loses nothing: the number of the case that it is at
stands in memory shared with its parent, and a case is made anew from its number.
"""

import multiprocessing
import os
import signal
import struct
import time
from collections import Counter
from dataclasses import dataclass, field
from mmap import mmap
from multiprocessing.connection import Connection, wait

from . import cases
from .target import Target

_STUCK_SECONDS = 120.0
"""Of wall time in one case; processor time is limited by the case itself."""
_REPORT_SECONDS = 0.5
_NUMBER = struct.Struct("<qd")


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

    def add(self, verdicts: Counter, findings: list[tuple[int, cases.Verdict]]) -> None:
        """Take in what a process reports; of each cause the first few cases are kept."""
        self.counts.update(verdicts)
        for number, verdict in findings:
            same = self.findings.setdefault(verdict.signature, [])
            if len(same) < 3:
                same.append((number, verdict))


def fuzz(target: Target, seed: int, cpu_seconds: float, jobs: int, wall_seconds=None) -> Tally:
    """Run cases until they have taken ``cpu_seconds`` of processor time in all."""
    tally, started = Tally(), time.monotonic()
    workers = [_Worker(target, seed, first, jobs, cpu_seconds / jobs) for first in range(jobs)]
    try:
        while any(worker.running for worker in workers):
            alive = [worker for worker in workers if worker.running]
            wait([w.reports for w in alive] + [w.process.sentinel for w in alive], timeout=1.0)
            for worker in alive:
                worker.look(tally)
            if wall_seconds is not None and time.monotonic() - started > wall_seconds:
                break
    finally:
        for worker in workers:
            worker.end()
    tally.wall_seconds = time.monotonic() - started
    tally.cpu_seconds = sum(worker.used for worker in workers)
    return tally


class _Worker:
    """A process with every ``step``-th case from ``first`` on; started again when it dies."""

    def __init__(self, target: Target, seed: int, first: int, step: int, cpu_seconds: float):
        self.target, self.seed, self.step, self.cpu_seconds = target, seed, step, cpu_seconds
        self.before = 0.0  # processor time of processes that are gone
        self.used = 0.0
        self.now = mmap(-1, _NUMBER.size)
        self.running = True
        self._start(first)

    def _start(self, first: int) -> None:
        context = multiprocessing.get_context("fork")
        self.reports, sender = context.Pipe(duplex=False)
        self.now[:] = _NUMBER.pack(first, time.monotonic())
        arguments = (self.target, self.seed, first, self.step,
                     self.cpu_seconds - self.before, self.now, sender)  # fmt: skip
        self.process = context.Process(target=_work, args=arguments, daemon=True)
        self.process.start()
        sender.close()

    def look(self, tally: Tally) -> None:
        """Take in reports; a process that ended otherwise than by its end is a finding."""
        done = None
        try:
            while self.reports.poll():
                done, used, verdicts, findings, slowest, megabytes = self.reports.recv()
                self.used = self.before + used
                tally.add(verdicts, findings)
                tally.slowest_seconds = max(tally.slowest_seconds, slowest)
                tally.megabytes = max(tally.megabytes, megabytes)
        except EOFError:
            pass
        number, since = _NUMBER.unpack(self.now[:])
        if done:
            self.running = False
        elif not self.process.is_alive():
            self.process.join()
            code = self.process.exitcode
            if code != _AGAIN:
                how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
                tally.add(Counter(died=1), [(number, cases.Verdict("died", how))])
            self._next(number)
        elif time.monotonic() - since > _STUCK_SECONDS:
            self.process.kill()
            self.process.join()
            verdict = cases.Verdict("hang", f"more than {_STUCK_SECONDS:g} s outside of Python")
            tally.add(Counter(hang=1), [(number, verdict)])
            self._next(number)

    def _next(self, number: int) -> None:
        self.before = self.used
        self.running = self.before < self.cpu_seconds
        if self.running:
            self._start(number + self.step)

    def end(self) -> None:
        """End the process if it still runs."""
        self.process.kill()
        self.process.join()


_AGAIN = 75


def _work(
    target: Target, seed: int, first: int, step: int, cpu_seconds: float, now: mmap,
    sender: Connection,
) -> None:  # fmt: skip
    """The process: cases until its time is over, or until one has taken too much memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent, nowhere = os.getppid(), os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    begun, reported, number = time.process_time(), time.monotonic(), first
    start_megabytes = cases._peak_megabytes()
    verdicts, findings, slowest = Counter(), [], 0.0
    with cases.limited() as folder:
        while os.getppid() == parent:
            used = time.process_time()
            over = used - begun >= cpu_seconds
            again = cases._peak_megabytes() - start_megabytes > cases.MOST_MEGABYTES
            if over or again or time.monotonic() - reported > _REPORT_SECONDS:
                sender.send((over, used - begun, verdicts, findings, slowest,
                             cases._peak_megabytes() - start_megabytes))  # fmt: skip
                verdicts, findings, reported = Counter(), [], time.monotonic()
            if over or again:
                break
            now[:] = _NUMBER.pack(number, time.monotonic())
            data = target.case(seed, number)
            started = time.process_time()
            verdict = cases.run(target, data, folder)
            slowest = max(slowest, time.process_time() - started)
            verdicts[verdict.kind] += 1
            if not verdict.good:
                findings.append((number, verdict))
            number += step
    sender.close()
    os._exit(0 if over else _AGAIN)
