"""A queue for what comes out of a pipeline that never stops."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import table_storage


class ElasticQueue(wiring.Component):
    """16 entries in RAM of look-up tables with a registered output: a stream from strobes.

    The pipeline begins nothing in a cycle without ``room``, and what it has begun finds a place.

    Parameters
    ----------
    shape : of an entry
    way : cycles from ``room`` to the ``put`` of what was begun then, at most 6

    Members
    -------
    put, i : one more entry
    room : a register, for what takes ``way`` cycles
    o : the entries in their order

    Attributes
    ----------
    latency_cycles : 2, from ``put`` to ``o``
    """

    depth, latency_cycles = 16, 2

    def __init__(self, shape, way: int):
        # Seven entries or fewer wait when there is room; the strobes are counted a cycle late.
        if self.depth // 2 + way + 1 >= self.depth:
            raise ValueError(f"no room for what is begun in {way} cycles")
        self.shape = shape
        super().__init__(
            {
                "put": In(1),
                "i": In(shape),
                "room": Out(1),
                "o": Out(stream.Signature(shape)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.entries = entries = table_storage(self.shape, self.depth)
        write, read = entries.write_port(), entries.read_port(domain="comb")
        free, output = Signal(), Signal(self.shape, reset_less=True)
        m.d.comb += [
            free.eq(~self.o.valid | self.o.ready),
            self.o.payload.eq(output),
            write.en.eq(self.put),
            write.data.eq(self.i),
        ]
        filled = write.addr != read.addr
        with m.If(free):
            m.d.sync += [output.eq(read.data), self.o.valid.eq(filled)]
        # From tables of four inputs: an adder would be a carry chain. What is read next is known
        # already when it is decided whether it is.
        nexts, ahead = Array([*range(1, self.depth), 0]), Signal(range(self.depth), init=1)
        with m.If(self.put):
            m.d.sync += write.addr.eq(nexts[write.addr])
        with m.If(free & filled):
            m.d.sync += [read.addr.eq(ahead), ahead.eq(nexts[ahead])]
        # The quarters in which the two are say enough: as long as those are the same or
        # neighbours, seven entries at most wait. This is the upper bit of their difference.
        tail, head = write.addr[-2:], read.addr[-2:]
        m.d.sync += self.room.eq(~(tail[1] ^ head[1] ^ (~tail[0] & head[0])))
        return m
