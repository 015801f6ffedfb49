"""Where a co-simulation runs: a folder of its own, which is ``sim/run`` once it has ended."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hw.record import work_folder
from model.asides import aside, in_turn
from model.errors import InputError

LOG = "bench.log"
_RUNNING, _OLD = ".run-", ".old-"


@contextmanager
def run_folder(build: Path) -> Iterator[Path]:
    """A new folder for the length of a ``with`` block; then it is the build folder's ``sim/run``.

    Several may run at once: ``sim/run`` is that of the last to end. One that is interrupted leaves
    it as it was. Of one that ends with ``InputError`` the folder is kept if it has a log to read.
    """
    work = work_folder(build, "sim")
    with aside(work, _RUNNING) as folder:
        try:
            folder.chmod(0o755)
            yield folder
        except OSError as error:
            raise InputError(f"{folder}: cannot be written: {error.strerror}") from error
        except InputError:
            if (folder / LOG).exists():
                _publish(folder, work / "run")
            raise
        _publish(folder, work / "run")


def ended(folder: Path) -> Path:
    """Where the folder will be when the run has ended: for messages."""
    return folder.with_name("run")


def _publish(folder: Path, final: Path) -> None:
    """Give the folder its name; the one before is removed."""
    with aside(final.parent, _OLD) as old, in_turn(final.with_name("run.new")):
        try:
            if os.path.lexists(final):
                os.rename(final, old / final.name)
            os.rename(folder, final)
        except OSError as error:
            raise InputError(f"{final}: cannot be written: {error.strerror}") from error
