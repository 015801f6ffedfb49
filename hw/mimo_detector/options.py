"""What a user may choose about a detector without changing a bit of its answers."""

from dataclasses import dataclass

from hw.frame import options as streams
from hw.lib.target import choice as device
from hw.options import BuildOptions, option

OUTPUTS = ("llrs", "symbols")


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
    frame_end: str = streams.frame_end()
    tkeep: bool = streams.tkeep()
    input_error: bool = streams.input_error()
    target: str = device()
