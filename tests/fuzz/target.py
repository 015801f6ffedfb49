"""What a target is: files to begin with, a way to change them, and what a good file must show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from . import byte_mutations

LARGE_FILES = 0.0005
"""Part of the cases that are files of many megabytes."""


@dataclass(frozen=True)
class Target:
    """A kind of file, and its loader.

    seeds : good files
    mutate : (random numbers, seed, other seeds) -> a changed file of its kind
    use : (file, folder to write it in); loads it and looks at what came of it. Returns when it
        was accepted and is good, raises ``InputError`` when it was refused; anything else that it
        raises is a finding
    suffix : of files that findings are kept in
    """

    name: str
    seeds: Sequence[bytes]
    mutate: Callable[[Random, bytes, Sequence[bytes]], bytes]
    use: Callable[[bytes, Path], None]
    suffix: str = ".json"
    extra: Sequence[bytes] = ()

    def case(self, seed: int, number: int) -> bytes:
        """The file of a case; the same for the same numbers, always."""
        rng = Random(f"{self.name} {seed} {number}")
        data = rng.choice(self.seeds)
        kind = rng.random()
        if kind < LARGE_FILES:
            return byte_mutations.large(rng, data)
        if kind < 2 * LARGE_FILES and self.extra:
            return rng.choice(self.extra)
        if kind < 0.12:
            return byte_mutations.mutate(rng, data, self.seeds)
        data = self.mutate(rng, data, self.seeds)
        return byte_mutations.mutate(rng, data) if kind > 0.97 else data


def independent_rank(rows: Sequence[int]) -> int:
    """Rank over GF(2) of rows given as whole numbers, by a method of its own."""
    leading: dict[int, int] = {}
    for row in rows:
        while row:
            top = row.bit_length()
            if top not in leading:
                leading[top] = row
                break
            row ^= leading[top]
    return len(leading)


def row_numbers(checks: np.ndarray, variables: np.ndarray, n_checks: int) -> list[int]:
    """Rows of H as whole numbers, bit v for variable v."""
    rows = [0] * n_checks
    for check, variable in zip(checks.tolist(), variables.tolist(), strict=True):
        rows[check] |= 1 << variable
    return rows


def one_line(text: str) -> None:
    """Fail unless ``text`` is one line that moves no cursor."""
    assert text.isprintable(), f"not one printable line: {text!r}"
