"""What all commands share: a reader that goes away ends them without a word."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from model import cli

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


def test_help_names_commands_as_they_are_called(monkeypatch):
    """Modules too that a help text names without ``python -m``; files stay what they are."""
    monkeypatch.setattr(cli, "_spoken", {"hw.build": "unfoldhw build"})
    parser = cli.Parser(prog="python -m hw.build", epilog="hw.build, not my/hw.build or sim.fer.")
    parser.add_argument_group("more").add_argument("--a", help="what hw.build wrote: hw.build.json")
    text = " ".join(parser.format_help().split())
    assert "usage: unfoldhw build" in text
    assert "what unfoldhw build wrote: hw.build.json" in text
    assert "unfoldhw build, not my/hw.build or sim.fer." in text
