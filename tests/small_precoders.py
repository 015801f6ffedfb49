"""Specs of small precoders for block tests and quick co-simulations."""

from quant.precoder.fit import Trained, Words, fit
from quant.precoder.spec import PrecoderSpec, Word

NARROW = Words(Word(6, "mid_rise"), Word(3, "mid_rise"), Word(6, "mid_rise"))


def small_precoder(
    antennas: int = 8,
    users: int = 4,
    iterations: int = 2,
    constellation: str = "16qam",
    words: Words = NARROW,
) -> PrecoderSpec:
    """A spec with constants of C2PO's kind, other ones in every round."""
    tau = tuple(1.0 / antennas * (1 + 0.3 * t) for t in range(iterations))
    rho = tuple(1.25 - 0.1 * t for t in range(iterations))
    trained = Trained(1.0 / antennas, tau, rho, 0.12)
    return fit(trained, antennas, users, constellation, words, name="tiny")
