"""Completion in the shell, by argcomplete: first the command's name, then its options."""

import os
import shlex
from collections.abc import Iterable

from model import cli


def asked() -> bool:
    """Whether the shell runs the program for what could come next."""
    return cli.COMPLETING in os.environ


def words(commands: Iterable[str]) -> list[str]:
    """The command line that is being completed, from the command on.

    Without a whole command's name its end is printed, and the process ends.
    """
    line = os.environ.get("COMP_LINE", "")
    try:
        there = shlex.split(line)[1:]
    except ValueError:  # a quotation that has no end yet
        there = line.split()[1:]
    if there and there[0] in commands and (len(there) > 1 or line[-1:].isspace()):
        os.environ[cli.COMPLETING] = str(int(os.environ[cli.COMPLETING]) + 1)
        return there
    parser = cli.Parser(prog="unfoldhw", add_help=False)
    parser.add_argument("command", choices=list(commands))
    parser.parse_args([])
    raise SystemExit(0)
