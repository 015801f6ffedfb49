"""What the site's pages are filled with when it is built: the help of every command."""

import contextlib
import io
import os
import sys
from importlib import import_module
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from model import cli  # noqa: E402
from unfoldhw.call import module_of  # noqa: E402
from unfoldhw.commands import COMMANDS  # noqa: E402

_MARK = "<!-- commands -->"


def help_of(name: str, *arguments: str) -> str:
    """What ``unfoldhw NAME --help`` prints."""
    cli.speak_as({command.module: f"unfoldhw {name}" for name, command in COMMANDS.items()})
    printed = io.StringIO()
    os.environ["COLUMNS"] = "88"
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        import_module(module_of(name)).main([*arguments, "--help"])
    return printed.getvalue()


def on_page_markdown(markdown: str, **_: object) -> str:
    """Every command's help in the place of the mark."""
    if _MARK not in markdown:
        return markdown
    parts = []
    for title, those in groupby(COMMANDS.values(), key=lambda command: command.group):
        parts.append(f"## {title.capitalize()}\n")
        for each in those:
            text = help_of(each.name).rstrip()
            parts.append(f"### unfoldhw {each.name}\n\n{each.words[0].upper()}{each.words[1:]}."
                         f" Also `python -m {each.module}`.\n\n```text\n{text}\n```\n")  # fmt: skip
    return markdown.replace(_MARK, "\n".join(parts))
