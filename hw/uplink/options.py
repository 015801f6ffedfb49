"""What a user may choose about an uplink without changing a bit of its answers."""

from dataclasses import dataclass

from hw.frame import options as streams
from hw.layered.options import FIFOS
from hw.layered.options import Options as DecoderOptions
from hw.lib.target import choice as device
from hw.mimo_detector.options import Options as DetectorOptions
from hw.mimo_detector.options import matrices
from hw.options import BuildOptions, option

WIDTHS = (8, 16, 32, 64)


@dataclass(frozen=True)
class Options(BuildOptions):
    """Shape and streams of detector and decoder; the fields say what each is."""

    passes: int = option(
        0, "as of a detector: reads of its forward tables for all users; 0: chosen", low=0, high=8
    )
    matrices: str = matrices()
    slots: int | None = option(
        None, "as of a decoder: frames that each decodes at once (default 3)", low=1, high=8
    )
    cores: int | None = option(
        None, "decoders behind the detector (default as many as keep up with it)", low=1, high=16
    )
    fifo: str = option(
        FIFOS[1],
        "as of a decoder: memory of the edges between the halves of its datapath; by default in "
        "look-up tables, as detectors take most of the block RAM",
        choices=FIFOS,
    )
    bits_per_beat: int = option(
        WIDTHS[0], "bits in a beat of m_axis (default 8)", choices=WIDTHS
    )
    output: str = streams.output()
    frame_end: str = streams.frame_end()
    tkeep: bool = streams.tkeep()
    input_error: bool = streams.input_error()
    target: str = device()

    @property
    def detector(self) -> DetectorOptions:
        return DetectorOptions(
            passes=self.passes, matrices=self.matrices, target=self.target
        )

    def decoder(self, values_per_beat: int, cores: int) -> DecoderOptions:
        return DecoderOptions(
            slots=self.slots, llrs_per_beat=values_per_beat, bits_per_beat=self.bits_per_beat,
            output=self.output, cores=cores, target=self.target, fifo=self.fifo, rotate_in_ram=0,
        )  # fmt: skip
