"""Streams through a block: in order, each item once, unchanged, and it moves."""

from dataclasses import dataclass

from amaranth.hdl import Signal, Value

from formal.bench import Bench
from formal.inside import Stored


def stable(bench: Bench, stream, name: str = "offer") -> None:
    """AXI4-Stream: what is offered stays until it is taken."""
    waits = bench.past(stream.valid & ~stream.ready)
    payload = Value.cast(stream.payload)
    kept = bench.past(payload)
    bench.always(f"{name} stays until it is taken", ~waits | stream.valid)
    bench.always(f"{name} does not change while it waits", ~waits | (payload == kept))


# Names of the properties here, for faults.
STAYS = "offer_stays_until_it_is_taken"
CONSTANT = "offer_does_not_change_while_it_waits"
PHANTOM = "nothing_comes_out_that_did_not_go_in"
ENTRIES = "no_more_inside_than_there_is_room_for"
PLACE = "an_item_comes_out_in_its_place_and_unchanged"
INSIDE = "the_followed_item_is_inside"
MOVES = "what_is_inside_comes_out"
ADDRESSES = "addresses_count_the_items"
WORD = "the_followed_item_is_in_its_word"


@dataclass(frozen=True)
class Followed:
    """Signals of :func:`in_order`.

    inside : how many items are; next_in, next_out : numbers of the next one in and out
    following : an item is followed, with this ``number``; kept : it
    """

    inside: Signal
    next_in: Signal
    next_out: Signal
    following: Signal
    number: Signal
    kept: Signal


def in_order(
    bench: Bench, taken, item, given, output, capacity: int, shown=None, promised: bool = False
) -> Followed:
    """Any one item that is ``taken`` is chosen, and followed until it is ``given``.

    Items are numbered where they go in and where they come out; what comes out with its number must
    be it. As any item may be chosen, all come out in their order, each once and unchanged.

    shown : ``output`` is one of the items, perhaps without being given now
    promised : who uses the block counts what is inside, and not the block
    """
    counted = bench.follows if promised else bench.always
    m, item, output = bench.m, Value.cast(item), Value.cast(output)
    shown = Value.cast(given if shown is None else shown)
    choose, bits = bench.free(1, "choose"), (capacity + 1).bit_length()
    # Modulo more than can be inside.
    next_in, next_out, number = (Signal(bits, name=name) for name in ("in", "out", "number"))
    following, kept = Signal(), Signal(len(item))
    inside = bench.signal((next_in - next_out)[:bits], "inside")
    m.d.sync += [next_in.eq(next_in + taken), next_out.eq(next_out + given)]
    with m.If(choose & taken & ~following):
        m.d.sync += [following.eq(1), kept.eq(item), number.eq(next_in)]
    with m.Elif(given & (next_out == number)):
        m.d.sync += following.eq(0)
    counted("nothing comes out that did not go in", ~shown | (inside != 0))
    counted("no more inside than there is room for", inside <= capacity)
    bench.always(
        "an item comes out in its place and unchanged",
        ~(shown & following & (next_out == number)) | (output == kept),
    )
    counted("the followed item is inside", ~following | ((number - next_out)[:bits] < inside))
    return Followed(inside, next_in, next_out, following, number, kept)


def in_memory(bench: Bench, followed: Followed, stored: Stored, written, read, here=0) -> None:
    """What makes :func:`in_order` inductive for a queue whose items wait in a memory.

    written, read : numbers of the next items that are; here : the followed item is elsewhere
    """
    address = len(stored.write_address)
    bench.always(
        "addresses count the items",
        (stored.write_address == Value.cast(written)[:address])
        & (stored.read_address == Value.cast(read)[:address]),
    )
    word = stored.word(followed.number)
    bench.always(
        "the followed item is in its word", ~followed.following | here | (word == followed.kept)
    )


def within(bench: Bench, name: str, waits, cycles: int) -> None:
    """``waits`` is never 1 for more than so many cycles on end."""
    count = Signal(range(cycles + 2))
    with bench.m.If(~Value.cast(waits).bool()):
        bench.m.d.sync += count.eq(0)
    with bench.m.Elif(count <= cycles):
        bench.m.d.sync += count.eq(count + 1)
    bench.always(name, count <= cycles)


def through(bench: Bench, source, sink, capacity: int, latency: int) -> Followed:
    """A stream goes through a block.

    latency : cycles, at most, until something comes out of what is inside while it could be taken
    """
    followed = in_order(
        bench, source.valid & source.ready, source.payload, sink.valid & sink.ready,
        sink.payload, capacity, shown=sink.valid,
    )  # fmt: skip
    stable(bench, sink)
    within(bench, "what is inside comes out", (followed.inside != 0) & ~sink.valid,
           latency - 1)  # fmt: skip
    return followed
