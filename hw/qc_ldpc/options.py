"""What a user may choose about a decoder without changing a bit of its answers."""

from dataclasses import dataclass, replace

from hw.lib import target
from model.errors import InputError
from quant.spec import Spec

FIFOS = ("block", "distributed")


@dataclass(frozen=True)
class Options:
    """Size of the buffers and streams of a block-serial decoder.

    Parameters
    ----------
    slots : frames decoded at once, in turn; more hide the pipeline's latency better
    input_regions, output_regions : frames that the channel and the hard-decision memory hold;
        powers of two. A frame has its output region from its start until it is sent, so there
        must be more of these than slots; 0 takes the smallest number from 4 that is.
    llrs_per_beat : channel LLRs in one beat of ``s_axis``, one byte each
    bits_per_beat : hard decisions in one beat of ``m_axis``; 8, 16, 32 or 64. For both, 0 takes
        the smallest power of two (from 4 and 8) with which a frame passes the stream in half the
        cycles that full iterations take, so that the streams do not slow the decoders down. Before
        several cores also a divisor of the lifting size: such a loader never splits a beat, and
        there is one in every core
    fifo : memory of the edges between the halves of the datapath, wide and shallow: "block" RAM, or
        "distributed" in look-up tables, which frees block RAM for more cores
    cores : decoders behind the streams (:mod:`hw.lib.cores`)
    target : what the blocks are made of (:mod:`hw.lib.target`)
    """

    slots: int = 3
    input_regions: int = 0
    output_regions: int = 0
    llrs_per_beat: int = 0
    bits_per_beat: int = 0
    fifo: str = FIFOS[0]
    cores: int = 1
    target: str = target.PORTABLE

    def __post_init__(self) -> None:
        target.named(self.target)
        if self.fifo not in FIFOS:
            raise InputError(f"fifo is {self.fifo!r}, known: {', '.join(FIFOS)}")
        for name, low, high in (("slots", 1, 8), ("llrs_per_beat", 0, 64), ("cores", 1, 16)):
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} is {getattr(self, name)}, must be {low} to {high}")
        for name in ("input_regions", "output_regions"):
            if getattr(self, name) == 0:
                object.__setattr__(self, name, max(4, 1 << self.slots.bit_length()))
            if getattr(self, name) not in (2, 4, 8, 16):
                raise InputError(f"{name} is {getattr(self, name)}, must be 2, 4, 8 or 16")
        if self.output_regions <= self.slots:
            raise InputError(
                f"output_regions is {self.output_regions}, must be more than slots ({self.slots})"
            )
        if self.bits_per_beat not in (0, 8, 16, 32, 64):
            raise InputError(f"bits_per_beat is {self.bits_per_beat}, must be 8, 16, 32 or 64")

    def resolved(self, spec: Spec) -> "Options":
        """The same options with every width chosen."""
        budget = spec.iterations * spec.n_block_edges / 2 / self.cores

        def width(chosen: int, widths: list[int], count: int) -> int:
            enough = [w for w in widths if count / w <= budget] or [max(widths)]
            return chosen or min(enough)

        powers = [4, 8, 16, 32, 64]
        divisors = [w for w in range(4, 65) if spec.code.lifting_size % w == 0]
        in_widths = powers + (divisors if self.cores > 1 else [])
        return replace(
            self,
            llrs_per_beat=width(self.llrs_per_beat, in_widths, spec.n),
            bits_per_beat=width(self.bits_per_beat, powers[1:], spec.n_variables),
        )
