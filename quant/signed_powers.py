"""Coefficients as few signed powers of two: shifts and adders instead of multipliers."""

import math
from dataclasses import dataclass

from model.errors import InputError
from quant.fields import exactly, shown, tuples, whole

MAX_TERMS = 3
SMALLEST_EXPONENT = -20


@dataclass(frozen=True)
class Coefficient:
    """Sum of at most three ``sign * 2^exponent``; ``terms`` holds the (sign, exponent) pairs."""

    terms: tuple[tuple[int, int], ...]

    @property
    def value(self) -> float:
        return sum(sign * 2.0**exponent for sign, exponent in self.terms)

    def scaled(self, frac_bits: int) -> int:
        """The coefficient times 2^frac_bits, a whole number."""
        return sum(sign << (exponent + frac_bits) for sign, exponent in self.terms)

    @property
    def frac_bits(self) -> int:
        """Fraction bits that hold the coefficient exactly."""
        return max([0, *(-exponent for _, exponent in self.terms)])


def signed_powers(
    value: float, terms: int = MAX_TERMS, smallest_exponent: int = SMALLEST_EXPONENT
) -> Coefficient:
    """The greedy sum of at most ``terms`` signed powers of two nearest to ``value``."""
    found, left = [], float(value)
    for _ in range(terms):
        if abs(left) < 2.0 ** (smallest_exponent - 1):
            break
        exponent = math.floor(math.log2(abs(left)))
        exponent += abs(left) > 1.5 * 2.0**exponent
        exponent = max(exponent, smallest_exponent)
        sign = 1 if left > 0 else -1
        found.append((sign, exponent))
        left -= sign * 2.0**exponent
    if not found:
        raise InputError(f"constant {value!r} is too small for 2^{smallest_exponent}")
    return Coefficient(tuple(found))


def coefficient(place: str, record: object) -> Coefficient:
    """The coefficient of a parsed record; ``InputError`` names ``place``."""
    terms = tuples(f"{place}.terms", exactly(place, record, ("terms",))["terms"], 2)
    for i, term in enumerate(terms):
        if len(term) != 2:
            raise InputError(f"{place}.terms[{i}] is {shown(term)}, must be [sign, exponent]")
    return Coefficient(terms)


def check(place: str, given: Coefficient, least: int = 1) -> None:
    """Raise ``InputError`` unless it has ``least`` to three terms with exponents -24 to 8."""
    if not least <= len(given.terms) <= MAX_TERMS:
        raise InputError(f"{place} has {len(given.terms)} terms, {least} to {MAX_TERMS} fit")
    for sign, exponent in given.terms:
        whole(f"{place}: exponent", exponent, -24, 8)
        if isinstance(sign, bool) or not isinstance(sign, int) or abs(sign) != 1:
            raise InputError(f"{place}: sign {shown(sign)} is neither 1 nor -1")
