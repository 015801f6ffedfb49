"""Positions as runs of neighbours."""

from model import ranges


def test_runs():
    assert ranges.runs([]) == []
    assert ranges.runs([4]) == [(4, 4)]
    assert ranges.runs([0, 1, 2, 5, 7, 8]) == [(0, 2), (5, 5), (7, 8)]


def test_as_text():
    assert ranges.as_text([]) == "none"
    assert ranges.as_text([0, 1, 2, 5, 7, 8]) == "0..2, 5, 7..8"
    assert ranges.as_text([0, 2, 4, 6], most=2) == "0, 2, ... (4 runs)"
