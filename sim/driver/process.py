"""One run of the driver: progress on the way, its result at the end, Ctrl-C in between."""

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

from model.errors import InputError


def drive(program: Path, task: str, plan: str, unit: str, progress: bool) -> dict:
    """Run ``task`` ("resets" or "soak") of ``plan`` and return the driver's result.

    unit : of the progress bar on standard error, shown where ``progress`` is true

    On Ctrl-C and SIGTERM the driver ends with what it has counted, and ``interrupted`` is true in
    the result. ``InputError`` if it ends without a result.
    """
    with tempfile.TemporaryDirectory(prefix="unfoldhw-") as folder:
        path = Path(folder) / "plan"
        path.write_text(plan)
        process = subprocess.Popen(
            [str(program), task, str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        with process, tqdm(unit=unit, file=sys.stderr, desc=task, disable=not progress) as bar:
            found, asked = None, False
            while True:
                try:
                    found = _follow(process, bar) or found
                    process.wait()
                    break
                except KeyboardInterrupt:
                    if asked:  # a second time: it may not answer
                        process.kill()
                        raise
                    asked = True
                    process.send_signal(signal.SIGINT)
            error = process.stderr.read().strip()
    if found is None:
        last = error.splitlines()[-1] if error else f"exit code {process.returncode}"
        raise InputError(f"the driver ends without a result: {last}")
    return found | {"interrupted": found["interrupted"] or asked}


def _follow(process: subprocess.Popen, bar: tqdm) -> dict | None:
    """Read what the driver says until it ends."""
    found = None
    for line in process.stdout:
        word, _, rest = line.strip().partition(" ")
        if word == "total":
            bar.total = int(rest)
        elif word == "done":
            done, wrong = map(int, rest.split())
            bar.update(done - bar.n)
            if wrong:
                bar.set_postfix(wrong=wrong)
        elif word == "result":
            found = json.loads(rest)
            bar.update(found.get("trials", found.get("frames", bar.n)) - bar.n)
    return found
