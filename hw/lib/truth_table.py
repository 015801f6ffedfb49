"""Content of a four-input look-up table."""


def truth_table(function) -> int:
    """Table of a function of the bits (a, b, c, d); bit a + 2b + 4c + 8d is its value there."""
    rows = ((i, i & 1, i >> 1 & 1, i >> 2 & 1, i >> 3 & 1) for i in range(16))
    return sum(int(bool(function(*inputs))) << row for row, *inputs in rows)
