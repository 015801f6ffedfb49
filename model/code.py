"""A code as its sparse Tanner graph: edges, degrees, true rank, n, k, rate, block structure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from model.errors import InputError
from model.exponents import checked_columns, checked_exponents, checked_lifting_size
from model.gf2_sparse import Rows, sparse_rank
from model.limits import MOST_EDGES, MOST_VARIABLES
from model.names import checked_name

if TYPE_CHECKING:
    from scipy import sparse


@dataclass(frozen=True, eq=False)
class BlockStructure:
    """Quasi-cyclic structure: H[r*Z + i, c*Z + (i + p) % Z] = 1 for every p = exponents[r, c] >= 0.

    That is the identity shifted circularly to the right by p, as in IEEE 802.11n
    and 3GPP TS 38.212 (5.3.2). A block may be the sum of several, as in CCSDS 131.0-B (8160,7136).

    Attributes
    ----------
    lifting_size : Z
    exponents : (rows, columns) int32, -1 for a zero block, the smallest shift of several
    others : (others, 3) int32: block row, block column and shift of blocks' further circulants,
        row-major
    """

    lifting_size: int
    exponents: np.ndarray
    others: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int32))

    def __post_init__(self):
        size = checked_lifting_size(self.lifting_size)
        object.__setattr__(self, "lifting_size", size)
        exponents, others = checked_exponents(self.exponents, size)
        if not len(others):
            others = np.array(self.others, dtype=np.int32).reshape(-1, 3)
        object.__setattr__(self, "exponents", _frozen(exponents))
        object.__setattr__(self, "others", _frozen(others))

    @cached_property
    def block_edges(self) -> np.ndarray:
        """(n_block_edges, 3) int32: block row, block column, shift; row-major."""
        rows, columns = np.nonzero(self.exponents >= 0)
        found = np.stack([rows, columns, self.exponents[rows, columns]], axis=1).astype(np.int32)
        if len(self.others):
            found = np.concatenate([found, self.others])
            found = found[np.lexsort(found.T[::-1])]
        return _frozen(found)

    def cells(self) -> list[list[int | list[int]]]:
        """The exponents as files hold them: a list where a block has several."""
        table = self.exponents.tolist()
        for row, column, shift in self.others.tolist():
            cell = table[row][column]
            table[row][column] = [*(cell if isinstance(cell, list) else [cell]), shift]
        return table


@dataclass(frozen=True, eq=False)
class TannerGraph:
    """Bipartite graph of a binary linear code. All arrays are read-only.

    Attributes
    ----------
    name : as ``model.names.checked_name`` has it
    n_checks, n_variables : size of the parity-check matrix H
    check_of_edge, variable_of_edge : (n_edges,) int32, sorted by (check, variable). This order is
        "edge order" wherever a value per edge occurs.
    block : BlockStructure, or None for a code without one
    punctured : (n_variables,) bool, never transmitted; the decoder starts from LLR 0
    shortened : (n_variables,) bool, known to be 0 and not transmitted
    """

    name: str
    n_checks: int
    n_variables: int
    check_of_edge: np.ndarray
    variable_of_edge: np.ndarray
    block: BlockStructure | None = None
    punctured: np.ndarray | None = None
    shortened: np.ndarray | None = None

    def __post_init__(self):
        checked_name("name of the code", self.name)
        checks, variables = self._checked_edges()
        if self.block is not None:
            rows, columns = self.block.exponents.shape
            size = self.block.lifting_size
            n_edges = size * len(self.block.block_edges)
            found = (self.n_checks, self.n_variables, len(checks))
            if found != (rows * size, columns * size, n_edges):
                raise InputError(f"code {self.name}: the block structure is not that of its edges")
        set_field = object.__setattr__
        set_field(self, "check_of_edge", _frozen(checks))
        set_field(self, "variable_of_edge", _frozen(variables))
        for what in ("punctured", "shortened"):
            set_field(self, what, _frozen(self._checked_mask(what)))
        both = np.flatnonzero(self.punctured & self.shortened)
        if len(both):
            raise InputError(
                f"code {self.name}: variable {both[0]} is both punctured and shortened"
            )
        alone = np.flatnonzero((self.variable_degrees == 0) & ~self.shortened)
        if len(alone):
            raise InputError(f"code {self.name}: {self._place(alone[0])} is in no check")
        if self.n == 0:
            raise InputError(f"code {self.name}: no variable is transmitted")

    def _place(self, variable: int) -> str:
        if self.block is None:
            return f"column {variable}"
        return f"column {variable // self.block.lifting_size} of the exponents"

    def _checked_edges(self) -> tuple[np.ndarray, np.ndarray]:
        where = f"code {self.name}"
        _check_size(where, self.n_checks, self.n_variables, len(self.check_of_edge))
        checks = np.asarray(self.check_of_edge, dtype=np.int64)
        variables = np.asarray(self.variable_of_edge, dtype=np.int64)
        if self.n_checks < 1 or self.n_variables < 1:
            raise InputError(
                f"{where}: {self.n_checks} checks and {self.n_variables} variables, "
                "at least one of each is due"
            )
        if checks.shape != variables.shape or checks.ndim != 1:
            raise InputError(
                f"{where}: {checks.shape} checks for {variables.shape} variables of edges"
            )
        for what, values, size in (
            ("check", checks, self.n_checks),
            ("variable", variables, self.n_variables),
        ):
            bad = np.flatnonzero((values < 0) | (values >= size))
            if len(bad):
                raise InputError(
                    f"{where}: edge {bad[0]}: {what} {values[bad[0]]} is outside 0..{size - 1}"
                )
        key = checks * self.n_variables + variables
        order = np.argsort(key, kind="stable")
        checks, variables, key = checks[order], variables[order], key[order]
        twice = np.flatnonzero(key[1:] == key[:-1])
        if len(twice):
            raise InputError(
                f"{where}: duplicate edge at row {checks[twice[0]]}, column {variables[twice[0]]}"
            )
        empty = np.flatnonzero(np.bincount(checks, minlength=self.n_checks) == 0)
        if len(empty):
            raise InputError(f"{where}: row {empty[0]} is empty")
        return checks.astype(np.int32), variables.astype(np.int32)

    def _checked_mask(self, what: str) -> np.ndarray:
        mask = getattr(self, what)
        mask = np.zeros(self.n_variables, bool) if mask is None else np.array(mask, dtype=bool)
        if mask.shape != (self.n_variables,):
            raise InputError(
                f"code {self.name}: {what} has shape {mask.shape}, ({self.n_variables},) is due"
            )
        return mask

    @classmethod
    def from_exponents(
        cls,
        exponents: Sequence[Sequence[int]] | np.ndarray,
        lifting_size: int,
        name: str,
        punctured_columns: Iterable[int] = (),
        punctured: np.ndarray | None = None,
        shortened: np.ndarray | None = None,
    ) -> "TannerGraph":
        """Quasi-cyclic code; ``punctured_columns`` are block columns, the masks are per variable.

        A block that is the sum of several circulants has a list of their shifts.
        ``InputError`` names row, column and value of the first bad exponent.
        """
        block = BlockStructure(lifting_size, exponents)
        size = block.lifting_size
        rows, columns = block.exponents.shape
        _check_size(f"code {name}", rows * size, columns * size, len(block.block_edges) * size)
        row, column, shift = block.block_edges.T.astype(np.int64)
        lane = np.arange(size)[:, None]
        mask = np.zeros(columns * size, bool) if punctured is None else np.array(punctured, bool)
        for punctured_column in checked_columns(punctured_columns, columns):
            mask[punctured_column * size : (punctured_column + 1) * size] = True
        return cls(
            name,
            rows * size,
            columns * size,
            (row * size + lane).ravel(),
            (column * size + (lane + shift) % size).ravel(),
            block,
            mask,
            shortened,
        )

    @classmethod
    def from_edges(
        cls,
        check_of_edge: Sequence[int] | np.ndarray,
        variable_of_edge: Sequence[int] | np.ndarray,
        n_checks: int,
        n_variables: int,
        name: str,
        punctured: np.ndarray | None = None,
        shortened: np.ndarray | None = None,
    ) -> "TannerGraph":
        """Code without block structure from its edges, in any order."""
        return cls(
            name, n_checks, n_variables, check_of_edge, variable_of_edge, None, punctured, shortened
        )

    @classmethod
    def from_dense(
        cls,
        matrix: np.ndarray,
        name: str,
        punctured: np.ndarray | None = None,
        shortened: np.ndarray | None = None,
    ) -> "TannerGraph":
        """Code without block structure from a (checks, variables) 0/1 array."""
        matrix = np.asarray(matrix)
        if matrix.ndim != 2:
            raise InputError(f"code {name}: matrix has shape {matrix.shape}, two axes are due")
        bad = np.argwhere((matrix != 0) & (matrix != 1))
        if len(bad):
            row, column = bad[0]
            raise InputError(
                f"code {name}: row {row}, column {column}: {matrix[row, column]} is not 0 or 1"
            )
        checks, variables = np.nonzero(matrix)
        return cls.from_edges(checks, variables, *matrix.shape, name, punctured, shortened)

    @cached_property
    def n_edges(self) -> int:
        """Number of ones in H."""
        return len(self.check_of_edge)

    @cached_property
    def check_degrees(self) -> np.ndarray:
        """(n_checks,) int64."""
        return _frozen(np.bincount(self.check_of_edge, minlength=self.n_checks))

    @cached_property
    def variable_degrees(self) -> np.ndarray:
        """(n_variables,) int64."""
        return _frozen(np.bincount(self.variable_of_edge, minlength=self.n_variables))

    def parity_check_matrix(self) -> "sparse.csr_matrix":
        """H as a (n_checks, n_variables) sparse matrix of uint8."""
        from scipy import sparse  # takes time, and commands ask for no more than the rank

        starts = np.concatenate([[0], np.cumsum(self.check_degrees)])
        ones = np.ones(self.n_edges, dtype=np.uint8)
        return sparse.csr_matrix(
            (ones, self.variable_of_edge.copy(), starts), shape=(self.n_checks, self.n_variables)
        )

    @cached_property
    def rank(self) -> int:
        """True rank of H over GF(2); computed on first use. ``InputError`` if it takes too long."""
        return self._rank_of(np.ones(self.n_variables, dtype=bool))

    @cached_property
    def k(self) -> int:
        """True number of information bits: unshortened variables less the rank of their H."""
        if not self.shortened.any():
            return self.n_variables - self.rank
        kept = ~self.shortened
        return int(kept.sum()) - self._rank_of(kept)

    def _rank_of(self, kept: np.ndarray) -> int:
        """Of the columns of H that are marked."""
        edges = kept[self.variable_of_edge]
        degrees = np.bincount(self.check_of_edge[edges], minlength=self.n_checks)
        starts = np.concatenate([[0], np.cumsum(degrees)])
        columns = (np.cumsum(kept) - 1)[self.variable_of_edge[edges]]
        try:
            return sparse_rank(Rows(starts, columns, (self.n_checks, int(kept.sum()))))
        except InputError as error:
            raise InputError(f"code {self.name}: {error}") from None

    @cached_property
    def transmitted(self) -> np.ndarray:
        """(n,) int64 variables that are sent, ascending; the order of the stream."""
        return _frozen(np.flatnonzero(~self.punctured & ~self.shortened))

    @property
    def n(self) -> int:
        """Number of transmitted bits."""
        return len(self.transmitted)

    @property
    def rate(self) -> float:
        """Information bits per transmitted bit, k / n."""
        return self.k / self.n

    @cached_property
    def block_edge_of_edge(self) -> np.ndarray | None:
        """(n_edges,) int32 number of the block edge of every edge, row-major over the exponents.

        None for a code without block structure.
        """
        if self.block is None:
            return None
        size, columns = self.block.lifting_size, self.block.exponents.shape[1]
        row, column, shift = self.block.block_edges.T.astype(np.int64)
        key = (row * columns + column) * size + shift
        check, variable = self.check_of_edge.astype(np.int64), self.variable_of_edge
        block = check // size * columns + variable // size
        found = np.searchsorted(key, block * size + (variable - check) % size)
        return _frozen(found.astype(np.int32))

    @property
    def n_block_edges(self) -> int:
        """Number of nonzero blocks; 0 for a code without block structure."""
        return 0 if self.block is None else len(self.block.block_edges)

    @property
    def in_layers(self) -> bool:
        """Whether the checks of a block row share no variable: circulants, one a block at most."""
        return self.block is not None and not len(self.block.others)

    @cached_property
    def edges_sha(self) -> str:
        """SHA-256 (hex) of size and edges: equal for equal H, whatever the name."""
        size = np.array([self.n_checks, self.n_variables], dtype="<i8")
        edges = np.stack([self.check_of_edge, self.variable_of_edge]).astype("<i4")
        return hashlib.sha256(size.tobytes() + edges.tobytes()).hexdigest()

    def __repr__(self) -> str:
        block = "" if self.block is None else f", Z={self.block.lifting_size}"
        return (
            f"TannerGraph({self.name!r}, {self.n_checks} checks, {self.n_variables} variables, "
            f"{self.n_edges} edges{block})"
        )


def _check_size(where: str, n_checks: int, n_variables: int, n_edges: int) -> None:
    """Raise ``InputError`` for a code larger than any that is handled, before it takes memory."""
    for what, found, most in (
        ("checks", n_checks, MOST_VARIABLES),
        ("variables", n_variables, MOST_VARIABLES),
        ("edges", n_edges, MOST_EDGES),
    ):
        if found > most:
            raise InputError(f"{where}: {found} {what}, at most {most} are handled")


def _frozen(array: np.ndarray) -> np.ndarray:
    if array.flags.writeable:
        array.setflags(write=False)
    return array
