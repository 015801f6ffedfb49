"""Which format a code's file has, told from its content; where that leaves it open, by its suffix.

=================  =================================================================================
``{``              JSON (``model.exponents_json``)
0 and 1 only       the matrix itself (``model.matrix_text``)
2 numbers          first line of an alist (``model.alist``)
3 numbers          first line of exponents as text (``model.qc_text``), or of an alist over GF(q)
more numbers       an alist or exponents on one line, by their count
=================  =================================================================================
"""

import re
from pathlib import Path
from types import ModuleType

from model import alist, exponents_json, matrix_text, qc_text
from model.errors import InputError
from model.limits import MOST_NUMBERS
from model.printable import shown
from model.text import check_words

BY_SUFFIX = {".alist": alist, ".json": exponents_json, ".qc": qc_text}
"""Formats that are written, too."""


_INTEGER = re.compile("-?[0-9]{1,9}")


def format_of(text: str, path: str) -> ModuleType:
    """The module that reads ``text``; ``InputError`` if that is no format of a binary code."""
    by_suffix = BY_SUFFIX.get(Path(path).suffix.lower())
    count = text.count("\n")
    if count > MOST_NUMBERS:  # before anything looks at each of them
        raise InputError(f"{path}: {count} lines, at most {MOST_NUMBERS} are read")
    lines = [line for line in text.split("\n") if line.strip()]
    lines = [line for line in lines if not line.lstrip().startswith("#")]
    if not lines:
        return _or_none(by_suffix, path, "holds no line of numbers")
    if lines[0].lstrip()[0] in "{[":
        return exponents_json
    if matrix_text.is_matrix(lines):
        return matrix_text
    check_words(text, path)
    first = lines[0].split()
    if not all(map(_INTEGER.fullmatch, first)):
        return _or_none(by_suffix, path, f"begins with {shown(lines[0].strip(), 40)}")
    head = [int(word) for word in first]
    if len(head) == 2:
        return alist if len(lines) >= 4 + sum(head) else by_suffix or alist
    if len(head) == 3:
        if _over_larger_field(head, lines):
            raise InputError(
                f"{path}: line 1: an alist over GF({head[2]}), with a coefficient behind each "
                "index; codes over GF(2) are handled, no others yet"
            )
        return qc_text
    if len(lines) == 1:
        if alist.is_one_line(head):
            return alist
        if qc_text.is_one_line(head):
            return qc_text
    return _or_none(by_suffix, path, f"begins with a line of {len(head)} numbers")


def _over_larger_field(head: list[int], lines: list[str]) -> bool:
    n_columns, n_rows, field = head
    return (
        field >= 2
        and len(lines) == 4 + n_columns + n_rows
        and [len(line.split()) for line in lines[1:4]] == [2, n_columns, n_rows]
    )


def _or_none(by_suffix: ModuleType | None, path: str, found: str) -> ModuleType:
    if by_suffix is None:
        raise InputError(
            f"{path}: {found}: no code. An alist begins with two numbers, exponents as text (.qc) "
            "with three, exponents as JSON with {"
        )
    return by_suffix
