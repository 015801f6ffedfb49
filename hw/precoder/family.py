"""What precoders supply as hardware (:mod:`model.families`)."""

from types import ModuleType

ENGINES = {"": "hw.precoder"}
"""One engine, without a name of its own."""


def engine(spec, architecture: str | None = None) -> ModuleType:
    """The module that makes hardware of a spec."""
    from hw.precoder import kind

    return kind

PORTS = {
    "s_axis_tdata": "symbols, a byte a user: odd integers in two's complement, real part in the "
    "low nibble; bit 0 counts as 1, values outside the constellation saturate. Held until a first "
    "channel is in service",
    "s_axis_h_tdata": "channel H, one entry a beat, user by user, antenna by antenna: codes of the "
    "spec's h word, real part low. Codes beyond the word saturate",
    "m_axis_tdata": "the signals of the antennas, antenna 0 first, real part first: a bit each, 1 "
    "for negative, or int16 with --output iq",
    "channel_dropped": "one cycle for each channel of the wrong length",
    "channel_number": "channels that came into service, modulo 256",
    "channel_saturated": "parts of the channel in service that saturated",
    "coefficient_write": "writes coefficient_value to the place coefficient_index",
    "coefficient_index": "0: unused; 1: step of the matched filter; then keep and step of a round",
    "coefficient_value": "signed, in units of 2^-coefficient_frac_bits; it does not saturate",
}
FIELDS = {"channel": "number of the channel that the vector was precoded for, modulo 256"}
"""What ports carry and what fields of ``m_axis_tuser`` say, for a datasheet."""
