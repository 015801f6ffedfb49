"""Queues, with and without flow control."""

from functools import partial

from amaranth.hdl import Cat

from formal.bench import Bench
from formal.proofs import Proof, faults
from formal.streams import (
    ADDRESSES,
    CONSTANT,
    ENTRIES,
    INSIDE,
    MOVES,
    PHANTOM,
    PLACE,
    STAYS,
    WORD,
    in_memory,
    in_order,
    stable,
    through,
    within,
)
from hw.frame.pins import PinQueue
from hw.lib.elastic import ElasticQueue
from hw.lib.queue import MemoryQueue

WIDTH = 4
AHEAD = "the_next_address_is_ahead_of_it"
ROOM = "what_has_room_finds_it"


def _memory_queue(depth: int, bench: Bench) -> None:
    """The parent never overfills it, and takes nothing when it is empty."""
    block = MemoryQueue(WIDTH, depth)
    stored = bench.block(block).memory("entries")
    bench.free_inputs(block)
    followed = in_order(bench, block.put, block.i, block.take, block.o, depth, promised=True)
    bench.assume(~block.put | (followed.inside != depth))
    bench.assume(~block.take | (followed.inside != 0))
    in_memory(bench, followed, stored, followed.next_in, followed.next_out)


def in_elastic(bench: Bench, inside, path, followed, way: int, written, here=0) -> None:
    """What makes a proof of an elastic queue inductive.

    path : of the queue in the block; written : number of the next item that is put
    here : the followed item is still on its way to it
    """
    queue, stored = inside.component(*path), inside.memory(*path, "entries")
    offered = queue.o.valid & (followed.number == followed.next_out)
    read = followed.next_out + queue.o.valid
    in_memory(bench, followed, stored, written, read, here=offered | here)
    ahead = inside.signal("ahead", *path)
    bench.always("the next address is ahead of it", ahead == (stored.read_address + 1)[:4])
    filled = bench.signal((written - read)[: len(followed.next_in)], "filled")
    half = queue.depth // 2
    rooms = [~bench.past(queue.room, k) | (filled <= half + k) for k in range(way + 1)]
    bench.always("what has room finds it", Cat(rooms).all() & (filled <= half + way + 1))


def _elastic(way: int, bench: Bench) -> None:
    """What puts begins ``way`` cycles before, and only with room."""
    block = ElasticQueue(WIDTH, way)
    inside = bench.block(block)
    bench.free_inputs(block)
    bench.assume(~block.put | bench.past(block.room, way))
    followed = in_order(
        bench, block.put, block.i, block.o.valid & block.o.ready, block.o.payload,
        ElasticQueue.depth, shown=block.o.valid,
    )  # fmt: skip
    stable(bench, block.o)
    within(bench, "what is inside comes out", (followed.inside != 0) & ~block.o.valid,
           ElasticQueue.latency_cycles - 1)  # fmt: skip
    in_elastic(bench, inside, (), followed, way, followed.next_in)


def _pins(bench: Bench) -> None:
    block = PinQueue(WIDTH)
    inside = bench.block(block)
    bench.free_inputs(block)
    way = PinQueue._way
    followed = through(bench, block.i, block.o, ElasticQueue.depth + 1, PinQueue.latency_cycles)
    written, here = followed.next_in, 0
    for ago in range(1, way):
        valid, word = (inside.signal(f"{name}_d{ago}") for name in ("taken", "pins"))
        bench.always(f"a beat was taken {ago} cycles ago",
                     valid == bench.past(block.i.valid & block.i.ready, ago))  # fmt: skip
        written = (written - valid)[: len(followed.next_in)]
        its = bench.signal(followed.following & valid & (followed.number == written), f"in{ago}")
        bench.always(f"the followed beat is in register {ago}", ~its | (word == followed.kept))
        here = here | its
    in_elastic(bench, inside, ("queue",), followed, way, written, here)


