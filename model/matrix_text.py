"""H itself as text: a line of 0 and 1 for each check, with or without spaces or commas between."""

import numpy as np

from model.code import TannerGraph
from model.errors import InputError
from model.names import name_of_file

_SIGNS = frozenset("01, \t")


def is_matrix(lines: list[str]) -> bool:
    """Whether lines of text, none of them empty, hold nothing but a rectangle of 0 and 1."""
    if not all(_SIGNS.issuperset(line) or _others_are_spaces(line) for line in lines):
        return False
    widths = {len(_cells(line)) for line in lines}
    # A line of two or three numbers may begin an alist or a table of exponents.
    return len(widths) == 1 or len(_cells(lines[0])) > 3


def parse(text: str, path: str) -> TannerGraph:
    """Return the code in ``text``, named after the file."""
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            rows.append(_cells(line))
            if len(rows[-1]) != len(rows[0]):
                raise InputError(
                    f"{path}: line {number}: {len(rows[-1])} columns of 0 and 1 where the first "
                    f"row has {len(rows[0])}"
                )
    ones = np.frombuffer("".join(rows).encode(), dtype=np.uint8) == ord("1")
    checks, variables = np.nonzero(ones.reshape(len(rows), -1))
    size = len(rows), len(rows[0])
    try:
        return TannerGraph.from_edges(checks, variables, *size, name_of_file(path))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _others_are_spaces(line: str) -> bool:
    """Such as a form feed: what separates words for :func:`_cells` does here."""
    return all(sign.isspace() for sign in frozenset(line) - _SIGNS)


def _cells(line: str) -> str:
    return "".join(line.split()).replace(",", "")
