"""Circulants in a sparse matrix: the block structure that an alist does not say.

A matrix consists of Z x Z circulants in its columns' order exactly if turning all columns by one
place within their blocks of Z maps its rows onto each other, in cycles of Z rows: these are its
block rows, wherever the file has them. So rows may be in any order (in blocks, interleaved as
"row i is in block row i modulo m", or mixed), while columns, whose order is that of the stream,
stay where they are. Rows are compared by sums of random 64-bit numbers, one a column, in time
linear in the edges for each Z; what is found is then compared edge by edge.
"""

import math
from dataclasses import dataclass

import numpy as np

from model.code import TannerGraph
from model.errors import InputError
from model.limits import MOST_CELLS

SMALLEST, SMALLEST_OF_MANY, MANY_CHECKS = 4, 2, 100
"""Of the sizes that are looked for without being named: in a matrix of few checks smaller ones are
there by chance."""


@dataclass(frozen=True)
class Found:
    """What there is in a matrix.

    graph : the same code, its checks in blocks, or None
    remark : for people, why not although the rows are cyclic, or empty
    """

    graph: TannerGraph | None
    remark: str = ""


def find_circulants(graph: TannerGraph, lifting_size: int | None = None) -> Found:
    """The largest Z of ``graph``, which has no block structure, or whether ``lifting_size`` is one.

    ``InputError`` if ``lifting_size`` is named and the matrix does not consist of such circulants.
    """
    common = math.gcd(graph.n_checks, graph.n_variables)
    if lifting_size is None:
        many = graph.n_checks >= MANY_CHECKS
        sizes = _divisors(common, SMALLEST_OF_MANY if many else SMALLEST)
    elif lifting_size >= 1 and common % lifting_size == 0:
        sizes = [lifting_size]
    else:
        raise InputError(
            f"--lifting-size {lifting_size}: no divisor of {graph.n_checks} checks and "
            f"{graph.n_variables} variables"
        )
    rows, remark = _Rows(graph), ""
    for size in sizes:
        order = rows.cycles(size, natural=True)
        if order is None:
            continue
        found = _in_blocks(graph, order)
        if found is not None:
            return Found(found)
        remark = remark or f"its circulants of size {size} have weight 2 or more in a block"
    for size in sizes:
        if not remark and rows.cycles(size, natural=False) is not None:
            step = graph.n_variables // size
            remark = (
                f"with its columns in the order 0, {step}, {2 * step}, ... 1, {1 + step}, ... it "
                f"has circulants of size {size}"
            )
    if lifting_size is not None:
        raise InputError(f"--lifting-size {lifting_size}: the matrix does not consist of such "
                         f"circulants{'; ' * bool(remark)}{remark}")  # fmt: skip
    return Found(None, remark)


def _divisors(number: int, smallest: int) -> list[int]:
    """Divisors from ``smallest`` on, the largest first."""
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return sorted({d for s in small for d in (s, number // s) if d >= smallest}, reverse=True)


class _Rows:
    """The rows of a matrix, as sums of their columns' numbers."""

    def __init__(self, graph: TannerGraph):
        self.graph = graph
        self.starts = np.concatenate([[0], np.cumsum(graph.check_degrees)[:-1]])
        self.numbers = np.random.default_rng(1).integers(0, 2**64, graph.n_variables, np.uint64)
        sums = self._sums(np.arange(graph.n_variables))
        self.order = np.argsort(sums, kind="stable")
        self.sorted = sums[self.order]

    def _sums(self, column_of: np.ndarray) -> np.ndarray:
        """(n_checks,) sums, modulo 2^64, after each column has gone to ``column_of``."""
        values = self.numbers[column_of[self.graph.variable_of_edge]]
        return np.add.reduceat(values, self.starts)

    def _first_has_a_successor(self, column_of: np.ndarray) -> bool:
        first = self.graph.variable_of_edge[: self.graph.check_degrees[0]]
        wanted = self.numbers[column_of[first]].sum(dtype=np.uint64)
        place = np.searchsorted(self.sorted, wanted)
        return place < len(self.sorted) and self.sorted[place] == wanted

    def cycles(self, size: int, natural: bool) -> np.ndarray | None:
        """(block rows, size) rows of the matrix, each the one before with its columns turned.

        natural : column j is in block j // size; else in block j modulo (columns / size)
        """
        n = self.graph.n_variables
        column = np.arange(n)
        if natural:
            turned = column - column % size + (column + 1) % size
        else:
            turned = (column + n // size) % n
        degrees = self.graph.variable_degrees
        if not self._first_has_a_successor(turned) or (degrees[turned] != degrees).any():
            return None
        sums = self._sums(turned)
        order = np.argsort(sums, kind="stable")
        if (sums[order] != self.sorted).any():
            return None
        following = np.empty(len(order), dtype=np.int64)
        following[order] = self.order
        return _in_cycles(following, size)


def _in_cycles(following: np.ndarray, size: int) -> np.ndarray | None:
    """(cycles, size) elements of a permutation, or None if its cycles are not all of ``size``.

    Each cycle begins with its smallest element, and cycles are in the order of these.
    """
    from scipy import sparse  # where there are any, it is needed
    from scipy.sparse.csgraph import connected_components

    count = len(following)
    links = sparse.csr_matrix((np.ones(count, np.int8), following, np.arange(count + 1)))
    _, cycle_of = connected_components(links, directed=False)
    if (np.bincount(cycle_of) != size).any():
        return None
    _, first = np.unique(cycle_of, return_index=True)
    members = np.sort(first)
    cycles = np.empty((len(members), size), dtype=np.int64)
    for lane in range(size):
        cycles[:, lane] = members
        members = following[members]
    return cycles


def _in_blocks(graph: TannerGraph, order: np.ndarray) -> TannerGraph | None:
    """The code with its checks in ``order`` and block structure; None if that does not hold it."""
    n_rows, size = order.shape
    n_columns = graph.n_variables // size
    if n_rows * n_columns > MOST_CELLS:
        return None
    place = np.empty(graph.n_checks, dtype=np.int64)
    place[order.ravel()] = np.arange(graph.n_checks)
    check, variable = place[graph.check_of_edge], graph.variable_of_edge.astype(np.int64)
    exponents = np.full((n_rows, n_columns), -1, dtype=np.int64)
    first = check % size == 0
    exponents[check[first] // size, variable[first] // size] = variable[first] % size
    if np.count_nonzero(exponents >= 0) != np.count_nonzero(first):
        return None
    found = TannerGraph.from_exponents(exponents, size, graph.name)
    same = TannerGraph.from_edges(check, variable, graph.n_checks, graph.n_variables, graph.name)
    return found if found.edges_sha == same.edges_sha else None
