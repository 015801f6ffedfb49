"""What a user may choose about a decoder without changing a bit of its answers."""

from dataclasses import dataclass, replace

from hw.frame import options as streams
from hw.frame.collect import check_order
from hw.layered.job import MOST_OPERATIONS, Job
from hw.layered.lockstep import frames_of
from hw.lib.target import choice, named
from hw.options import BuildOptions, option
from model.errors import InputError

FIFOS = ("block", "distributed")
_REGIONS = (2, 4, 8, 16)
_POWERS = (4, 8, 16, 32, 64)
_VALUES = (1, 2, *_POWERS)
"""Bits in a beat; of hard decisions as many as bytes have, or more."""


@dataclass(frozen=True)
class Options(BuildOptions):
    """Size of the buffers and streams of a block-serial decoder; the fields say what each is.

    A frame has its output region from its start until it is sent, so there must be more of these
    than slots. Before several cores a beat may also be a divisor of the lifting size: such a loader
    never splits a beat, and there is one in every core.
    """

    slots: int | None = option(
        None,
        "frames decoded at once, in turn; more hide the pipeline's latency better (default 3, with "
        "--lanes 2 groups; fewer for codes of more than 40,000 block edges)",
        low=1, high=8,
    )  # fmt: skip
    input_regions: int | None = option(
        None, "frames that the channel memory holds (default 4 or more)", choices=_REGIONS
    )
    output_regions: int | None = option(
        None, "frames that the hard-decision memory holds, more than slots (default 4 or more)",
        choices=_REGIONS,
    )  # fmt: skip
    llrs_per_beat: int | None = streams.llrs_per_beat(64)
    bits_per_beat: int | None = streams.bits_per_beat(_VALUES)
    output: str = streams.output()
    decisions: str = streams.decisions()
    fifo: str = option(
        FIFOS[0],
        "memory of the edges between the halves of the datapath: block RAM, or distributed in "
        "look-up tables, which frees block RAM for more cores",
        choices=FIFOS,
    )
    cores: int = streams.cores()
    order: str = streams.order()
    lanes: int | None = option(
        None,
        "lanes of a frame, a divisor P of the lifting size Z: Z/P frames are then decoded in "
        "lock-step, which takes a narrower rotator and waits for a group of frames (default Z, "
        "each frame by itself)",
        low=1, high=1 << 16,
    )  # fmt: skip
    rotate_in_ram: int | None = option(
        None,
        "bits of an APP value whose widest rotation is a read of block RAM, which then holds them "
        "in both orientations: each saves a look-up table a lane and takes as much block RAM again "
        "(default all with one core and --target ecp5 or nexus, else 0)",
        low=0, high=16, old="turned_bits",
    )  # fmt: skip
    frame_end: str = streams.frame_end()
    tkeep: bool = streams.tkeep()
    input_error: bool = streams.input_error()
    target: str = choice()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rotate_in_ram is None:
            both = named(self.target).wide_writes and self.cores == 1
            object.__setattr__(self, "rotate_in_ram", 16 if both else 0)
        check_order(self.order, self.cores)
        if self.bits_per_beat is not None and self.bits_per_beat not in self._out_widths:
            raise InputError(
                f"bits_per_beat is {self.bits_per_beat}, must be at least "
                f"{min(self._out_widths)} with {self.decisions} decisions"
            )

    @property
    def _out_widths(self) -> list[int]:
        """Bits, or values of a byte each, that a beat of ``m_axis`` may have."""
        return [width for width in _VALUES if width >= 8 or streams.soft(self)]

    def hard_regions(self, job: Job) -> int:
        """Regions of the hard-decision memory: with retries each frame has two, so that the result
        of the first try stays until another one verifies the frame."""
        return self.output_regions * (2 if job.restarts else 1)

    def frames(self, job: Job) -> int:
        """Frames in lock-step; ``InputError`` for lanes that no frame of the code may have."""
        return frames_of(job, self.lanes)

    def output_bits(self, job: Job) -> int:
        """Bits of a frame's answer."""
        return job.n_variables if self.output == streams.CODEWORD else job.code.information_bits

    def resolved(self, job: Job) -> "Options":
        """The same options with every size and width chosen; ``lanes`` None where it is all."""
        lanes = None if self.frames(job) == 1 else self.lanes
        if lanes and self.cores > 1:
            raise InputError(
                f"cores is {self.cores}, must be 1 with lanes ({lanes}): frames that go to "
                "several cores in turn would not fill a group"
            )
        fitting = max(1, MOST_OPERATIONS // job.n_block_edges)
        slots = self.slots or min(2 if lanes else 3, fitting)
        enough = max(8 if job.restarts else 4, 1 << slots.bit_length())
        output_regions = self.output_regions or enough
        input_regions = self.input_regions or (2 if lanes else enough)
        if job.restarts and not lanes:  # a frame keeps both until it has been sent
            output_regions = self.output_regions or self.input_regions or enough
            input_regions = self.input_regions or output_regions
            if input_regions != output_regions:
                raise InputError(
                    f"input_regions is {input_regions}, must be as output_regions "
                    f"({output_regions}) with retries: a frame keeps both until it has been sent"
                )
        if output_regions <= slots:
            raise InputError(
                f"output_regions is {output_regions}, must be more than slots ({slots})"
            )
        usual = min((job.iterations, *job.restarts))  # frames that need more are few
        budget = usual * job.n_block_edges / 2 / self.cores

        def width(chosen: int | None, widths: list[int], count: int) -> int:
            enough = [w for w in widths if count / w <= budget] or [max(widths)]
            return chosen or min(enough)

        powers = list(_POWERS)
        divisors = [w for w in range(4, 65) if job.code.lifting_size % w == 0]
        in_widths = powers + (divisors if self.cores > 1 else [])
        return replace(
            self,
            lanes=lanes,
            slots=slots,
            input_regions=input_regions,
            output_regions=output_regions,
            llrs_per_beat=width(self.llrs_per_beat, in_widths, job.n),
            bits_per_beat=width(self.bits_per_beat, self._out_widths, self.output_bits(job)),
        )
