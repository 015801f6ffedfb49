"""What the tables that measure systems side by side share: names asked for, numbers, Markdown."""

from collections.abc import Sequence

from model.errors import InputError


def chosen(what: str, names: list[str] | None, known: Sequence) -> list:
    """Return those of ``known`` whose ``name`` is asked for, in their order; None: all."""
    if names is None:
        return list(known)
    for name in names:
        if name not in [each.name for each in known]:
            have = ", ".join(dict.fromkeys(each.name for each in known))
            raise InputError(f"{what} {name!r} is unknown; choose from {have}")
    return [each for each in known if each.name in names]


def markdown(rows: Sequence[list[str]]) -> list[str]:
    """Return rows of cells as Markdown, the first of which are the heads."""
    heads, *body = rows
    return ["| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *body)]


def short(rate: float, digits: int = 2) -> str:
    """Return ``9.10e-4``."""
    mantissa, exponent = f"{rate:.{digits}e}".split("e")
    return f"{mantissa}e{int(exponent)}"
