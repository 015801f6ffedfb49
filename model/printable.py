"""Text of unknown origin, made fit for one line of a terminal, a log or a comment."""

import reprlib

LONGEST_LINE = 600


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Return ``text`` on one line of printable characters, cut to ``longest``.

    Whatever could move a cursor, end a line or start an escape sequence (and lone surrogates,
    which no encoder takes) is shown as Python shows it: ``\\n``, ``\\x1b``, ``\\ud800``.
    """
    text = text if len(text) <= longest else text[: longest - 3] + "..."
    if text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return shown if len(shown) <= longest else shown[: longest - 3] + "..."


def in_comment(text: str) -> str:
    """Return ``text`` fit for a comment of C, C++, Verilog, Tcl or a makefile, of either form.

    No character of it can end the comment: no line end, no backslash before one, no ``*/``, no
    question marks of a trigraph.
    """
    line = one_line(text).replace("\\", "|")
    return line.replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")


def shown(value: object, longest: int = 60) -> str:
    """``repr`` of a value of any size, cut to ``longest``; only its beginning is looked at."""
    text = _BEGINNING.repr(value)
    return text if len(text) <= longest else text[: longest - 3] + "..."


class _Beginning(reprlib.Repr):
    """``repr`` of the first items, three levels deep."""

    def __init__(self):
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxdict = 30

    def repr_str(self, value: str, level: int) -> str:
        return repr(value[:100])

    def repr_int(self, value: int, level: int) -> str:
        return repr(value) if value.bit_length() < 4000 else "a number of thousands of digits"


_BEGINNING = _Beginning()
