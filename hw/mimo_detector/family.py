"""What detectors supply as hardware (:mod:`model.families`)."""

from types import ModuleType

ENGINES = {"": "hw.mimo_detector"}
"""One engine, without a name of its own."""


def engine(spec, architecture: str | None = None) -> ModuleType:
    """The module that makes hardware of a spec."""
    from hw.mimo_detector import kind

    return kind


PORTS = {
    "s_axis_tdata": "received vector, antenna by antenna, real part first: codes of the spec's y "
    "word in two's complement, a byte a part, two above 8 bits. Codes beyond the word saturate. "
    "Held until a first channel is in service",
    "s_axis_h_tdata": "channel: matrices H, W, and W0 if the spec has a start, one entry a beat, "
    "user by user, antenna by antenna: codes of the spec's h word, real part low. Codes beyond the "
    "word saturate. With --matrices core H alone, then N0 / noise step, a mantissa in the place of "
    "the real part times two to the power of what is in that of the imaginary one",
    "m_axis_tdata": "a user a beat: LLRs, a byte for each bit, the real part's first, positive "
    "means 0; or with --output symbols odd integers, real part in the low nibble",
    "channel_dropped": "one cycle for each channel of the wrong length",
    "channel_number": "channels that came into service, modulo 256",
    "channel_saturated": "parts of the channel in service that saturated",
    "tables_saturated": "groups of four entries of the channel in service whose sums saturate for "
    "some signs",
    "matrices_saturated": "1: W and W0 of the channel in service may be wrong, as a number left "
    "its word: users nearly parallel at so little noise, or a user much weaker than usual",
}
FIELDS = {
    "channel": "number of the channel that the vector was detected with, modulo 256",
    "saturated": "1: a part of y was beyond its word; 2: an estimate r was, in some round",
}
"""What ports carry and what fields of ``m_axis_tuser`` say, for a datasheet."""
