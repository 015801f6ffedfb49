"""The shortest cycle of a Tanner graph: what limits how independent messages are."""

import math

import numpy as np

from model.code import TannerGraph


def girth(graph: TannerGraph) -> int | None:
    """Edges of the shortest cycle, 4 or more; None for a graph without cycles.

    Breadth-first search from every variable, no deeper than the shortest cycle found so far. With
    block structure one variable of each block column is enough: all others are shifts of it.
    """
    step = 1 if graph.block is None else graph.block.lifting_size
    matrix = graph.parity_check_matrix()
    checks, variables = _rows(matrix.tocsc()), _rows(matrix)
    shortest = math.inf
    for start in range(0, graph.n_variables, step):
        shortest = min(shortest, _through(start, checks, variables, shortest))
        if shortest == 4:  # there is none of 2: a matrix has no two ones in one place
            break
    return None if shortest == math.inf else int(shortest)


def _rows(matrix) -> list[list[int]]:
    """Indices of each row of a CSR matrix, or of each column of a CSC matrix."""
    return [part.tolist() for part in np.split(matrix.indices, matrix.indptr[1:-1])]


def _through(
    start: int, checks: list[list[int]], variables: list[list[int]], below: float
) -> float:
    """Length of the shortest cycle that a search from ``start`` meets, if it is below a length.

    checks : of each variable ; variables : of each check
    """
    level, distance = {start: -1}, 0  # node to the one that it was reached from
    while level and 2 * distance + 2 < below:
        neighbours, reached = variables if distance % 2 else checks, {}
        distance += 1
        for node, parent in level.items():
            for neighbour in neighbours[node]:
                if neighbour in reached:  # on two ways of one length
                    return 2 * distance
                if neighbour != parent:
                    reached[neighbour] = node
        level = reached
    return math.inf
