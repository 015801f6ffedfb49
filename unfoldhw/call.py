"""A command run inside this process: its options as keywords, what it prints last as a dict."""

import contextlib
import importlib
import io
import json

from model.errors import InputError
from unfoldhw.commands import COMMANDS


def module_of(name: str) -> str:
    """The module whose ``main`` a command is: of a package, what ``python -m`` runs."""
    module = COMMANDS[name].module
    return f"{module}.__main__" if hasattr(importlib.import_module(module), "__path__") else module


def words(options: dict[str, object]) -> list[str]:
    """Keywords as a command line has them: ``max_frames=200`` is ``--max-frames 200``.

    True is an option alone, False and None none at all; a list or tuple gives its option several
    values. Negative values and texts with a dash in front are joined with ``=``.
    """
    found = []
    for name, value in options.items():
        option = "--" + name.strip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            found.append(option)
        elif isinstance(value, list | tuple):
            found += [option, *map(str, value)]
        else:
            text = str(value)
            found += [f"{option}={text}"] if text.startswith("-") else [option, text]
    return found


def run(command: str, *arguments: str, **options: object) -> dict:
    """Run ``unfoldhw COMMAND ARGUMENTS`` with ``--json``, and return the object that it ends with.

    What it prints for people is in the object under ``"text"``, its exit code under
    ``"exit_code"``. ``InputError`` for whatever the command says no to: values out of range,
    options it does not have, files it cannot read.
    """
    main = importlib.import_module(module_of(command)).main
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = main([*arguments, *words(options), "--json"])
    *text, last = printed.getvalue().splitlines() or [""]
    try:
        found = json.loads(last)
    except ValueError as error:
        raise InputError(f"unfoldhw {command}: did not end with a JSON object") from error
    return found | {"text": "\n".join(text), "exit_code": code}
