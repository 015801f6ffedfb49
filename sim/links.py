"""Channels of a simulation by name: Eb/N0 to what the C model takes, and the number of a point."""

import math
from dataclasses import dataclass

from scipy.stats import norm

from model.channel import LARGEST_EBN0_DB, checked_ebn0, noise_deviation
from model.errors import InputError
from quant.cmodel.binding import Link
from quant.spec import Spec

CHANNELS = ("awgn", "bsc", "rayleigh")
MODULATIONS = {"bpsk": 1, "qam16": 4, "qam64": 6, "qam256": 8}


@dataclass(frozen=True)
class Channel:
    """``name`` of ``CHANNELS`` and ``modulation`` of ``MODULATIONS``.

    bsc: BPSK over AWGN with hard decisions at the receiver, flips with Q(sqrt(2 rate Eb/N0)).
    rayleigh: every symbol has its own gain of mean square 1, known to the receiver.
    """

    name: str
    modulation: str

    def check(self) -> None:
        """``InputError`` for a channel that does not take the modulation."""
        if self.name == "bsc" and self.modulation != "bpsk":
            raise InputError(f"channel bsc has modulation bpsk, not {self.modulation}")

    def at(self, ebn0_db: float, spec: Spec) -> Link:
        """The link at an Eb/N0 in dB; the rate is information bits by transmitted bits."""
        bits = MODULATIONS[self.modulation]
        # A real dimension of a complex symbol of energy 1 has noise N0/2, as BPSK's has.
        sigma = noise_deviation(checked_ebn0(ebn0_db), bits * spec.k / spec.n)
        if self.name == "bsc":
            # Flips below 2^-32 are no draw of the generator, and their LLR would be infinite.
            return Link("bsc", 1, max(float(norm.sf(1.0 / sigma)), math.ldexp(1.0, -32)))
        return Link(self.name, bits, sigma)


def point_number(ebn0_db: float) -> int:
    """What tells the frames of one Eb/N0 from those of another: thousandths of a dB, offset."""
    return round(1000 * (checked_ebn0(ebn0_db) + LARGEST_EBN0_DB))
