"""The texts that name a set of codes: a comma list, or the beginning of codes of the catalogue."""

import os
from collections.abc import Sequence

from model import catalog
from model.errors import InputError

NAME = "code_set"
"""Of a set whose codes have no beginning of their names in common."""


def parts_of(code: str) -> tuple[str, ...] | None:
    """What ``code`` lists, names or files, or None if it names no set.

    ``wifi_1296_r12,wifi_1296_r56`` lists two codes; ``wifi_1296`` stands for all codes of a
    standard whose names begin so (:func:`model.catalog.group`). ``InputError`` for an empty place
    of a list.
    """
    if catalog.is_name(code) or os.path.exists(code):
        return None
    if "," not in code:
        return catalog.group(code) or None
    parts = tuple(part.strip() for part in code.split(","))
    if not all(parts):
        raise InputError(f"--code {code}: place {parts.index('')} of the list is empty")
    return tuple(each for part in parts for each in catalog.group(part) or (part,))


def made_for(names: Sequence[str]) -> str:
    """The shortest name of a set of codes: that of the group that it is, or a comma list."""
    names = tuple(catalog.ALIASES.get(name, name) for name in names)
    beginning = common_beginning(names)
    return beginning if names == catalog.group(beginning) else ",".join(names)


def common_beginning(names: Sequence[str]) -> str:
    """The words, of those that ``_`` separates, that all names begin with; perhaps none."""
    words = os.path.commonprefix([name.split("_") for name in names])
    return "_".join(words)
