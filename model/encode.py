"""Systematic encoder for any Tanner graph, rank-deficient, punctured or shortened.

Parity bits are taken as far to the right as possible. Checks that peel (``model.gf2_sparse``) are
solved one by one; the few that remain are solved with a dense inverse. This is the idea of
Richardson and Urbanke, "Efficient encoding of low-density parity-check codes" (2001); it needs no
knowledge of the standard and covers dual diagonals, 5G extensions and unstructured codes alike.
"""

import itertools
import sys
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from model import gf2, gf2_sparse
from model.code import TannerGraph
from model.errors import InputError

if TYPE_CHECKING:
    from scipy import sparse

_FRAMES_AT_ONCE = 1024
MOST_SOLVED = 1 << 14
"""Checks that do not peel: the matrix that solves them has 1 GB then."""
_SOLVED_QUICKLY = 1 << 13


class Encoder:
    """Encoder of one code; made once, used for any number of frames.

    Attributes
    ----------
    k : number of information bits, equal to ``graph.k``
    information_positions : (k,) int64 variables that carry the information bits, ascending
    parity_positions : (rank,) int64 the others, less the shortened ones, ascending
    rest : (checks left, n_variables) sparse uint8, the checks that do not peel
    pivots, solve : (pivots,) int64 the bits solved from them, and the (pivots, checks left) matrix
        of 0 and 1 that makes these bits of the sums of the checks
    peeled, peeled_bits, level_starts : the peeled checks, level after level, as sparse rows of H;
        the bit that each solves; where each level begins. They are solved from the last level on.
    """

    def __init__(self, graph: TannerGraph):
        self.graph = graph
        kept = np.flatnonzero(~graph.shortened)
        tail = np.zeros(graph.n_variables, dtype=bool)
        tail[kept[-graph.n_checks :]] = True

        matrix = graph.parity_check_matrix()
        # A shortened variable is 0, so its edges must not hold up peeling nor take a pivot.
        matrix.data[graph.shortened[graph.variable_of_edge]] = 0
        matrix.eliminate_zeros()
        peeling = gf2_sparse.peel(matrix, tail)
        checks = np.concatenate([np.zeros(0, np.int64), *(c for c, _ in peeling.levels)])
        self.peeled = matrix[checks]
        self.peeled_bits = np.concatenate([np.zeros(0, np.int64), *(v for _, v in peeling.levels)])
        self.level_starts = np.cumsum([0, *(len(c) for c, _ in peeling.levels)])
        self.rest = matrix[peeling.checks_left]
        self.pivots, self.solve = _solver(self.rest, tail)

        self.parity_positions = np.sort(np.concatenate([self.pivots, self.peeled_bits]))
        self.information_positions = np.setdiff1d(kept, self.parity_positions)
        self.k = len(self.information_positions)

    def encode(self, information: np.ndarray) -> np.ndarray:
        """Return the codewords of ``information``.

        Parameters
        ----------
        information : (frames, k) of 0 and 1

        Returns
        -------
        (frames, n_variables) uint8, all variables in graph order, shortened ones 0
        """
        information = np.asarray(information)
        if information.ndim != 2 or information.shape[1] != self.k:
            raise InputError(
                f"code {self.graph.name}: information of shape {information.shape}, "
                f"(frames, {self.k}) is due"
            )
        if ((information != 0) & (information != 1)).any():
            raise InputError(f"code {self.graph.name}: information is not all 0 and 1")
        codewords = np.empty((len(information), self.graph.n_variables), dtype=np.uint8)
        for start in range(0, len(information), _FRAMES_AT_ONCE):
            part = slice(start, start + _FRAMES_AT_ONCE)
            codewords[part] = self._encode(information[part].astype(np.uint8)).T
        return codewords

    def _encode(self, information: np.ndarray) -> np.ndarray:
        bits = np.zeros((self.graph.n_variables, len(information)), dtype=np.uint8)
        bits[self.information_positions] = information.T
        if len(self.pivots):
            # Products of uint8 wrap modulo 256, which keeps the parity.
            syndrome = (self.rest @ bits & 1).astype(np.float32)
            bits[self.pivots] = (self.solve @ syndrome).astype(np.int32) & 1
        for rows, variables in reversed(self._levels):
            bits[variables] = rows @ bits & 1
        return bits

    @cached_property
    def _levels(self) -> list[tuple["sparse.csr_matrix", np.ndarray]]:
        """(rows of H, variables) of every level; a staircase has a level for each check."""
        from scipy import sparse

        found, width = [], self.peeled.shape[1]
        for first, end in itertools.pairwise(self.level_starts.tolist()):
            starts = self.peeled.indptr[first : end + 1]
            part = slice(starts[0], starts[-1])
            data = self.peeled.data[part], self.peeled.indices[part], starts - starts[0]
            rows = sparse.csr_matrix(data, shape=(end - first, width), copy=False)
            found.append((rows, self.peeled_bits[first:end]))
        return found


def syndrome(graph: TannerGraph, words: np.ndarray) -> np.ndarray:
    """H x modulo 2 for (frames, n_variables) words of 0 and 1, as (frames, n_checks) uint8."""
    words = np.ascontiguousarray(np.asarray(words, dtype=np.uint8).T)
    return np.ascontiguousarray((graph.parity_check_matrix() @ words & 1).T)


def _solver(rest, tail: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pivot variables of the remainder and the (pivots, checks) float32 matrix that solves them."""
    checks = rest.shape[0]
    used = np.unique(rest.indices)[::-1]
    in_tail = used[tail[used]]
    if not checks:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    if checks > MOST_SOLVED:
        raise InputError(
            f"{checks} checks can only be solved together, by a dense matrix; at most "
            f"{MOST_SOLVED} are"
        )
    if checks > _SOLVED_QUICKLY:
        print(f"note: {checks} checks are solved together for encoding, which takes up to a minute",
              file=sys.stderr, flush=True)  # fmt: skip
    # The tail alone is enough for a well-formed code and far narrower than all columns.
    for variables in (in_tail, used):
        width = -(-len(variables) // 64)  # the identity begins with a word of its own
        words = np.hstack([gf2_sparse.pack_sparse(rest, variables)[:, :width], _identity(checks)])
        rows, columns = gf2.eliminate(words, np.arange(len(variables)))
        if len(rows) == checks:
            break
    transform = gf2.unpack_rows(words[rows, width:], checks)
    return variables[columns], transform.astype(np.float32)


def _identity(size: int) -> np.ndarray:
    """The packed rows of an identity matrix."""
    words = np.zeros((size, -(-size // 64)), dtype=np.uint64)
    row = np.arange(size)
    words[row, row // 64] = np.uint64(1) << (row % 64).astype(np.uint64)
    return words
