"""5G NR LDPC codes (3GPP TS 38.212, 5.3.2 and 5.4.2) for every lifting size.

A name is ``nr5g_bg<1|2>_z<Z>`` with two optional suffixes, in this order:

``_n<bits>``  transmitted bits. The circular buffer is read from its beginning (redundancy
              version 0): extension parity that is not sent is removed with its rows, the rest of
              the last block column that is sent is punctured.
``_k<bits>``  information bits. The filler bits at the end of the systematic part are shortened.

The first two block columns are always punctured.
"""

import re
from dataclasses import dataclass

import numpy as np

from model.code import TannerGraph
from model.errors import InputError

# TS 38.212 Table 5.3.2-1: the set index of Z = a * 2^j is the position of a.
_SET_OF_ODD_PART = (2, 3, 5, 7, 9, 11, 13, 15)
_SET_INDEX = {
    a << j: index for index, a in enumerate(_SET_OF_ODD_PART) for j in range(8) if a << j <= 384
}
LIFTING_SIZES = tuple(sorted(_SET_INDEX))
BASE_GRAPHS = (1, 2)
PUNCTURED_COLUMNS = 2
CORE_ROWS = 4
_NAME = re.compile(r"nr5g_bg(\d{1,9})_z(\d{1,9})(?:_n(\d{1,9}))?(?:_k(\d{1,9}))?")


@dataclass(frozen=True)
class Request:
    """What a name asks for; ``n`` and ``k`` are None where the name does not say."""

    name: str
    base_graph: int
    lifting_size: int
    n: int | None
    k: int | None


def names() -> list[str]:
    """The names without rate matching."""
    return [f"nr5g_bg{graph}_z{size}" for graph in BASE_GRAPHS for size in LIFTING_SIZES]


def is_name(name: str) -> bool:
    """True if ``name`` has the form of a 5G name (its numbers may still be illegal)."""
    return _NAME.fullmatch(name) is not None


def parse(name: str) -> Request:
    """Take a name apart; ``InputError`` for an illegal base graph or lifting size."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise InputError(f"{name!r} is not of the form nr5g_bg1_z24[_n1200][_k500]")
    graph, size, n, k = (None if text is None else int(text) for text in match.groups())
    if graph not in BASE_GRAPHS:
        raise InputError(f"{name}: base graph {graph} is not 1 or 2")
    if size not in _SET_INDEX:
        near = sorted(LIFTING_SIZES, key=lambda legal: abs(legal - size))[:4]
        raise InputError(
            f"{name}: Z = {size} is not a lifting size of 5G NR; "
            f"near: {', '.join(map(str, sorted(near)))}"
        )
    return Request(name, graph, size, n, k)


def build(request: Request, data: dict) -> TannerGraph:
    """Return the code; ``data`` is the base graph as stored in ``nr5g_bg<n>.json``."""
    size = request.lifting_size
    systematic = data["systematic_columns"]
    entries = np.array(data["entries"])
    exponents = np.full((data["rows"], data["columns"]), -1, dtype=np.int64)
    exponents[entries[:, 0], entries[:, 1]] = entries[:, 2 + _SET_INDEX[size]] % size

    information = systematic * size if request.k is None else request.k
    lowest = PUNCTURED_COLUMNS * size + 1
    if not lowest <= information <= systematic * size:
        raise InputError(
            f"{request.name}: k = {information} is outside {lowest}..{systematic * size}"
        )
    sent_systematic = information - PUNCTURED_COLUMNS * size
    longest = sent_systematic + data["rows"] * size
    n = longest if request.n is None else request.n
    if not information < n <= longest:
        raise InputError(f"{request.name}: n = {n} is outside {information + 1}..{longest}")

    sent_parity = n - sent_systematic
    rows = max(CORE_ROWS, -(-sent_parity // size))
    columns = systematic + rows
    variable = np.arange(columns * size)
    punctured = variable >= systematic * size + sent_parity
    shortened = (variable >= information) & (variable < systematic * size)
    return TannerGraph.from_exponents(
        exponents[:rows, :columns],
        size,
        request.name,
        punctured_columns=range(PUNCTURED_COLUMNS),
        punctured=punctured,
        shortened=shortened,
    )
