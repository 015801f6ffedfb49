"""What every command line of the project shares: exit codes, error lines, the JSON last line."""

import argparse
import importlib.metadata
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

from model.errors import InputError
from model.printable import one_line

COMPLETING = "_ARGCOMPLETE"
"""The shell sets it, where it asks for completion, to the number of words before the arguments."""
_COMMAND = re.compile(r"python -m ([a-z_.]*[a-z_])")
_MODULE = re.compile(r"(?<![\w./-])(?:model|quant|hw|sim|synth)\.[a-z_]+(?![\w/]|\.\w)")
_spoken: dict[str, str] = {}


def speak_as(names: Mapping[str, str]) -> None:
    """From now on help and errors call ``python -m MODULE`` what ``names`` has for the module."""
    _spoken.update(names)


def spoken(text: str) -> str:
    """``text`` with the commands in it as the user called this one."""
    return _COMMAND.sub(lambda found: _spoken.get(found[1], found[0]), text)


def _spoken_help(text: str) -> str:
    """``text`` of a --help, where modules are also named without ``python -m``."""
    return _MODULE.sub(lambda found: _spoken.get(found[0], found[0]), spoken(text))


def run(main: Callable[[Sequence[str] | None], int]) -> None:
    """Call ``main(None)`` and leave the process with its exit code.

    ``InputError`` becomes one line ``error: ...`` on standard error and exit code 2. Ctrl-C and
    SIGTERM end in the same way, by ``KeyboardInterrupt``, with exit codes 130 and 143. A reader of
    standard output that has gone (``| head``) ends the command without a word.
    """
    asked = []

    def terminated(number: int, _frame: object) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminated)
    try:
        code = main(None)
        sys.stdout.flush()
    except InputError as error:
        print(f"error: {spoken(str(error))}", file=sys.stderr)
        code = 2
    except ModuleNotFoundError as error:
        if (extra := _extra_with(error.name or "")) is None:
            raise
        print(f"error: package {error.name} is not installed: pip install 'unfoldhw[{extra}]'",
              file=sys.stderr)  # fmt: skip
        code = 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = 128 + (asked[0] if asked else signal.SIGINT)
    except BrokenPipeError:
        # What is left in the buffer must not raise again while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 128 + signal.SIGPIPE
    except OSError as error:  # of the surroundings: a full disk, a folder taken away
        place = "" if error.filename is None else f"{error.filename}: "
        print(f"error: {one_line(place + (error.strerror or str(error)))}", file=sys.stderr)
        code = 2
    except MemoryError:
        print("error: out of memory", file=sys.stderr)
        code = 2
    raise SystemExit(code)


def _extra_with(module: str) -> str | None:
    """The extra of this project that installs ``module``, from the project's own metadata."""
    top = module.split(".")[0].lower()
    try:
        needed = importlib.metadata.requires("unfoldhw") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for line in needed:
        found = re.match(r"([\w.-]+).*extra == ['\"](\w+)['\"]", line)
        # cocotb also brings cocotb_tools, cocotbext-axi the package cocotbext.
        name = found[1].replace("-", "_").lower() if found else None
        if name and top and (name.startswith(top) or top.startswith(name)):
            return found[2]
    return None


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help that calls commands as the user does."""

    def _expand_help(self, action: argparse.Action) -> str:
        return _spoken_help(super()._expand_help(action))


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ``InputError``, and whose --help keeps the epilog's
    lines.
    """

    def __init__(self, **options):
        texts = {
            name: _spoken_help(text) for name, text in options.items() if isinstance(text, str)
        }
        how = {"formatter_class": _Formatter}
        super().__init__(**how | options | texts)

    def parse_args(self, args=None, namespace=None):
        """As argparse has it; asked by a shell for completion, the process ends with that."""
        if COMPLETING in os.environ:
            import argcomplete

            argcomplete.autocomplete(self)
        return super().parse_args(args, namespace)

    def error(self, message: str):
        raise InputError(f"{one_line(spoken(message))} (see {self.prog} --help)")


def value_of(option: str, argv: Sequence[str]) -> str | None:
    """The value of ``option`` on a command line whose other options depend on it, or None."""
    p = Parser(add_help=False, allow_abbrev=False, exit_on_error=False)
    p.add_argument(option, nargs="?", dest="value")
    return p.parse_known_args(argv)[0].value


def print_json(record: dict) -> None:
    """Print ``record`` as one line on standard output; call it last."""
    print(json.dumps(record), flush=True)
