"""Remarks for people on standard error, each once in a process."""

import sys

from model.printable import one_line

_said: set[str] = set()


def note(text: str) -> None:
    """Print ``note: text`` as one line, unless that was printed before."""
    if text not in _said:
        _said.add(text)
        print(f"note: {one_line(text)}", file=sys.stderr, flush=True)
