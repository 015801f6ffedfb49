"""What a user may choose about a decoder without changing a bit of its answers."""

from dataclasses import dataclass, replace

from hw.lib import target
from hw.lib.collect import KEPT, check_order
from hw.qc_ldpc.lockstep import frames_of
from model.errors import InputError
from quant.spec import Spec

FIFOS = ("block", "distributed")


@dataclass(frozen=True)
class Options:
    """Size of the buffers and streams of a block-serial decoder.

    Parameters
    ----------
    slots : frames decoded at once, in turn; more hide the pipeline's latency better. Default 3,
        and 2 in lock-step
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
    order : of the results of several cores (:mod:`hw.lib.collect`): "kept", that of the input, or
        "tagged": each leaves as soon as it is there, with its frame's number in ``m_axis_tuser``
    lanes : of a frame, a divisor of the lifting size Z: Z / lanes frames are decoded in lock-step
        (:mod:`hw.qc_ldpc.lockstep`), and count as one in ``slots`` and in both ``regions``, of
        which 2 and 4 are the default then; 0, all lanes, is one frame by itself
    turned_bits : of an APP value, the bits whose widest rotation is a read of block RAM, which then
        holds them in both orientations (:mod:`hw.lib.turned_memory`). Each saves a look-up table a
        lane and takes as much block RAM again. Default: all with one core and a target whose
        synthesis makes such memories, else none
    target : what the blocks are made of (:mod:`hw.lib.target`)
    """

    slots: int | None = None
    input_regions: int = 0
    output_regions: int = 0
    llrs_per_beat: int = 0
    bits_per_beat: int = 0
    fifo: str = FIFOS[0]
    cores: int = 1
    order: str = KEPT
    lanes: int = 0
    turned_bits: int | None = None
    target: str = target.PORTABLE

    def __post_init__(self) -> None:
        target.named(self.target)
        if self.fifo not in FIFOS:
            raise InputError(f"fifo is {self.fifo!r}, known: {', '.join(FIFOS)}")
        if self.turned_bits is None:
            both = target.named(self.target).wide_writes and self.cores == 1
            object.__setattr__(self, "turned_bits", 16 if both else 0)
        for name, low, high in (
            ("slots", 1, 8), ("llrs_per_beat", 0, 64), ("cores", 1, 16), ("lanes", 0, 1 << 16),
            ("turned_bits", 0, 16),
        ):  # fmt: skip
            if getattr(self, name) is not None and not low <= getattr(self, name) <= high:
                raise InputError(f"{name} is {getattr(self, name)}, must be {low} to {high}")
        for name in ("input_regions", "output_regions"):
            if getattr(self, name) not in (0, 2, 4, 8, 16):
                raise InputError(f"{name} is {getattr(self, name)}, must be 2, 4, 8 or 16")
        if self.bits_per_beat not in (0, 8, 16, 32, 64):
            raise InputError(f"bits_per_beat is {self.bits_per_beat}, must be 8, 16, 32 or 64")
        check_order(self.order, self.cores)

    def frames(self, spec: Spec) -> int:
        """Frames in lock-step; ``InputError`` for lanes that no frame of the code may have."""
        return frames_of(spec, self.lanes)

    def resolved(self, spec: Spec) -> "Options":
        """The same options with every size and width chosen, and ``lanes`` 0 where it is all."""
        lanes = 0 if self.frames(spec) == 1 else self.lanes
        if lanes and self.cores > 1:
            raise InputError(
                f"cores is {self.cores}, must be 1 with lanes ({lanes}): frames that go to "
                "several cores in turn would not fill a group"
            )
        slots = self.slots or (2 if lanes else 3)
        enough = max(4, 1 << slots.bit_length())
        output_regions = self.output_regions or enough
        if output_regions <= slots:
            raise InputError(
                f"output_regions is {output_regions}, must be more than slots ({slots})"
            )
        budget = spec.iterations * spec.n_block_edges / 2 / self.cores

        def width(chosen: int, widths: list[int], count: int) -> int:
            enough = [w for w in widths if count / w <= budget] or [max(widths)]
            return chosen or min(enough)

        powers = [4, 8, 16, 32, 64]
        divisors = [w for w in range(4, 65) if spec.code.lifting_size % w == 0]
        in_widths = powers + (divisors if self.cores > 1 else [])
        return replace(
            self,
            lanes=lanes,
            slots=slots,
            input_regions=self.input_regions or (2 if lanes else enough),
            output_regions=output_regions,
            llrs_per_beat=width(self.llrs_per_beat, in_widths, spec.n),
            bits_per_beat=width(self.bits_per_beat, powers[1:], spec.n_variables),
        )
