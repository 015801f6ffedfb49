"""Answers of several cores to one stream: in the order of the input, or each at once.

A collector is a part of :class:`hw.frame.cores.Cores`, whose module it adds to. It has

* ``room`` : signal, it can take note of the frames that are on their way and of one more
* ``note(m, whole, core)`` : a whole frame has gone to ``core`` (one-hot) when ``whole`` is 1
* ``collect(m)`` : the answers of the cores to ``o``, the beats of each together
"""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring

from hw.frame import status
from hw.lib.elastic import ElasticQueue
from hw.lib.queue import MemoryQueue
from hw.lib.reduce import picked
from hw.lib.round_robin import encoded, round_robin
from hw.lib.skid import SkidBuffer
from model.errors import InputError

IN_ORDER, OUT_OF_ORDER = ORDERS = ("in-order", "out-of-order")
OLD_ORDERS = {"kept": IN_ORDER, "tagged": OUT_OF_ORDER}
"""Values of the option that go with the next version."""

FRAMES_PER_CORE = 8
"""Places in the queue of core numbers: frames of a core that are loaded, decoded or sent."""

UNTOLD = 4
"""Frames, at most, that have a core but no note was taken of: on their way, and the one behind."""


def check_order(order: str, cores: int) -> None:
    """``InputError`` for an order that is unknown, or that so many cores cannot have."""
    if order not in ORDERS:
        raise InputError(f"order is {order!r}, known: {', '.join(ORDERS)}")
    if order == OUT_OF_ORDER and cores == 1:
        raise InputError(
            f"order is {order!r}, must be {IN_ORDER!r} with one core: its results are never out of "
            "order (--cores)"
        )


def mark_of(order: str) -> dict[str, int]:
    """Fields of a frame's mark: with a tag where answers may leave out of order."""
    return status.marks(tagged=order == OUT_OF_ORDER)


class InOrder:
    """Answers in the order of the input: a queue says whose turn it is."""

    def __init__(self, m: Module, parent):
        self.parent = parent
        count = len(parent.cores)
        depth = 1 << (FRAMES_PER_CORE * count + UNTOLD - 1).bit_length()
        m.submodules.order = self.order = order = MemoryQueue(range(count), depth)
        waiting, room = Signal(range(depth + 1)), Signal()
        self.waiting, self.room = waiting, room
        m.d.sync += [
            waiting.eq(waiting + order.put - order.take),
            room.eq(waiting <= depth - UNTOLD),
        ]

    def note(self, m: Module, whole: Signal, core: Value) -> None:
        m.d.comb += [self.order.put.eq(whole), self.order.i.eq(encoded(core))]

    def collect(self, m: Module) -> None:
        order, head = self.order, Signal(len(self.parent.cores))
        _, ends = _joined(m, self.parent, head)
        # Of the cycle before; a core that has just got its turn is not asked for another.
        some = Signal()
        m.d.sync += some.eq(self.waiting != 0)
        m.d.comb += order.take.eq(~head.any() & some)
        with m.If(order.take):
            m.d.sync += head.eq(1 << order.o)
        with m.Elif(ends):
            m.d.sync += head.eq(0)


class OutOfOrder:
    """Each answer as soon as a core has it; whose it is says the tag in its mark.

    Cores that have an answer get their turns in rotation. No more frames are in flight than there
    are tags, so that they have different ones.
    """

    def __init__(self, m: Module, parent):
        self.parent = parent
        tags = 1 << parent.format.mark["tag"]
        self.inside, self.room = Signal(range(tags + 1)), Signal()
        m.d.sync += self.room.eq(self.inside <= tags - UNTOLD)

    def note(self, m: Module, whole: Signal, core: Value) -> None:
        self.whole = whole

    def collect(self, m: Module) -> None:
        count = len(self.parent.cores)
        head = Signal(count)
        waits, ends = _joined(m, self.parent, head)
        m.d.sync += self.inside.eq(self.inside + self.whole - ends)
        here = Signal(count)  # the core that sends is left out
        m.d.sync += here.eq(Cat(*waits) & ~head)
        choice, free, taken = Signal(count), Signal(), Signal()
        m.d.comb += [
            choice.eq(round_robin(m, here, taken, cycles=1) & here),
            free.eq(~head.any()),
            taken.eq(free & choice.any()),
        ]
        with m.If(free):
            m.d.sync += head.eq(choice)
        with m.Elif(ends):
            m.d.sync += head.eq(0)


COLLECTORS = {IN_ORDER: InOrder, OUT_OF_ORDER: OutOfOrder}


def _joined(m: Module, parent, head: Signal) -> tuple[list[Signal], Signal]:
    """The beats of one core to ``o``.

    head : the core, one-hot; no beat moves while it is 0

    Returns, for each core, whether it has a beat, and the strobe that a frame ends.
    """
    answer = parent.format.answer
    m.submodules.output = leaving = ElasticQueue(answer, way=1)
    beats, waits, lasts = [], [], []
    for number, core in enumerate(parent.cores):
        m.submodules[f"from_core{number}"] = skid = SkidBuffer(answer)
        wiring.connect(m, core.o, skid.i)
        m.d.comb += skid.o.ready.eq(leaving.room & head[number])
        beats.append(skid.o.payload.as_value())
        waits.append(skid.o.valid)
        lasts.append(skid.o.payload.last)
    sends, beat = Cat(*waits) & head, Signal(answer)
    ends = Signal()
    m.d.sync += [
        beat.as_value().eq(picked(beats, head)),
        leaving.put.eq(leaving.room & sends.any()),
    ]
    m.d.comb += [
        leaving.i.eq(beat),
        ends.eq(leaving.room & (sends & Cat(*lasts)).any()),
    ]
    wiring.connect(m, leaving.o, wiring.flipped(parent.o))
    return waits, ends
