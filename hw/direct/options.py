"""What a user may choose about a direct decoder without changing a bit of its answers."""

from dataclasses import dataclass, replace

from hw.direct.messages import index_code
from hw.lib.collect import KEPT, check_order
from hw.lib.magnitude import Thermometer
from model.errors import InputError
from quant.spec import Spec

FORMS = ("iterated", "unrolled")
BEATS = (8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class Options:
    """Form, pipeline and streams of a direct decoder.

    Parameters
    ----------
    form : "iterated": one iteration's logic, passed T times; "unrolled": T copies in a pipeline, a
        frame a clock
    stages : cycles of an iteration, 2 to 9: registers behind its two halves, then inside the checks
        (their levels), the variables (their sums) and the checks again (their minima, up to four
        times, then every edge's choice); 0 takes 2 for thermometer messages, for binary ones, which
        are compared, 5 or with checks of more than 8 edges 7, of more than 16 edges 9
    llrs_per_beat : channel LLRs in one beat of ``s_axis``, one byte each; 0 takes the smallest
        power of two from 4 with which a frame passes the stream as fast as the decoder takes it
    bits_per_beat : hard decisions in one beat of ``m_axis``, a power of two from 8; 0 likewise
    cores : iterated decoders behind the streams (:mod:`hw.lib.cores`); an unrolled one takes all
        that a stream can bring
    order : of the results of several cores, as of a layered decoder
    oversize : build it even if its estimate exceeds the target device
    """

    form: str = "iterated"
    stages: int = 0
    llrs_per_beat: int = 0
    bits_per_beat: int = 0
    cores: int = 1
    order: str = KEPT
    oversize: bool = False

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise InputError(f"form is {self.form!r}, known: {', '.join(FORMS)}")
        if self.stages and not 2 <= self.stages <= 9:
            raise InputError(f"stages is {self.stages}, must be 2 to 9")
        if not 0 <= self.llrs_per_beat <= 1024:
            raise InputError(f"llrs_per_beat is {self.llrs_per_beat}, must be 0 to 1024")
        if self.bits_per_beat not in (0, *BEATS):
            shown = ", ".join(map(str, BEATS))
            raise InputError(f"bits_per_beat is {self.bits_per_beat}, must be one of {shown}")
        most = 1 if self.form == "unrolled" else 16
        if not 1 <= self.cores <= most:
            raise InputError(f"cores is {self.cores}, must be 1 to {most} for form {self.form}")
        check_order(self.order, self.cores)

    @property
    def cuts(self) -> tuple[int, int]:
        """Registers inside the variable nodes and inside the check nodes."""
        return (0, self.stages - 2) if self.stages < 4 else (1, self.stages - 3)

    def resolved(self, spec: Spec) -> "Options":
        """The same options with every number chosen."""
        budget = 1 if self.form == "unrolled" else (spec.iterations + 1) / self.cores
        stages = self.stages
        if stages == 0:
            small = isinstance(index_code(spec)[0], Thermometer)
            degree = max(len(row) for row in spec.code.rows)
            stages = 2 if small else 5 if degree <= 8 else 7 if degree <= 16 else 9

        def width(chosen: int, smallest: int, count: int) -> int:
            while chosen == 0 and count > smallest * budget and smallest < 1024:
                smallest *= 2
            return chosen or smallest

        return replace(
            self,
            stages=stages,
            llrs_per_beat=width(self.llrs_per_beat, 4, spec.n),
            bits_per_beat=width(self.bits_per_beat, 8, spec.n_variables),
        )
