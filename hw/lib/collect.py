"""Results of several decoders to one stream: in the order of the input, or at once with a tag.

A collector is a part of :class:`hw.lib.cores.Cores`, whose module it adds to. It has

* ``room`` : signal, it can take note of the frames that are on their way and of one more
* ``note(m, good, core, drops)`` : a frame of right length has gone to ``core`` (one-hot) when
  ``good`` is 1; ``drops`` frames of wrong length came directly before it
* ``collect(m)`` : the frames of the cores to ``m_axis``, the beats of each together
"""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import data

from hw.lib.delay import delayed
from hw.lib.elastic import ElasticQueue
from hw.lib.queue import MemoryQueue
from hw.lib.reduce import picked
from hw.lib.round_robin import round_robin
from hw.lib.skid import SkidBuffer
from model.errors import InputError

IN_ORDER, OUT_OF_ORDER = ORDERS = ("in-order", "out-of-order")
OLD_ORDERS = {"kept": IN_ORDER, "tagged": OUT_OF_ORDER}
"""Values of the option that go with the next version."""

FRAMES_PER_CORE = 8
"""Places in the queue of core numbers: frames of a core that are loaded, decoded or sent."""

UNTOLD = 4
"""Frames, at most, that have a core but no note was taken of: on their way, and the one behind."""

TAG_BITS = 8
TAGS_PER_CORE = 16
"""Places in a core's queue of tags. A memory of look-up tables costs the same with fewer."""


def check_order(order: str, cores: int) -> None:
    """``InputError`` for an order that is unknown, or that so many cores cannot have."""
    if order not in ORDERS:
        raise InputError(f"order is {order!r}, known: {', '.join(ORDERS)}")
    if order == OUT_OF_ORDER and cores == 1:
        raise InputError(
            f"order is {order!r}, must be {IN_ORDER!r} with one core: its results are never out of "
            "order (--cores)"
        )


class InOrder:
    """Results in the order of the input: a queue says whose turn it is."""

    def __init__(self, m: Module, cores):
        self.cores = cores
        count = len(cores.decoders)
        entry = data.StructLayout({"core": range(count), "drops": cores.drop_bits})
        depth = 1 << (FRAMES_PER_CORE * count + UNTOLD - 1).bit_length()
        m.submodules.order = self.order = order = MemoryQueue(entry, depth)
        waiting, room = Signal(range(depth + 1)), Signal()
        self.waiting, self.room = waiting, room
        m.d.sync += [
            waiting.eq(waiting + order.put - order.take),
            room.eq(waiting <= depth - UNTOLD),
        ]

    def note(self, m: Module, good: Signal, core: Value, drops: Signal) -> None:
        m.d.comb += [
            self.order.put.eq(good),
            self.order.i.core.eq(_number(core)),
            self.order.i.drops.eq(drops),
        ]

    def collect(self, m: Module) -> None:
        order, count = self.order, len(self.cores.decoders)
        head, drops = Signal(count), Signal(self.cores.drop_bits)
        _, ends = _joined(m, self.cores, head, drops)
        # Of the cycle before; a core that has just got its turn is not asked for another.
        some = Signal()
        m.d.sync += some.eq(self.waiting != 0)
        m.d.comb += order.take.eq(~head.any() & some)
        with m.If(order.take):
            m.d.sync += [head.eq(1 << order.o.core), drops.eq(order.o.drops)]
        with m.Elif(ends):
            m.d.sync += head.eq(0)


