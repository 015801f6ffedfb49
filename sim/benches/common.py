"""What the parts of the bench share."""

import numpy as np
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiStreamBus

PERIOD_NS = 10


class Hang(Exception):
    """No progress for longer than the design can need."""


def frames_of(data: np.ndarray, start: np.ndarray) -> list[list[int]]:
    """(all beats, bytes) uint8 to one list of ints per frame."""
    beats = [int.from_bytes(row.tobytes(), "little") for row in data]
    return [beats[a:b] for a, b in zip(start[:-1], start[1:], strict=True)]


def bus_without(*names: str) -> type[AxiStreamBus]:
    """A stream of which the bench leaves some signals to others."""
    left = [name for name in AxiStreamBus._optional_signals if name not in names]
    return type("Bus", (AxiStreamBus,), {"_optional_signals": left})


async def random_signal(signal, clock, rng) -> None:
    """Drive a signal that must not matter."""
    while True:
        await RisingEdge(clock)
        signal.value = rng.randrange(2)
