"""What the parts of the bench share."""

import numpy as np

PERIOD_NS = 10


class Hang(Exception):
    """No progress for longer than the design can need."""


def frames_of(data: np.ndarray, start: np.ndarray) -> list[list[int]]:
    """(all beats, bytes) uint8 to one list of ints per frame."""
    beats = [int.from_bytes(row.tobytes(), "little") for row in data]
    return [beats[a:b] for a, b in zip(start[:-1], start[1:], strict=True)]
