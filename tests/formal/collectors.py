"""Answers of several cores to one stream: their order, and that no two are mixed.

The output queue is proved by itself (:mod:`formal.queues`); here its ``room`` is free, its entries
are looked at as they go in, and what it is promised is a property.
"""

from functools import partial
from unittest import mock

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from formal.bench import Bench
from formal.proofs import Proof, faults
from formal.streams import ENTRIES, INSIDE, PHANTOM, PLACE, in_order
from hw.frame import collect, status
from hw.frame.collect import UNTOLD, InOrder, OutOfOrder
from hw.frame.ports import FrameFormat

WHOLE = "the beats of an answer stay together"
ROOM = "nothing is put without room a cycle before"
PLACES = "no more frames are noted than there are places"


class _Queue(wiring.Component):
    """The output queue's ports, without the queue."""

    def __init__(self, shape, way: int):
        super().__init__({
            "put": In(1), "i": In(shape), "room": Out(1), "o": Out(stream.Signature(shape)),
            "free_room": In(1),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.room.eq(self.free_room)
        return m


class _Cores:
    """What a collector asks of what it is a part of."""

    def __init__(self, count: int, mark):
        self.format = FrameFormat(values=1, values_per_beat=1, value_bits=1, bits=4,
                                  bits_per_beat=2, status={"decoded": 1}, mark=mark)  # fmt: skip
        answer = stream.Signature(self.format.answer)
        self.o = answer.create()
        self.cores = [wiring.PureInterface(wiring.Signature({"o": Out(answer)}), path=(f"core{n}",))
                      for n in range(count)]  # fmt: skip


def _collect(kind, count: int, bench: Bench) -> None:
    """An answer's beats carry the number of its core, and are of any number.

    A core's answers are in the order of its frames, and a skid buffer keeps them so
    (:mod:`formal.stages`); so what is left to say is whose answer is the next.
    """
    m = bench.m
    cores = _Cores(count, status.marks(tagged=kind is OutOfOrder))
    whole, core = bench.free(1, "whole"), bench.free(range(count), "core")
    with (
        mock.patch.object(collect, "ElasticQueue", _Queue),
        mock.patch.object(collect, "FRAMES_PER_CORE", 1),
    ):
        collector = kind(m, cores)
        collector.note(m, whole, bench.signal(1 << core, "one_hot")[:count])
        collector.collect(m)
    queue = m._named_submodules["output"][0]
    m.d.comb += [queue.free_room.eq(bench.free(1, "room")),
                 cores.o.ready.eq(bench.free(1, "ready"))]  # fmt: skip
    bench.always(ROOM, ~queue.put | bench.past(queue.room))
    for number, part in enumerate(cores.cores):
        m.d.comb += [
            part.o.valid.eq(bench.free(1, f"valid{number}")),
            part.o.payload.last.eq(bench.free(1, f"last{number}")),
            part.o.payload.bits.eq(number),
        ]
    # Frames that have a core are noted later.
    begins, untold = bench.free(1, "begins"), Signal(range(UNTOLD + 1))
    m.d.sync += untold.eq(untold + begins - whole)
    bench.assume(~begins | (collector.room & (untold < UNTOLD - 1)))
    bench.assume(~whole | ((untold != 0) & (core < count)))
    left = bench.signal(queue.put & queue.i.last, "left")
    if kind is InOrder:
        depth = collector.order.depth
        bench.always(PLACES, collector.waiting + untold <= depth)
        # In the queue, the one whose turn it is, and a last beat on its way.
        in_order(bench, whole, core, left, queue.i.bits, depth + 2, shown=queue.put)
    else:
        within = Signal()
        with m.If(queue.put):
            m.d.sync += within.eq(~queue.i.last)
        sender = Signal(range(count))
        with m.If(queue.put):
            m.d.sync += sender.eq(queue.i.bits)
        bench.always(WHOLE, ~(queue.put & within) | (queue.i.bits == sender))


_IN_ORDER = faults(
    "hw.frame.collect",
    (ROOM, "leaving.put.eq(leaving.room & sends.any())", "leaving.put.eq(sends.any())"),
    (PLACE, "order.take.eq(~head.any() & some)", "order.take.eq((~head.any() | ends) & some)"),
    (PHANTOM, "order.take.eq(~head.any() & some)", "order.take.eq(~head.any())"),
    (INSIDE, "order.take.eq(~head.any() & some)", "order.take.eq(~head.any())"),
    (ENTRIES, "room.eq(waiting <= depth - UNTOLD)", "room.eq(1)"),
    (PLACES, "room.eq(waiting <= depth - UNTOLD)", "room.eq(waiting <= depth - 1)"),
)

_OUT_OF_ORDER = faults(
    "hw.frame.collect",
    (ROOM, "leaving.put.eq(leaving.room & sends.any())", "leaving.put.eq(sends.any())"),
    (WHOLE, "free.eq(~head.any())", "free.eq(~(head & here).any())"),
)

PROOFS = [
    Proof("InOrder", partial(_collect, InOrder, 2), "2 cores", _IN_ORDER),
    Proof("OutOfOrder", partial(_collect, OutOfOrder, 3), "3 cores", _OUT_OF_ORDER),
]
