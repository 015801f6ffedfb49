# amaranth: UnusedElaboratable=no
# Programs are made for decoders that nobody elaborates.
"""Programs of a decoder: the stream that brings them, and when it may write."""

from collections.abc import Mapping
from functools import cached_property

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.code_set.image import Image
from hw.code_set.options import Options
from hw.code_set.programs.form import Form, identifier
from hw.code_set.programs.writer import ProgramWriter
from hw.lib.delay import delayed
from quant.code_set.control import PLACES

PREFIX = "s_axis_program"


class Programs(wiring.Component):
    """Gives a place to the writer when no frame needs what is there.

    Members
    -------
    s_axis_program_* : bytes of programs, AXI4-Stream
    programs_loaded : a bit a place: its program is there, and its code may be asked for
    program_accepted, program_refused : strobes
    waiting, waits_for : a control word waits for its frame's data; the code that it asks for
    inside : frames between the end of their data and that of their results
    leaves : the oldest of them leaves

    Parameters
    ----------
    options, image : of the decoder; spec_sha : of its spec

    Attributes
    ----------
    ports : members that become ports of the decoder
    form : of the programs
    """

    def __init__(self, options: Options, image: Image, spec_sha: str):
        self.options, self.image, self.spec_sha = options, image, spec_sha
        self.ports = {
            f"{PREFIX}_tdata": In(8),
            f"{PREFIX}_tvalid": In(1),
            f"{PREFIX}_tready": Out(1),
            f"{PREFIX}_tlast": In(1),
            "programs_loaded": Out(options.programs),
            "program_accepted": Out(1),
            "program_refused": Out(1),
        }
        super().__init__(
            self.ports
            | {
                "waiting": In(1),
                "waits_for": In(PLACES["code"][1]),
                "inside": In(range(2 * options.regions + 1)),
                "leaves": In(1),
            }
        )
        self.writer = ProgramWriter(self.form, options.programs)

    @cached_property
    def form(self) -> Form:
        image = self.image
        layouts = (image.row_layout, image.program_layout, image.chunks.layout,
                   image.windows.layout)  # fmt: skip
        depends = {
            "areas": [[area.table, area.bits, area.words, *area.first] for area in image.areas],
            "fields": [
                [[name, Shape.cast(field.shape).width] for name, field in layout]
                for layout in layouts
            ],
            "times": repr(image.times),
            "slots": self.options.slots,
            "beats": [self.options.llrs_per_beat, self.options.bits_per_beat],
            "bounds": image.windows.bounds,
            "rests": image.windows.rests,
        }
        return Form(image.areas, identifier(self.spec_sha, depends))

    def elaborate(self, platform):
        m = Module()
        m.submodules.writer = writer = self.writer
        left, granted, asked = Signal(self.inside.shape()), Signal(), Signal()
        m.d.comb += [
            writer.data.eq(getattr(self, f"{PREFIX}_tdata")),
            writer.valid.eq(getattr(self, f"{PREFIX}_tvalid")),
            writer.last.eq(getattr(self, f"{PREFIX}_tlast")),
            getattr(self, f"{PREFIX}_tready").eq(writer.ready),
            self.programs_loaded.eq(writer.loaded),
            self.program_accepted.eq(writer.accepted),
            self.program_refused.eq(writer.refused),
            # A word that waits keeps what it asked for: its frame may have begun.
            asked.eq(self.waiting & (self.waits_for == writer.place + len(self.image.jobs))),
            writer.granted.eq(granted),
        ]
        m.d.sync += [
            granted.eq(writer.claim & (granted | ~asked)),
            writer.free.eq(granted & (left == 0)),
        ]
        with m.If(granted):
            m.d.sync += left.eq(left - (self.leaves & (left != 0)))
        with m.Else():
            m.d.sync += left.eq(self.inside - self.leaves)
        return m

    def fill(self, m: Module, tables: Mapping[str, wiring.Component]) -> None:
        """Connect the write ports of the tables, by name."""
        writer = self.writer
        # The tables are far apart, and far from here.
        write = delayed(m, writer.write, 2, "program_write", reset=True)
        address = delayed(m, writer.address, 2, "program_address")
        word = delayed(m, writer.word, 2, "program_word")
        for number, name in enumerate(writer.tables):
            m.d.comb += [
                tables[name].w_en.eq(write[number]),
                tables[name].w_addr.eq(address),
                tables[name].w_data.eq(word),
            ]