_MEMORY = faults(
    "hw.lib.queue",
    (PLACE, "write.en.eq(self.put)", "write.en.eq(self.put & ~self.take)"),
    (ADDRESSES, "write.addr.eq(write.addr + self.put)", "write.addr.eq(write.addr + 1)"),
    (WORD, "write.data.eq(self.i)", "write.data.eq(self.i + self.take)"),
)
_ELASTIC = faults(
    "hw.lib.elastic",
    (STAYS, "free.eq(~self.o.valid | self.o.ready)", "free.eq(1)"),
    (CONSTANT, "free.eq(~self.o.valid | self.o.ready)", "free.eq(self.o.ready | self.put)"),
    (PHANTOM, "self.o.valid.eq(filled)]", "self.o.valid.eq(1)]"),
    (INSIDE, "self.o.valid.eq(filled)]", "self.o.valid.eq(1)]"),
    (ENTRIES, "tail[1] ^ head[1] ^ (~tail[0] & head[0])", "tail[1] & head[1] & ~tail[0]"),
    (PLACE, "write.data.eq(self.i)", "write.data.eq(self.i * (write.addr != 15))"),
    (MOVES, "with m.If(free & filled):", "with m.If(free & filled & ~self.put):"),
    (ADDRESSES, "with m.If(self.put):", "with m.If(self.put & self.room):"),
    (WORD, "write.en.eq(self.put)", "write.en.eq(self.put & self.room)"),
    (AHEAD, "range(1, self.depth), 0]", "range(1, self.depth), 1]"),
    (ROOM, "tail[1] ^ head[1] ^ (~tail[0] & head[0])", "tail[1] & head[1] & ~tail[0] & head[0]"),
)
_PINS = faults(
    "hw.frame.pins",
    (ENTRIES, "self.i.ready.eq(queue.room)", "self.i.ready.eq(1)"),
    (PLACE, "delayed(m, self.i.payload,", "delayed(m, self.i.payload >> 1,"),
    (WORD, "delayed(m, self.i.payload,", "delayed(m, self.i.payload >> 1,"),
    *((f"the_followed_beat_is_in_register_{n}", "delayed(m, self.i.payload,",
       "delayed(m, self.i.payload >> 1,") for n in (1, 2)),
    *((f"a_beat_was_taken_{n}_cycles_ago", "taken.eq(self.i.valid & self.i.ready)",
       "taken.eq(self.i.valid)") for n in (1, 2)),
    (MOVES, 'self._way - 1, "taken"', 'self._way, "taken"'),
    (ROOM, "m.d.sync += self.i.ready.eq(queue.room)",
     "m.d.sync += self.i.ready.eq(queue.room | self.i.ready)"),
    (PHANTOM, "taken.eq(self.i.valid & self.i.ready)", "taken.eq(self.i.valid)"),
    (INSIDE, "taken.eq(self.i.valid & self.i.ready)", "taken.eq(self.i.valid)"),
    (ADDRESSES, "taken.eq(self.i.valid & self.i.ready)", "taken.eq(self.i.ready)"),
) + faults(
    "hw.lib.elastic",
    (STAYS, "free.eq(~self.o.valid | self.o.ready)", "free.eq(1)"),
    (CONSTANT, "free.eq(~self.o.valid | self.o.ready)", "free.eq(self.o.ready | self.put)"),
    (AHEAD, "range(1, self.depth), 0]", "range(1, self.depth), 1]"),
)  # fmt: skip

PROOFS = [
    Proof("MemoryQueue", partial(_memory_queue, 4), "4 entries", _MEMORY, induction=2),
    *(Proof("MemoryQueue", partial(_memory_queue, n), f"{n} entries", induction=2)
      for n in (2, 16, 64)),
    Proof("ElasticQueue", partial(_elastic, 1), "way 1", _ELASTIC, induction=4),
    *(Proof("ElasticQueue", partial(_elastic, n), f"way {n}", induction=n + 3) for n in (3, 6)),
    Proof("PinQueue", _pins, "", _PINS, induction=6),
]  # fmt: skip
