"""What all commands share: a reader that goes away ends them without a word."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("command", [["hw.build", "--list"], ["model.codes", "--list"]])
def test_a_reader_that_has_gone_ends_a_command_quietly(command):
    """As ``| head -1`` does: standard output is closed before anything is written."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert done.stderr == b"" and done.returncode == 128 + signal.SIGPIPE
