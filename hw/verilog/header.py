"""The lines at the top of a design's Verilog: what it is, what it was made of, and how.

They depend on spec, options and version alone: no date, no folder. So one design has one text.
"""

import dataclasses
import re

from model.version import VERSION

LICENCE = "This Verilog belongs to whoever emitted it; unfoldhw's own licence does not cover it."


def header(source, architecture: str | None, options) -> str:
    """Comment lines.

    Parameters
    ----------
    source : spec
    architecture : that was asked for by name, or None
    options : build options as they were given
    """
    lines = [
        f"{source.name}: {source.describe()}",
        f"made by unfoldhw {VERSION}: {command(architecture, options)}",
        f"spec {source.sha} (spec.json)",
        LICENCE,
    ]
    return "".join(f"// {_safe(line)}\n" for line in lines)


def command(architecture: str | None, options) -> str:
    """The command that makes the same Verilog of the spec beside it."""
    words = ["unfoldhw build --spec spec.json"]
    if architecture is not None:
        words.append(f"--architecture {architecture}")
    for field in dataclasses.fields(options):
        value, flag = getattr(options, field.name), f"--{field.name.replace('_', '-')}"
        if value not in (field.default, False):
            words.append(flag if value is True else f"{flag} {value}")
    return " ".join(words)


def _safe(line: str) -> str:
    """Nothing that could end a comment or go on in the next line."""
    return re.sub(r"[^\x20-\x5b\x5d-\x7e]", "?", line)
