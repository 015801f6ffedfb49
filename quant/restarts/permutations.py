"""Permutations of a code's bits as people write them."""

import re

import numpy as np

from model.errors import InputError

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
