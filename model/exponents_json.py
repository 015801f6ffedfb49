"""Exponents as JSON.

{"Z": 54, "exponents": [[...], ...]} with -1 for a zero block, and a list of shifts for a block that
is the sum of several circulants; optional keys:

``name``                    otherwise the name of the file
``punctured_columns``       list of block columns that are never transmitted
``punctured``, ``shortened``  lists of [first, end) ranges of variables, for what is no whole column
``source``, ``comment``     text, not read
"""

import json

import numpy as np

from model.code import TannerGraph
from model.errors import InputError
from model.exponents import is_integer
from model.json_text import parse_json
from model.names import checked_name, name_of_file
from model.printable import shown

_KEYS = {
    "Z",
    "exponents",
    "name",
    "punctured_columns",
    "punctured",
    "shortened",
    "source",
    "comment",
}


def parse(text: str, path: str) -> TannerGraph:
    """Return the code in ``text``."""
    record = parse_json(text, path)
    try:
        return _graph(record, path)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _graph(record: object, path: str) -> TannerGraph:
    if not isinstance(record, dict):
        raise InputError('not an object with the keys "Z" and "exponents"')
    if "schema" in record:
        raise InputError(f"a document of schema {shown(record['schema'])}, not a code")
    for key in ("Z", "exponents"):
        if key not in record:
            found = ", ".join(key[:60] for key in sorted(record)[:8]) or "none"
            raise InputError(f'key "{key}" is missing (found: {found})')
    unknown = sorted(set(record) - _KEYS)
    if unknown:
        raise InputError(f'unknown key "{unknown[0][:60]}"')
    name = checked_name("name", record["name"]) if "name" in record else name_of_file(path)
    exponents, size = record["exponents"], record["Z"]
    graph = TannerGraph.from_exponents(exponents, size, name, record.get("punctured_columns", []))
    if "punctured" not in record and "shortened" not in record:
        return graph
    masks = {
        what: _mask(record.get(what, []), what, graph.n_variables)
        for what in ("punctured", "shortened")
    }
    return TannerGraph.from_exponents(
        exponents,
        size,
        name,
        punctured=masks["punctured"] | graph.punctured,
        shortened=masks["shortened"],
    )


def _mask(ranges: object, what: str, n_variables: int) -> np.ndarray:
    """(n_variables,) bool, True in the ranges."""
    if not isinstance(ranges, list):
        raise InputError(f"{what}: {shown(ranges)} is not a list of [first, end) ranges")
    for pair in ranges:
        if not isinstance(pair, list) or len(pair) != 2 or not all(map(is_integer, pair)):
            raise InputError(f"{what}: {shown(pair)} is not a range [first, end)")
        first, end = pair
        if not 0 <= first < end <= n_variables:
            raise InputError(f"{what}: range {shown(pair)} is outside 0..{n_variables}")
    starts, ends = np.array(ranges, dtype=np.int64).reshape(-1, 2).T
    # Counted at their ends: however many ranges overlap, each costs the same.
    changes = np.bincount(starts, minlength=n_variables + 1)
    changes -= np.bincount(ends, minlength=n_variables + 1)
    return np.cumsum(changes[:n_variables]) > 0


def _ranges(mask: np.ndarray) -> list[list[int]]:
    steps = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return steps.reshape(-1, 2).tolist()


def dump(graph: TannerGraph) -> str:
    """Return ``graph`` as JSON, one block row a line; it must have block structure."""
    if graph.block is None:
        raise InputError(
            f"code {graph.name}: exponents need a quasi-cyclic code; write .alist instead"
        )
    size = graph.block.lifting_size
    whole = graph.punctured.reshape(-1, size).all(axis=1)
    rest = graph.punctured & ~np.repeat(whole, size)
    record = {"name": graph.name, "Z": size}
    if whole.any():
        record["punctured_columns"] = np.flatnonzero(whole).tolist()
    for what, mask in (("punctured", rest), ("shortened", graph.shortened)):
        if mask.any():
            record[what] = _ranges(mask)
    head = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in record.items())
    rows = ",\n".join("    " + json.dumps(row) for row in graph.block.cells())
    return f'{{\n{head}  "exponents": [\n{rows}\n  ]\n}}\n'
