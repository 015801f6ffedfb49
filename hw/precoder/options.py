"""What a user may choose about a precoder without changing a bit of its answers."""

from dataclasses import dataclass

from hw.frame import options as streams
from hw.lib.target import choice as device
from hw.options import BuildOptions, option

FORMS = ("folded", "unfolded")
OUTPUTS = ("bits", "iq")


@dataclass(frozen=True)
class Options(BuildOptions):
    """Shape and streams of a precoder; the fields say what each is."""

    form: str = option(
        FORMS[0],
        "one array for all rounds of several vectors in turn, or an array for every round, a "
        "vector every window",
        choices=FORMS,
    )
    output: str = option(
        OUTPUTS[0],
        "bits: two an antenna, 16 antennas a beat; iq: +-amplitude as two int16, I in the low "
        "half, 4 antennas a beat",
        choices=OUTPUTS,
    )
    amplitude: int = option(16384, "A of --output iq", low=1, high=32767)
    writable: bool = option(
        False, "the coefficients of the rounds can be written at run time; they start as the spec's"
    )
    frame_end: str = streams.frame_end()
    tkeep: bool = streams.tkeep()
    input_error: bool = streams.input_error()
    target: str = device()
