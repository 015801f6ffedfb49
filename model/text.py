"""Lines of integers, with the file and line number that an error has to name."""

from dataclasses import dataclass

from model.errors import InputError


@dataclass(frozen=True)
class Line:
    """One line of integers and its number in the file (from 1)."""

    place: str
    values: list[int]


def integer_lines(text: str, path: str) -> list[Line]:
    """Lines of ``text`` as integers; blank lines and lines starting with # are left out."""
    lines = []
    for number, content in enumerate(text.splitlines(), start=1):
        content = content.strip()
        if not content or content.startswith("#"):
            continue
        place = f"{path}: line {number}"
        values = []
        for word in content.split():
            digits = word[1:] if word[0] in "+-" else word
            if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
                raise InputError(f"{place}: {word[:40]!r} is not an integer")
            values.append(int(word))
        lines.append(Line(place, values))
    return lines
