"""What the site's pages are filled with when it is built: the help of every command, and pictures
of the error rates on record of every preset.
"""

import contextlib
import io
import os
import sys
import tempfile
from importlib import import_module
from itertools import groupby
from pathlib import Path

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from model import cli  # noqa: E402
from quant import kinds  # noqa: E402
from sim import fer, on_record  # noqa: E402
from unfoldhw.call import module_of  # noqa: E402
from unfoldhw.commands import COMMANDS, SPOKEN  # noqa: E402

_MARK = "<!-- commands -->"
_PICTURES, _FOLDER = "<!-- pictures -->", "presets"


def help_of(name: str, *arguments: str) -> str:
    """What ``unfoldhw NAME --help`` prints."""
    cli.speak_as(SPOKEN)
    printed = io.StringIO()
    os.environ["COLUMNS"] = "88"
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        import_module(module_of(name)).main([*arguments, "--help"])
    return printed.getvalue()


def drawn() -> dict[str, bytes]:
    """The picture of every preset with error rates on record, by its name."""
    pictures = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, path in kinds.presets().items():
            shown = on_record.results_of(kinds.load(path))
            if shown:
                fer.draw(Path(folder) / "drawn.png", shown)
                pictures[name] = (Path(folder) / "drawn.png").read_bytes()
    return pictures


def on_files(files: Files, config, **_: object) -> Files:
    """Pictures beside the pages."""
    for name, content in drawn().items():
        files.append(File.generated(config, f"{_FOLDER}/{name}.png", content=content))
    return files


def on_page_markdown(markdown: str, files: Files, **_: object) -> str:
    """What stands in the place of a mark."""
    if _PICTURES in markdown:
        parts = []
        for name, path in kinds.presets().items():
            if files.get_file_from_path(f"{_FOLDER}/{name}.png") is not None:
                parts.append(f"## {name}\n\n{kinds.load(path).describe()}\n\n"
                             f"![error rate of {name}]({_FOLDER}/{name}.png)\n")  # fmt: skip
        markdown = markdown.replace(_PICTURES, "\n".join(parts))
    if _MARK in markdown:
        markdown = markdown.replace(_MARK, _commands())
    return markdown


def _commands() -> str:
    parts = []
    for title, those in groupby(COMMANDS.values(), key=lambda command: command.group):
        parts.append(f"## {title.capitalize()}\n")
        for each in those:
            text = help_of(each.name).rstrip()
            parts.append(f"### unfoldhw {each.name}\n\n{each.words[0].upper()}{each.words[1:]}."
                         f" Also `python -m {each.module}`.\n\n```text\n{text}\n```\n")  # fmt: skip
    return "\n".join(parts)
