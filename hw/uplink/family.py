"""What uplinks supply as hardware (:mod:`model.families`)."""

from types import ModuleType

from hw.mimo_detector import family as detector

ENGINES = {"": "hw.uplink"}
"""One engine, without a name of its own."""


def engine(spec, architecture: str | None = None) -> ModuleType:
    """The module that makes hardware of a spec."""
    from hw.uplink import kind

    return kind


PORTS = detector.PORTS | {
    "s_axis_tdata": "a block: its received vectors one after the other, each in whole beats, "
    "antenna by antenna, real part first: codes of the detector's y word in two's complement, a "
    "byte a part, two above 8 bits. Codes beyond the word saturate. Held until a first channel is "
    "in service",
    "m_axis_tdata": "for each user the bits of its codeword, bit 0 first, padded with zeros to "
    "whole beats, and one more beat: 1 in bit 0 if they satisfy every check, iterations that it "
    "took in bits 1 to 7",
}
FIELDS = {
    "channel": "number of the channel that the block was detected with, modulo 256",
    "saturated": "1: a part of y was beyond its word; 2: an estimate r was, in some vector",
}
"""What ports carry and what fields of ``m_axis_tuser`` say, for a datasheet."""
