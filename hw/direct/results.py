"""Finished frames, put back into the order in which they came, and sent."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frame import status
from hw.frame.ports import FrameFormat


def result_layout(form: FrameFormat) -> data.StructLayout:
    """Hard decisions and status of a frame, as it leaves the node arrays.

    lanes : a bit for each variable, or its soft value, whose sign is the bit
    """
    lanes = data.ArrayLayout(form.soft_bits or 1, form.bits)
    return data.StructLayout({"lanes": lanes, **form.status})


class Results(wiring.Component):
    """Every frame gets a ticket when it is admitted; results leave in the order of the tickets.

    Parameters
    ----------
    form : of the frames
    depth : tickets, a power of two: frames between admission and their first output beat

    Members
    -------
    admit : a frame enters now and takes ``ticket``; only with ``room``
    mark : with ``admit``, that of the frame
    done, result, done_ticket : a frame has finished
    o : as of a core (:mod:`hw.frame.ports`)
    """

    def __init__(self, form: FrameFormat, depth: int):
        self.format, self.depth = form, depth
        super().__init__(
            {
                "admit": In(1),
                "mark": In(status.layout(form.mark)),
                "ticket": Out(range(depth)),
                "room": Out(1),
                "done": In(1),
                "done_ticket": In(range(depth)),
                "result": In(result_layout(form)),
                "o": Out(stream.Signature(form.answer)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        form = self.format
        layout, mark = result_layout(form), status.layout(form.mark)
        m.submodules.words = words = memory.Memory(shape=layout, depth=self.depth, init=[])
        m.submodules.marks = kept = memory.Memory(shape=mark, depth=self.depth, init=[])
        head, newest = Signal(range(self.depth)), Signal(range(self.depth))
        used = Signal(range(self.depth + 1))
        finished = Signal(self.depth)
        send = Signal()

        m.d.comb += self.ticket.eq(newest)
        count = used + self.admit - send
        m.d.sync += [
            used.eq(count),
            self.room.eq(count != self.depth),
            newest.eq(newest + self.admit),
            head.eq(head + send),
        ]
        marks = [Signal(self.depth, name=name) for name in ("ending", "sending")]
        m.d.comb += [
            marks[0].eq(self.done << self.done_ticket),
            marks[1].eq(send << head),
        ]
        m.d.sync += finished.eq((finished | marks[0]) & ~marks[1])

        write, note = words.write_port(), kept.write_port()
        read, noted = words.read_port(domain="comb"), kept.read_port(domain="comb")
        m.d.comb += [
            write.en.eq(self.done),
            write.addr.eq(self.done_ticket),
            write.data.eq(self.result),
            note.en.eq(self.admit),
            note.addr.eq(newest),
            note.data.eq(self.mark),
            read.addr.eq(head),
            noted.addr.eq(head),
        ]
        beats, per_beat = form.output_beats, form.bits_per_beat
        left, lane = Signal(range(beats + 1)), form.soft_bits or 1
        lanes = Signal(data.ArrayLayout(lane, beats * per_beat), reset_less=True)
        said = Signal(data.StructLayout({"status": status.layout(form.status), "mark": mark}),
                      reset_less=True)  # fmt: skip
        taken = self.o.valid & self.o.ready
        m.d.comb += [
            self.o.valid.eq(left != 0),
            self.o.payload.bits.eq(Cat(lanes[number][-1] for number in range(per_beat))),
            self.o.payload.status.eq(said.status),
            self.o.payload.mark.eq(said.mark),
            self.o.payload.last.eq(left == 1),
            send.eq(finished.bit_select(head, 1) & ((left == 0) | (taken & (left == 1)))),
        ]
        if form.soft_bits:
            soft = self.o.payload.soft
            m.d.comb += (soft[number].eq(lanes[number]) for number in range(per_beat))
        with m.If(send):
            m.d.sync += [
                lanes.as_value().eq(read.data.lanes),
                *(said.status[name].eq(read.data[name]) for name in form.status),
                said.mark.eq(noted.data),
                left.eq(beats),
            ]
        with m.Elif(taken):
            rest = lanes.as_value() >> (per_beat * lane)
            m.d.sync += [lanes.as_value().eq(rest), left.eq(left - 1)]
        return m
