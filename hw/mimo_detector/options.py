"""What a user may choose about a detector without changing a bit of its answers."""

from dataclasses import dataclass

from hw.frame import options as streams
from hw.lib.target import choice as device
from hw.options import BuildOptions, option
from quant.mimo_detector.preprocess import HOST, MATRICES_FROM

OUTPUTS = ("llrs", "symbols")


def matrices():
    """A field: who makes W and W0 of a channel."""
    return option(
        HOST,
        "who makes W and W0 of a channel. host: they come with H; core: H and the noise power come "
        "alone, and the core computes them while it serves the channel before",
        choices=MATRICES_FROM,
    )  # fmt: skip


@dataclass(frozen=True)
class Options(BuildOptions):
    """Shape and streams of a detector; the fields say what each is."""

    output: str = option(
        OUTPUTS[0],
        "llrs: a byte for each bit of a user's symbol; symbols: a byte a user, odd integers, real "
        "part in the low nibble",
        choices=OUTPUTS,
    )
    passes: int = option(
        0,
        "reads of the forward tables for all users: more take longer and need fewer block RAMs; "
        "0: as many as one block RAM holds and 12 cycles (24 above 32 users) allow",
        low=0,
        high=8,
    )
    matrices: str = matrices()
    frame_end: str = streams.frame_end()
    tkeep: bool = streams.tkeep()
    input_error: bool = streams.input_error()
    target: str = device()