class OutOfOrder:
    """Each result as soon as a core has it, with its frame's number in the input, modulo 256.

    ``m_axis_tuser`` is {tag[7:0], dropped[3:0], iterations[6:0], decoded}. A queue for each core
    holds tag and drop count of its frames, which a core returns in their order. Cores that have a
    result get their turns in rotation. All queues together have no more places than there are
    tags, so that frames in flight have different ones.
    """

    def __init__(self, m: Module, cores):
        self.cores = cores
        count = len(cores.decoders)
        if count * TAGS_PER_CORE > 1 << TAG_BITS:
            raise ValueError(f"{count} cores need more than {1 << TAG_BITS} tags")
        self.entry = data.StructLayout({"drops": cores.drop_bits, "tag": TAG_BITS})
        self.room = Signal()
        self.queues, self.waiting = [], []
        for number in range(count):
            m.submodules[f"tags{number}"] = queue = MemoryQueue(self.entry, TAGS_PER_CORE)
            waiting = Signal(range(TAGS_PER_CORE + 1), name=f"waiting{number}")
            m.d.sync += waiting.eq(waiting + queue.put - queue.take)
            self.queues.append(queue)
            self.waiting.append(waiting)
        m.d.sync += self.room.eq(Cat(w <= TAGS_PER_CORE - UNTOLD for w in self.waiting).all())

    def note(self, m: Module, good: Signal, core: Value, drops: Signal) -> None:
        tag = Signal(TAG_BITS)
        m.d.sync += tag.eq(tag + good)
        for number, queue in enumerate(self.queues):
            m.d.comb += [
                queue.put.eq(good & core[number]),
                queue.i.drops.eq(drops),
                queue.i.tag.eq(tag),
            ]

    def collect(self, m: Module) -> None:
        count = len(self.cores.decoders)
        head, told = Signal(count), Signal(self.entry)
        valid, ends = _joined(m, self.cores, head, told.as_value())
        # A tag is in its queue soon after the frame's last beat came in, long before any result can
        # be here; the count says so for sure. The core that sends is left out.
        here = Signal(count)
        m.d.sync += here.eq(
            Cat(v & (w != 0) for v, w in zip(valid, self.waiting, strict=True)) & ~head
        )
        choice, free, taken = Signal(count), Signal(), Signal()
        m.d.comb += [
            choice.eq(round_robin(m, here, taken, cycles=1) & here),
            free.eq(~head.any()),
            taken.eq(free & choice.any()),
            *(queue.take.eq(free & choice[n]) for n, queue in enumerate(self.queues)),
        ]
        with m.If(free):
            entries = [queue.o.as_value() for queue in self.queues]
            m.d.sync += [head.eq(choice), told.as_value().eq(picked(entries, choice))]
        with m.Elif(ends):
            m.d.sync += head.eq(0)


COLLECTORS = {IN_ORDER: InOrder, OUT_OF_ORDER: OutOfOrder}


def _joined(m: Module, cores, head: Signal, told: Value) -> tuple[list[Signal], Signal]:
    """The beats of one core to ``m_axis``.

    head : the core, one-hot; no beat moves while it is 0
    told : what ``m_axis_tuser`` says instead of the core's own drop count

    Returns, for each core, whether it has a beat, and the strobe that a frame ends.
    """
    width = len(cores.m_axis_tdata)
    layout, sent = (
        data.StructLayout({"bits": width, "user": user, "last": 1})
        for user in (cores.status_bits, len(cores.m_axis_tuser))
    )
    m.submodules.output = leaving = ElasticQueue(sent, way=1)
    beats, waits, lasts = [], [], []
    for number, decoder in enumerate(cores.decoders):
        m.submodules[f"from_core{number}"] = skid = SkidBuffer(layout)
        m.d.comb += [
            skid.i.payload.bits.eq(decoder.m_axis_tdata),
            skid.i.payload.user.eq(decoder.m_axis_tuser),
            skid.i.payload.last.eq(decoder.m_axis_tlast),
            skid.i.valid.eq(decoder.m_axis_tvalid),
            decoder.m_axis_tready.eq(skid.i.ready),
            skid.o.ready.eq(leaving.room & head[number]),
        ]
        beats.append(skid.o.payload.as_value())
        waits.append(skid.o.valid)
        lasts.append(skid.o.payload.last)
    sends, beat = Cat(*waits) & head, Signal(layout)
    m.d.sync += [
        beat.as_value().eq(picked(beats, head)),
        leaving.put.eq(leaving.room & sends.any()),
    ]
    # What is told may change with the turn, while the beat is in its register.
    said = delayed(m, told, 1, "said")
    ends = Signal()
    m.d.comb += [
        leaving.i.bits.eq(beat.bits),
        leaving.i.last.eq(beat.last),
        leaving.i.user.eq(Cat(beat.user[: -cores.drop_bits], said)),
        ends.eq(leaving.room & (sends & Cat(*lasts)).any()),
        cores.m_axis_tdata.eq(leaving.o.payload.bits),
        cores.m_axis_tuser.eq(leaving.o.payload.user),
        cores.m_axis_tlast.eq(leaving.o.payload.last),
        cores.m_axis_tvalid.eq(leaving.o.valid),
        leaving.o.ready.eq(cores.m_axis_tready),
    ]
    return waits, ends


def _number(one_hot: Signal) -> Value:
    """Place of the bit that is set."""
    places = range(len(one_hot))
    digits = range(max(places).bit_length())
    return Cat(Cat(one_hot[p] for p in places if p >> d & 1).any() for d in digits)
