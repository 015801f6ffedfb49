"""Rows of frames of several codes to memory addresses."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.code_set.back_order import BackOrder
from hw.code_set.image import Image
from hw.code_set.row_choice import RowChoice
from hw.code_set.row_fetch import RowFetch
from hw.code_set.row_times import PROGRAM_CYCLES, RowTimes
from hw.layered.options import Options
from hw.layered.sequencer import edge_layout
from hw.lib.arithmetic import bits_for
from hw.lib.deep_rom import DeepRom
from hw.lib.delay import delayed
from hw.lib.memory import Rom


def slot_layout(options: Options, image: Image) -> data.StructLayout:
    """What front words see of the frame in a slot.

    initial : its first iteration; map_row : row of the table of maps; region : in both memories
    """
    return data.StructLayout(
        {
            "initial": 1,
            "map_row": bits_for(len(image.maps.rows)),
            "region": bits_for(options.regions),
        }
    )


class Sequencer(wiring.Component):
    """A program counter for each slot, one row of a frame after the other.

    What it says to the datapath is as of :class:`hw.layered.sequencer.Sequencer`; slots begin, and
    go on, when :class:`hw.code_set.slots.SetSlots` says so.

    Members
    -------
    begin, begin_slot, begin_row : a frame begins in an idle slot
    go_on, go_on_slot : a slot's frame has another iteration
    row_starts : with the first back word of a row

    Attributes
    ----------
    tables : by name, those that programs are written to
    """

    map_cycles = Rom.latency_cycles

    def __init__(self, options: Options, image: Image, times: RowTimes):
        self.options, self.image, self.times = options, image, times
        addressing = image.addressing
        self.addressing, word = addressing, image.program_layout
        slot, writable = bits_for(options.slots), image.room.places > 0
        self.fetch = RowFetch(options.slots, image.row_layout, image.row_words, writable)
        self.program = DeepRom(image.program_layout, image.program_words, writable)
        self.maps = Rom(bits_for(image.job.map_count), image.maps.words, writable)
        super().__init__(
            {
                "begin": In(1),
                "begin_slot": In(slot),
                "begin_row": In(image.row_layout["next"].shape),
                "go_on": In(1),
                "go_on_slot": In(slot),
                "slot": Out(slot),
                "state": In(slot_layout(options, image)),
                "front": Out(1),
                "edge": Out(edge_layout(image.job, options, addressing)),
                "app": Out(bits_for(addressing.app_depth)),
                "channel": Out(bits_for(options.input_regions) + addressing.channel_bits),
                "fresh": Out(1),
                "shift": Out(word["shift"].shape),
                "c2v": Out(bits_for(addressing.c2v_depth)),
                "map": Out(bits_for(image.job.map_count)),
                "back": Out(1),
                "row_starts": Out(1),
            }
        )

    @property
    def tables(self) -> dict[str, wiring.Component]:
        return {"rows": self.fetch.table, "program": self.program, "maps": self.maps}

    def elaborate(self, platform):
        m = Module()
        image, slots = self.image, self.options.slots
        layout = image.row_layout
        m.submodules.fetch = fetch = self.fetch
        m.submodules.choice = choice = RowChoice(slots, layout, image.largest_degree)
        m.submodules.order = order = BackOrder(slots, layout, self.times)
        begins = Signal(slots)
        m.d.sync += begins.eq(
            Mux(self.begin, 1 << self.begin_slot, 0) | Mux(self.go_on, 1 << self.go_on_slot, 0)
        )
        m.d.comb += [
            fetch.begin.eq(self.begin),
            fetch.begin_slot.eq(self.begin_slot),
            fetch.begin_row.eq(self.begin_row),
            fetch.taken.eq(choice.taken),
            choice.held.eq(fetch.held),
            choice.headers.eq(fetch.headers),
            choice.begins.eq(begins),
            choice.released.eq(order.released),
            order.put.eq(choice.issued),
            order.slot.eq(choice.slot),
            order.header.eq(choice.header),
            self.back.eq(order.back),
            self.row_starts.eq(order.row_starts),
        ]
        reads, address, slot = self._walk(m, choice)
        m.submodules.program = program = self.program
        word = program.data
        front = delayed(m, reads, PROGRAM_CYCLES, "reads", reset=True)
        m.d.comb += [
            program.addr.eq(address),
            self.slot.eq(delayed(m, slot, PROGRAM_CYCLES, "slot")),
            order.front_last.eq(front & word.last),
        ]
        self._decide(m, front, word)
        return m

    def _walk(self, m: Module, choice: RowChoice):
        """Addresses of the words of the chosen rows, one a cycle."""
        reads, slot = Signal(), Signal.like(self.slot)
        address, left = (Signal.like(choice.header[n]) for n in ("address", "more"))
        ending = Signal()  # this is the row's last word; it has two at least
        m.d.comb += choice.may.eq(~reads | ending)
        m.d.sync += [
            address.eq(address + 1),
            left.eq(left - 1),
            ending.eq(~choice.issued & (left == 1)),
        ]
        with m.If(choice.issued):
            header = choice.header
            m.d.sync += [
                reads.eq(1), slot.eq(choice.slot), address.eq(header.address), left.eq(header.more),
            ]  # fmt: skip
        with m.Elif(ending):
            m.d.sync += reads.eq(0)
        return reads, address, slot

    def _decide(self, m: Module, front, word) -> None:
        """Cycle 1: the word and its slot's state are registered. Cycle 2: what they decide."""
        addressing, image = self.addressing, self.image
        state, now, here = Signal.like(self.state), Signal.like(word), Signal()
        slot = Signal.like(self.slot)
        m.d.sync += [state.eq(self.state), now.eq(word), here.eq(front), slot.eq(self.slot)]
        m.submodules.maps = maps = self.maps
        place = Signal(maps.address_bits)
        m.d.sync += place.eq(image.maps.address(now.kind, state.map_row))
        m.d.comb += [maps.addr.eq(place), self.map.eq(maps.data)]
        fresh = now.fresh & state.initial
        zero_column = Const(addressing.zero_column, addressing.column_bits)
        zero_edge = Const(addressing.zero_edge, addressing.edge_bits)
        zero_slot = Const(0, len(slot))
        m.d.sync += [
            self.front.eq(here),
            # Of the APP and the channel word one is 0: the one that is never written.
            self.app.eq(Mux(fresh, Cat(zero_column, zero_slot), Cat(now.column, slot))),
            self.channel.eq(
                Cat(Mux(fresh, now.channel, addressing.erased_index), state.region)
            ),
            self.fresh.eq(fresh),
            self.shift.eq(addressing.shift_of(now, fresh)),
            self.c2v.eq(Mux(state.initial, Cat(zero_edge, zero_slot), Cat(now.edge, slot))),
            self.edge.busy.eq(1),
            self.edge.slot.eq(slot),
            self.edge.app.eq(Cat(now.column, slot)),
            self.edge.c2v.eq(Cat(now.edge, slot)),
            self.edge.hard.eq(Cat(now.column[: addressing.hard_bits], state.region)),
        ]
        for field in ("first", "last", "first_layer", "last_layer", *addressing.edge_fields):
            m.d.sync += self.edge[field].eq(now[field])
