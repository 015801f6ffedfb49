"""Answers of several cores to one stream: their order, and that no two are mixed.

The output queue is proved by itself (:mod:`formal.queues`); here its ``room`` is free, its entries
are looked at as they go in, and what it is promised is a property.
"""

from functools import partial
from unittest import mock

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from formal.bench import Bench
from formal.proofs import Proof, faults
from hw.frame import collect, status
from hw.frame.collect import UNTOLD, InOrder, OutOfOrder
from hw.frame.ports import FrameFormat

ORDER = "answers leave in the order of the frames"
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
        self.format = FrameFormat(values=1, values_per_beat=1, value_bits=1, bits=2,
                                  bits_per_beat=1, status={"decoded": 1}, mark=mark)  # fmt: skip
        answer = stream.Signature(self.format.answer)
        self.o = answer.create()
        self.cores = [wiring.PureInterface(wiring.Signature({"o": Out(answer)}), path=(f"core{n}",))
                      for n in range(count)]  # fmt: skip


def _collect(kind, count: int, bench: Bench) -> None:
    """Answers are of any length; a bit marks those of the followed frame."""
    m, marks = bench.m, status.marks(tagged=kind is OutOfOrder)
    cores = _Cores(count, marks)
    with mock.patch.object(collect, "ElasticQueue", _Queue):
        collector = kind(m, cores)
        whole, core = bench.free(1, "whole"), bench.free(count, "core")
        collector.note(m, whole, core)
        collector.collect(m)
    queue = m._named_submodules["output"][0]
    m.d.comb += [queue.free_room.eq(bench.free(1, "room")),
                 cores.o.ready.eq(bench.free(1, "ready"))]  # fmt: skip
    # Frames that have a core are noted later, a few at most.
    begins, untold = bench.free(1, "begins"), Signal(range(UNTOLD + 1))
    m.d.sync += untold.eq(untold + begins - whole)
    bench.assume(~begins | (collector.room & (untold < UNTOLD)))
    bench.assume(~whole | ((untold != 0) & (core != 0) & ((core & (core - 1)) == 0)))

    most = 32
    choose, following, its = bench.free(1, "choose"), Signal(), Signal(count)
    ahead = Signal(range(most + 1))  # frames before it, of all cores or of its own
    inside = [Signal(range(most + 1), name=f"inside{n}") for n in range(count)]
    before = [Signal(range(most + 1), name=f"before{n}") for n in range(count)]
    gives = []
    for number, part in enumerate(cores.cores):
        o = part.o
        m.d.comb += [
            o.valid.eq(bench.free(1, f"valid{number}")),
            o.payload.last.eq(bench.free(1, f"last{number}")),
            o.payload.bits.eq(following & its[number] & (before[number] == 0)),
        ]
        ends = bench.signal(o.valid & o.ready & o.payload.last, f"ends{number}")
        gives.append(ends)
        bench.assume(~o.valid | (inside[number] != 0))
        noted = whole & core[number]
        m.d.sync += inside[number].eq(inside[number] + noted - ends)
        bench.assume(inside[number] < most)
    left = bench.signal(queue.put & queue.i.last, "left")
    total = Signal(range(2 * most))
    m.d.sync += total.eq(total + whole - left)
    with m.If(choose & whole & ~following):
        m.d.sync += [following.eq(1), its.eq(core), ahead.eq(total - left)]
        m.d.sync += [b.eq(i - e) for b, i, e in zip(before, inside, gives, strict=True)]
    with m.Elif(following):
        with m.If(left & (ahead == 0)):
            m.d.sync += following.eq(0)
        m.d.sync += ahead.eq(ahead - left)
        m.d.sync += [b.eq(b - e) for b, e in zip(before, gives, strict=True)]
    bench.always(ROOM, ~queue.put | queue.room)
    if kind is InOrder:
        bench.always(ORDER, ~queue.put | (queue.i.bits == (following & (ahead == 0))))
        bench.always(PLACES, collector.waiting <= collector.order.depth)


PROOFS = [
    Proof("InOrder", partial(_collect, InOrder, 2), "2 cores"),
]
