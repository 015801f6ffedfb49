"""Where units of work are counted: on the cores of this machine, or on a Ray cluster.

An engine has ``workers``, ``call(function, *arguments)``, which returns a future of the result,
``submit(job, first, units)``, which returns a future of the counts, and ``close()``. A unit comes
to the same counts wherever it is counted.
"""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from model.errors import InputError
from sim import units
from sim.units import Count, Job
from sim.workers import Workers

NAMES = ("local", "ray")
MOST_WORKERS = 1024
_ANSWER_SECONDS = 5


class LocalEngine:
    """Processes on this machine; ``workers`` of them, one a core by default."""

    def __init__(self, workers: int | None = None):
        cores = min(MOST_WORKERS, len(os.sched_getaffinity(0)))
        self.workers = cores if workers is None else workers
        if not 1 <= self.workers <= MOST_WORKERS:
            raise InputError(f"--workers must be 1 to {MOST_WORKERS}, not {self.workers}")
        self._processes = Workers(self.workers)

    def call(self, function: Callable, *arguments) -> Future:
        return self._processes.call(function, *arguments)

    def submit(self, job: Job, first: int, number: int) -> Future[list[Count]]:
        return self.call(units.count, job, first, number)

    def close(self) -> None:
        self._processes.close()


class InlineEngine:
    """This process itself: nothing is started, for short counts."""

    workers = 1

    def call(self, function: Callable, *arguments) -> Future:
        future = Future()
        future.set_result(function(*arguments))
        return future

    def submit(self, job: Job, first: int, number: int) -> Future[list[Count]]:
        return self.call(units.count, job, first, number)

    def close(self) -> None:
        pass


class RayEngine:
    """Tasks on the Ray cluster at ``address``, or on one started here.

    A task whose worker or node dies is run again elsewhere, as often as it takes. ``workers`` is
    the number of tasks in flight, by default the CPUs of the cluster.
    """

    def __init__(self, workers: int | None = None, address: str | None = None):
        try:
            import ray
        except ImportError:
            raise InputError("--engine ray needs Ray: pip install 'unfoldhw[ray]'") from None
        self._ray = ray
        _check_answers(address)
        here = {"num_cpus": workers} if address is None and workers else {}
        try:
            with _sigterm_kept():
                ray.init(address=address, log_to_driver=False, logging_level="error", **here)
        except (ConnectionError, ValueError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"Ray at {address or 'this machine'}: {reason}") from error
        self.workers = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._remote = {}  # by function: Ray ships each one once

    def call(self, function: Callable, *arguments) -> Future:
        if function not in self._remote:
            self._remote[function] = self._ray.remote(num_cpus=1, max_retries=-1)(function)
        return self._remote[function].remote(*arguments).future()

    def submit(self, job: Job, first: int, number: int) -> Future[list[Count]]:
        return self.call(units.count, job, first, number)

    def close(self) -> None:
        self._ray.shutdown()


def make(name: str, workers: int | None, address: str | None):
    """The engine of that name."""
    return RayEngine(workers, address) if name == "ray" else LocalEngine(workers)


@contextlib.contextmanager
def _sigterm_kept() -> Iterator[None]:
    """Ray sets a handler for SIGTERM of its own; the command's keeps what was counted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _check_answers(address: str | None) -> None:
    """Ray itself tries for a long time: find out first whether anything listens there."""
    if address in (None, "auto", "local"):
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        raise InputError(f"--ray-address {address!r} must be HOST:PORT or ray://HOST:PORT")
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise InputError(f"Ray at {address} does not answer: {error}") from error
