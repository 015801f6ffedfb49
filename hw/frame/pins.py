"""A stream from registers at the ports of a device that is full."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.elastic import ElasticQueue


class PinQueue(wiring.Component):
    """Registers at the pins that nothing enables, then a queue.

    Pins are all around the die: an enable to each of their registers would be a path across it.

    Parameters
    ----------
    shape : of the payload

    Attributes
    ----------
    latency_cycles : from ``i`` to ``o``
    """

    _way = 3  # cycles from the room of the queue to the beat that is taken because of it
    latency_cycles = _way - 1 + ElasticQueue.latency_cycles

    def __init__(self, shape):
        self.shape = shape
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.queue = queue = ElasticQueue(self.shape, self._way)
        taken = Signal()
        m.d.comb += [
            taken.eq(self.i.valid & self.i.ready),
            queue.put.eq(delayed(m, taken, self._way - 1, "taken", reset=True)),
            queue.i.eq(delayed(m, self.i.payload, self._way - 1, "pins")),
        ]
        m.d.sync += self.i.ready.eq(queue.room)
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        return m
