"""One case: what came of a file, and whether that is as it has to be."""

import resource
import signal
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from model.errors import InputError

from .target import Target

MOST_SECONDS = 10.0
MOST_MEGABYTES = 1024
REFUSED, ACCEPTED = "refused", "accepted"
_ADDRESS_SPACE = 4 << 30
"""More than ``MOST_MEGABYTES``: what counts is touched memory, this stops what runs away."""


@dataclass(frozen=True)
class Verdict:
    """What came of a case: ``kind`` "refused" or "accepted", or else a finding and its text."""

    kind: str
    text: str = ""

    @property
    def good(self) -> bool:
        return self.kind in (REFUSED, ACCEPTED)

    @property
    def signature(self) -> str:
        """What findings of one cause share: the kind, and the last line of the program's own."""
        places = [line for line in self.text.splitlines() if line.startswith("  File ")]
        own = [p for p in places if "/site-packages/" not in p and "/lib/python" not in p]
        return f"{self.kind} {(own or places or [''])[-1].strip()}"


class TooLong(BaseException):
    """The processor time of a case is over; no ``except Exception`` catches it."""


def _too_long(_number: int, _frame: object) -> None:
    raise TooLong


def run(target: Target, seed: int, number: int, folder: Path) -> Verdict:
    """Make the file of a case, use it and judge what came of it; :func:`limit` comes before."""
    try:
        data = target.case(seed, number)
    except Exception:
        return Verdict("fuzzer", traceback.format_exc())
    before = peak_megabytes()
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        verdict = _judged(target, data, folder)
    except TooLong:
        verdict = Verdict("hang", f"more than {MOST_SECONDS:g} s\n{traceback.format_exc()}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    taken = peak_megabytes() - before
    if verdict.good and taken > MOST_MEGABYTES:
        return Verdict("memory", f"{taken} MiB")
    return verdict


def _judged(target: Target, data: bytes, folder: Path) -> Verdict:
    try:
        target.use(data, folder)
        return Verdict(ACCEPTED)
    except InputError as error:
        text = str(error)
        if not text.isprintable() or not text or len(text) > 600:
            return Verdict("message", repr(text))
        if _from_memory(error):
            return Verdict("memory", traceback.format_exc())
        return Verdict(REFUSED, text)
    except Exception as error:
        kind = "nonsense" if isinstance(error, AssertionError) else type(error).__name__
        return Verdict(kind, traceback.format_exc())


def _from_memory(error: BaseException | None) -> bool:
    """Whether there is a ``MemoryError`` among what led to the error."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def peak_megabytes() -> int:
    """The most memory that this process has had so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def limit() -> None:
    """Limits of time and memory for this process, and no warnings; before the first case."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (used + _ADDRESS_SPACE, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _too_long)
    warnings.simplefilter("error")


@contextmanager
def folders() -> Iterator[Path]:
    """A folder for the files of cases, in memory where there is such a place."""
    shared = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=shared) as folder:
        yield Path(folder)
