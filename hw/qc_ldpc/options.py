"""What a user may choose about a decoder without changing a bit of its answers."""

from dataclasses import dataclass

from model.errors import InputError


@dataclass(frozen=True)
class Options:
    """Size of the buffers and streams of a layered decoder.

    Parameters
    ----------
    slots : frames decoded at once, in turn; more hide the pipeline's latency better
    input_regions, output_regions : frames that the channel and the hard-decision memory hold;
        powers of two
    llrs_per_beat : channel LLRs in one beat of ``s_axis``, one byte each
    bits_per_beat : hard decisions in one beat of ``m_axis``; a multiple of 8
    """

    slots: int = 3
    input_regions: int = 4
    output_regions: int = 4
    llrs_per_beat: int = 4
    bits_per_beat: int = 8

    def __post_init__(self) -> None:
        for name, low, high in (("slots", 1, 8), ("llrs_per_beat", 1, 64)):
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} is {getattr(self, name)}, must be {low} to {high}")
        for name in ("input_regions", "output_regions"):
            value = getattr(self, name)
            if value not in (2, 4, 8, 16):
                raise InputError(f"{name} is {value}, must be 2, 4, 8 or 16")
        if self.bits_per_beat not in (8, 16, 32, 64):
            raise InputError(f"bits_per_beat is {self.bits_per_beat}, must be 8, 16, 32 or 64")
