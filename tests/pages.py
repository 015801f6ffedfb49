"""Commands and code in documents, for the tests that run them."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_SHELL = ("sh", "bash", "shell", "console")


def commands(path: Path) -> list[str]:
    """The command lines of a page's shell blocks, without comments and prompts."""
    lines = []
    for block in _BLOCK.finditer(path.read_text(encoding="utf-8")):
        if block["kind"] in _SHELL:
            for line in re.split(r"\n|&&", block["text"].replace("\\\n", " ")):
                words = shlex.split(line.removeprefix("$ "), comments=True)
                lines += [shlex.join(words)] if words else []
    return lines


def programs(path: Path) -> list[str]:
    """The Python blocks of a page."""
    text = path.read_text(encoding="utf-8")
    return [block["text"] for block in _BLOCK.finditer(text) if block["kind"] == "python"]
