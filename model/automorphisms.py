"""Permutations of a code's bits that map codewords to codewords: written, checked, listed.

Everywhere bit i of a permuted word is bit ``permutation[i]`` of the word.
"""

import re
from collections.abc import Sequence

import numpy as np

from model.code import TannerGraph
from model.encode import Encoder
from model.errors import InputError
from model.printable import shown

FORMS = "shift:K (bit i is bit i+K), times:K (bit i is bit K*i), modulo the length, or identity"
_WRITTEN = re.compile(r"(shift|times):([0-9]{1,6})")


def permutation(text: str, n: int, option: str) -> tuple[int, ...]:
    """The permutation of 0 ... n-1 that ``text`` says; ``InputError`` names ``option``.

    Cyclic codes of length 2^m - 1 have shifts and, of bits in the order of a primitive element's
    powers, multiplications by powers of two (Frobenius) among their automorphisms.
    """
    places = np.arange(n)
    if text == "identity":
        return tuple(places.tolist())
    written = _WRITTEN.fullmatch(text)
    if not written:
        raise InputError(f"{option} {text}: {FORMS} is due")
    kind, by = written[1], int(written[2])
    moved = (places + by if kind == "shift" else places * by) % n
    if len(set(moved.tolist())) < n:
        raise InputError(f"{option} {text}: {by} and the length {n} have a common factor")
    return tuple(moved.tolist())


def check_automorphism(graph: TannerGraph, name: str, permutation: Sequence[int]) -> None:
    """Raise ``InputError`` unless every codeword permuted is a codeword again."""
    n = graph.n_variables
    if sorted(permutation) != list(range(n)):
        raise InputError(f"{name} is not a permutation of 0..{n - 1}: {shown(tuple(permutation))}")
    encoder = Encoder(graph)
    generator = encoder.encode(np.eye(encoder.k, dtype=np.uint8))
    permuted = generator[:, list(permutation)].astype(np.int64)
    odd = (graph.parity_check_matrix() @ permuted.T) % 2
    if odd.any():
        check = int(np.flatnonzero(odd.any(axis=1))[0])
        raise InputError(
            f"{name} is no automorphism of {graph.name}: a codeword permuted by it does not "
            f"satisfy check {check}"
        )


def cyclic_group(graph: TannerGraph) -> np.ndarray:
    """Return (permutations, n) int64: all shifts of a cyclic code, each after each Frobenius power.

    ``InputError`` unless a shift by one and the multiplication by two are automorphisms; all others
    are made of these.
    """
    n = graph.n_variables
    places = np.arange(n)
    powers = [1]
    while n % 2 and (following := 2 * powers[-1] % n) not in powers:
        powers.append(following)
    for name, moved in (("shift:1", (places + 1) % n), ("times:2", places * 2 % n)):
        check_automorphism(graph, name, moved.tolist())
    return np.stack([(power * places + shift) % n for power in powers for shift in range(n)])
