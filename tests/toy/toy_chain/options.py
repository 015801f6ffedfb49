"""Build options: those of the streams, the rest the two cores choose."""

from dataclasses import dataclass

from hw.options import BuildOptions, option


@dataclass(frozen=True)
class Options(BuildOptions):
    """Streams of the chain."""

    llrs_per_beat: int = option(4, "LLRs, a byte each, in a beat of s_axis", low=1, high=64)
    bits_per_beat: int = option(8, "hard decisions in a beat of m_axis", choices=(8, 16, 32, 64))
