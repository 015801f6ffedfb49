"""Channels of a decoder's simulation: Eb/N0 to what the C model takes."""

import math
from dataclasses import dataclass

from scipy.special import ndtr

from model.channel import noise_deviation
from model.errors import InputError
from model.options import Options, option
from quant.cmodel.binding import Link
from quant.monte_carlo import EBN0
from quant.spec import Spec

CHANNELS = {"awgn": "AWGN", "bsc": "a binary symmetric channel", "rayleigh": "Rayleigh fading"}
"""By name, what a picture calls them."""
MODULATIONS = {"bpsk": 1, "qam16": 4, "qam64": 6, "qam256": 8}
"""Bits of a symbol."""


@dataclass(frozen=True)
class Channel(Options):
    """What codewords are sent through; ``InputError`` for one that does not take the modulation.

    bsc: BPSK over AWGN with hard decisions at the receiver, flips with Q(sqrt(2 rate Eb/N0)).
    rayleigh: every symbol has its own gain of mean square 1, known to the receiver.
    """

    channel: str = option("awgn", "what adds noise", choices=tuple(CHANNELS))
    modulation: str = option("bpsk", "bits to symbols", choices=tuple(MODULATIONS))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channel == "bsc" and self.modulation != "bpsk":
            raise InputError(f"channel bsc has modulation bpsk, not {self.modulation}")

    @property
    def words(self) -> str:
        """The link for a title."""
        bits = MODULATIONS[self.modulation]
        sent = "BPSK" if bits == 1 else f"{1 << bits}-QAM"
        return f"{sent} over {CHANNELS[self.channel]}"

    def at(self, ebn0_db: float, spec: Spec) -> Link:
        """The link at an Eb/N0 in dB; the rate is information bits by transmitted bits."""
        bits = MODULATIONS[self.modulation]
        # A real dimension of a complex symbol of energy 1 has noise N0/2, as BPSK's has.
        sigma = noise_deviation(EBN0.checked(ebn0_db), bits * spec.k / spec.n)
        if self.channel == "bsc":
            # Flips below 2^-32 are no draw of the generator, and their LLR would be infinite.
            return Link("bsc", 1, max(float(ndtr(-1.0 / sigma)), math.ldexp(1.0, -32)))
        return Link(self.channel, bits, sigma)
