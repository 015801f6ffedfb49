"""Positions as runs of neighbours: how people, documents and hardware name many of them."""

from collections.abc import Iterable

import numpy as np

_SHOWN = 8


def runs(positions: Iterable[int], block: int | None = None) -> list[tuple[int, int]]:
    """First and last position of each run of an ascending sequence.

    block : a run ends where the next position is a multiple of it
    """
    found = np.asarray(list(positions), dtype=np.int64)
    if not len(found):
        return []
    breaks = np.diff(found) != 1
    if block is not None:
        breaks |= found[1:] % block == 0
    ends = np.flatnonzero(breaks)
    firsts, lasts = np.concatenate([[0], ends + 1]), np.concatenate([ends, [len(found) - 1]])
    return list(zip(found[firsts].tolist(), found[lasts].tolist(), strict=True))


def as_text(positions: Iterable[int], most: int = _SHOWN) -> str:
    """``0..323, 400, 410..420``; of more runs than ``most`` the first, and how many there are."""
    found = runs(positions)
    words = [str(a) if a == b else f"{a}..{b}" for a, b in found[:most]]
    if len(found) > most:
        words.append(f"... ({len(found)} runs)")
    return ", ".join(words) or "none"
