"""``unfoldhw COMMAND …``: every command of the project behind one word, from any folder."""

import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import groupby

from model import cli
from model.errors import InputError
from model.printable import one_line
from model.version import VERSION
from unfoldhw import completion
from unfoldhw.call import module_of
from unfoldhw.commands import COMMANDS, SPOKEN

_ABOUT = """From a trained, unfolded communication algorithm to Verilog that equals its integers.

usage: unfoldhw COMMAND [OPTION ...]      unfoldhw COMMAND --help says more
"""
_EXAMPLE = """examples:
  unfoldhw build --code qc_ldpc
  unfoldhw cosim --build build/qc_ldpc --frames 200
  unfoldhw fer --code qc_ldpc --ebn0 2.6:3.4:0.2 --plot build/fer.png
  unfoldhw report --build build/qc_ldpc

completion in bash, zsh: eval "$(register-python-argcomplete unfoldhw)"
"""


def overview() -> str:
    """The list of commands, as ``unfoldhw --help`` prints it."""
    width = max(map(len, COMMANDS))
    parts = [_ABOUT]
    for title, those in groupby(COMMANDS.values(), key=lambda command: command.group):
        parts.append(f"{title}:")
        parts += [f"  {command.name:{width}}  {command.words}" for command in those]
        parts.append("")
    options = "options:\n  -h, --help  show this\n  --version   show the version\n"
    return "\n".join([*parts, options, _EXAMPLE])


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code of the command that it names."""
    argv = sys.argv[1:] if argv is None else list(argv)
    cli.speak_as(SPOKEN)
    if completion.asked():
        argv = completion.words(COMMANDS)
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(overview(), end="")
        return 0 if argv else 2
    if argv[0] == "--version":
        print(f"unfoldhw {VERSION}")
        return 0
    name, *rest = argv
    if name not in COMMANDS:
        raise InputError(f"unfoldhw has no command {one_line(repr(name))}{_near(name)} "
                         "(unfoldhw --help lists them)")  # fmt: skip
    return importlib.import_module(module_of(name)).main(rest)


def _near(name: str) -> str:
    near = get_close_matches(name, COMMANDS, n=1)
    return f", perhaps {near[0]}?" if near else ""


def script() -> None:
    """Entry point of the console script: the folder where a user stands is no part of it."""
    cli.run(main)


if __name__ == "__main__":
    script()
