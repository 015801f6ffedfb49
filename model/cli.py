"""What every command line of the project shares: exit codes, error lines, the JSON last line."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence

from model.errors import InputError
from model.printable import one_line


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
        print(f"error: {error}", file=sys.stderr)
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


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and whose --help keeps the epilog's lines."""

    def __init__(self, **options):
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str):
        self.exit(2, f"error: {one_line(message)} (see {self.prog} --help)\n")


def value_of(option: str, argv: Sequence[str]) -> str | None:
    """The value of ``option`` on a command line whose other options depend on it, or None."""
    p = Parser(add_help=False, allow_abbrev=False, exit_on_error=False)
    p.add_argument(option, nargs="?", dest="value")
    return p.parse_known_args(argv)[0].value


def print_json(record: dict) -> None:
    """Print ``record`` as one line on standard output; call it last."""
    print(json.dumps(record), flush=True)
