"""What users choose about the channel of a decoder: the same options in every command."""

import math
from dataclasses import dataclass

from model.channel import checked_ebn0, noise_deviation
from model.errors import InputError
from model.options import Options, option

CHANNELS = {"awgn": "AWGN", "bsc": "a binary symmetric channel", "rayleigh": "Rayleigh fading"}
"""By name, what a picture calls them."""
MODULATIONS = {"bpsk": 1, "qam16": 4, "qam64": 6, "qam256": 8}
"""Name to bits of a symbol."""


@dataclass(frozen=True)
class ChannelOptions(Options):
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
    def usual(self) -> bool:
        """BPSK over AWGN, for which the shipped alphabets were found."""
        return (self.channel, self.modulation) == ("awgn", "bpsk")

    @property
    def bits_per_symbol(self) -> int:
        return MODULATIONS[self.modulation]

    def parameter(self, ebn0_db: float, rate: float) -> float:
        """Noise deviation a real dimension at symbol energy 1; for bsc the flip probability.

        Parameters
        ----------
        ebn0_db : energy per information bit over noise density, in dB
        rate : information bits per transmitted bit
        """
        # A real dimension of a complex symbol of energy 1 has noise N0/2, as BPSK's has.
        sigma = noise_deviation(checked_ebn0(ebn0_db), self.bits_per_symbol * rate)
        if self.channel == "bsc":
            from scipy.special import ndtr  # takes time, which few commands need

            # Flips below 2^-32 are no draw of the generator, and their LLR would be infinite.
            return max(float(ndtr(-1.0 / sigma)), math.ldexp(1.0, -32))
        return sigma

    @property
    def words(self) -> str:
        """The link for a title."""
        bits = self.bits_per_symbol
        sent = "BPSK" if bits == 1 else f"{1 << bits}-QAM"
        return f"{sent} over {CHANNELS[self.channel]}"

    def __str__(self) -> str:
        return f"{self.channel}, {self.modulation}"
