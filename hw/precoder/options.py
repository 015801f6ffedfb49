"""What a user may choose about a precoder without changing a bit of its answers."""

from dataclasses import dataclass

from model.errors import InputError

FORMS = ("folded", "unfolded")
OUTPUTS = ("bits", "iq")


@dataclass(frozen=True)
class Options:
    """Shape and streams of a precoder.

    Parameters
    ----------
    form : "folded": one array serves all rounds of several vectors in turn; "unfolded": an array
        for every round, a vector enters every window
    output : "bits": two bits an antenna, 16 antennas a beat; "iq": +-``amplitude`` as two int16
        (I in the low half) an antenna, 4 antennas a beat
    amplitude : A of the "iq" output, 1 to 32767
    writable : the coefficients of the rounds can be written at run time; they start as the spec's
    """

    form: str = "folded"
    output: str = "bits"
    amplitude: int = 16384
    writable: bool = False

    def __post_init__(self) -> None:
        for name, known in (("form", FORMS), ("output", OUTPUTS)):
            if getattr(self, name) not in known:
                raise InputError(f"{name} is {getattr(self, name)!r}, known: {', '.join(known)}")
        if not 1 <= self.amplitude <= 32767:
            raise InputError(f"amplitude is {self.amplitude}, must be 1 to 32767")
