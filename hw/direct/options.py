"""What a user may choose about a direct decoder without changing a bit of its answers."""

from dataclasses import dataclass, replace

from hw.direct.messages import index_code
from hw.frame import options as streams
from hw.frame.collect import check_order
from hw.lib.magnitude import Thermometer
from hw.lib.target import choice as device
from hw.options import BuildOptions, option
from model.errors import InputError
from quant.spec import Spec

FORMS = ("iterated", "unrolled")
BEATS = (8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class Options(BuildOptions):
    """Form, pipeline and streams of a direct decoder; the fields say what each is.

    ``stages`` are registers behind an iteration's two halves, then inside the checks (their
    levels), the variables (their sums) and the checks again (their minima, up to four times, then
    every edge's choice). Thermometer messages take 2; binary ones, which are compared, 5, with
    checks of more than 8 edges 7, of more than 16 edges 9. An unrolled decoder takes all that a
    stream can bring, so there is one.
    """

    form: str = option(
        FORMS[0],
        "one iteration's logic, passed T times, or T copies in a pipeline, a frame a clock",
        choices=FORMS,
    )  # fmt: skip
    stages: int | None = option(
        None, "cycles of an iteration (default 2, 5, 7 or 9)", low=2, high=9
    )
    llrs_per_beat: int | None = streams.llrs_per_beat(1024)
    bits_per_beat: int | None = streams.bits_per_beat(BEATS)
    output: str = streams.output()
    decisions: str = streams.decisions()
    cores: int = streams.cores()
    order: str = streams.order()
    frame_end: str = streams.frame_end()
    tkeep: bool = streams.tkeep()
    input_error: bool = streams.input_error()
    target: str = device()
    oversize: bool = option(False, "build it even if its estimate exceeds the target device")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.form == "unrolled" and self.cores != 1:
            raise InputError(f"cores is {self.cores}, must be 1 for form {self.form}")
        check_order(self.order, self.cores)

    @property
    def cuts(self) -> tuple[int, int]:
        """Registers inside the variable nodes and inside the check nodes."""
        return (0, self.stages - 2) if self.stages < 4 else (1, self.stages - 3)

    def output_bits(self, spec: Spec) -> int:
        """Bits of a frame's answer."""
        return spec.n_variables if self.output == streams.CODEWORD else spec.k

    def resolved(self, spec: Spec, passes: int | None = None) -> "Options":
        """The same options with every number chosen.

        passes : of a frame, that streams are to be as quick as; None for those of all iterations
        """
        budget = 1 if self.form == "unrolled" else (passes or spec.iterations + 1) / self.cores
        stages = self.stages
        if stages is None:
            small = isinstance(index_code(spec)[0], Thermometer)
            degree = max(len(row) for row in spec.code.rows)
            stages = 2 if small else 5 if degree <= 8 else 7 if degree <= 16 else 9

        def width(chosen: int | None, smallest: int, count: int) -> int:
            while chosen is None and count > smallest * budget and smallest < 1024:
                smallest *= 2
            return chosen or smallest

        return replace(
            self,
            stages=stages,
            llrs_per_beat=width(self.llrs_per_beat, 4, spec.n),
            bits_per_beat=width(self.bits_per_beat, 8, self.output_bits(spec)),
        )
