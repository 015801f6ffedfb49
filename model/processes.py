"""Tools that end with the process that started them, however it ends."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_GRACE_SECONDS = 2.0

# Linux sends the signal when our process is gone: a kill leaves no tool at work for hours.
_START = f"""
import ctypes, os, sys
parent, command = int(sys.argv[1]), sys.argv[2:]
try:
    ctypes.CDLL(None).prctl(1, {int(signal.SIGTERM)})
except (OSError, AttributeError):
    pass
if os.getppid() != parent:
    sys.exit(1)
try:
    os.execvp(command[0], command)
except OSError as error:
    print(f"{{command[0]}}: {{error.strerror}}")
    sys.exit(127)
"""


def run(
    command: Sequence[str | Path],
    log,
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> int:
    """Run ``command`` and return its exit code, negative for a signal, 127 if it cannot be started.

    ``log``, an open file, gets both outputs. The command gets no input. It and all that it starts
    are ended when this call is left by an exception, ``subprocess.TimeoutExpired`` included.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _START, str(os.getpid()), *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=env,
        process_group=0,
    )
    try:
        return process.wait(timeout)
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen) -> None:
    """End the command and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
