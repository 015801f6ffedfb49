"""What a user may choose about a decoder with restarts without changing a bit of its answers."""

from dataclasses import dataclass

from hw.direct.options import BEATS
from hw.direct.options import Options as DirectOptions
from hw.frame import options as streams
from hw.frame.collect import check_order
from hw.lib.target import choice as device
from hw.options import BuildOptions, option
from quant.restarts.spec import RestartSpec

_USUAL_BLOCKS = 2
"""That streams should be as quick as: where anybody decodes, most frames take one or two."""


@dataclass(frozen=True)
class Options(BuildOptions):
    """Pipeline and streams, as of a direct decoder."""

    stages: int | None = option(
        None, "cycles of an iteration (default 2, 5, 7 or 9)", low=2, high=9
    )
    llrs_per_beat: int | None = streams.llrs_per_beat(1024)
    bits_per_beat: int | None = streams.bits_per_beat(BEATS)
    output: str = streams.output()
    cores: int = streams.cores()
    order: str = streams.order()
    frame_end: str = streams.frame_end()
    tkeep: bool = streams.tkeep()
    input_error: bool = streams.input_error()
    target: str = device()
    oversize: bool = option(False, "build it even if its estimate exceeds the target device")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_order(self.order, self.cores)

    def direct(self, spec: RestartSpec) -> DirectOptions:
        """The direct decoder's, with streams for frames of a few blocks."""
        chosen = DirectOptions(**{name: getattr(self, name) for name in self.__dataclass_fields__})
        return chosen.resolved(spec.decoder, _USUAL_BLOCKS * (spec.decoder.iterations + 1))
