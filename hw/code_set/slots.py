"""Which frame of which code sits in which slot: starting, counting iterations, ending."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, memory
from amaranth.lib.wiring import In, Out

from hw.code_set.image import Image
from hw.code_set.options import Options
from hw.code_set.sequencer import slot_layout
from hw.code_set.words import ITERATION_BITS, request_layout
from hw.layered.slots import SlotControl
from hw.lib.arithmetic import bits_for
from hw.lib.memory import BlockMemory
from hw.lib.round_robin import encoded, lowest_of_few

REASONS = ("stopped_on_pass", "stopped_on_no_change")
"""Fields of the status, beside those of every decoder."""


class SetSlots(SlotControl):
    """Frame slots between the two ring buffers; an idle slot takes the next frame at once.

    Results keep the order of the frames, as in :class:`hw.layered.slots.SlotControl`. What a frame
    is to be decoded with comes when it has been loaded, and waits for its slot. A frame has its
    region, in both memories, until it has been sent.

    Members, beside those of ``SlotControl``
    -----------------------------------------
    request : with ``loaded``, of the frame (:func:`hw.code_set.words.request_layout`)
    begin, begin_slot, begin_row, go_on, go_on_slot : to the sequencer
    """

    def __init__(self, options: Options, image: Image):
        self.image = image
        slot = bits_for(options.slots)
        super().__init__(
            image.job,
            options,
            {
                "state": Out(slot_layout(options, image)),
                "request": In(request_layout(image.code_layout)),
                "begin": Out(1),
                "begin_slot": Out(slot),
                "begin_row": Out(image.row_layout["next"].shape),
                "go_on": Out(1),
                "go_on_slot": Out(slot),
            },
        )

    @property
    def _status(self) -> dict[str, int]:
        """Iterations are those that are left of what was asked for."""
        return {"decoded": 1, "more": ITERATION_BITS} | dict.fromkeys(REASONS, 1)

    @property
    def _frame_layout(self) -> data.StructLayout:
        """Of the frame in a slot: what front words see, and what was asked for."""
        seen = slot_layout(self.options, self.image).members
        asked = request_layout(self.image.code_layout).members
        return data.StructLayout(seen | {name: asked[name] for name in asked if name != "row"})

    def elaborate(self, platform):
        m = Module()
        layout = self._frame_layout
        m.submodules.frames = frames = memory.Memory(
            shape=layout, depth=1 << len(self.slot), init=[]
        )
        shown, fetched = (frames.read_port(domain="comb") for _ in range(2))
        write = frames.write_port()
        m.d.comb += shown.addr.eq(self.slot)
        m.d.comb += [
            self.state[name].eq(shown.data[name])
            for name in slot_layout(self.options, self.image).members
        ]
        decision, unchanged = self._layer_verdict(m), self._unchanged(m)
        state, last = Signal(layout), Signal()
        m.d.comb += fetched.addr.eq(self.layer_end.slot)
        m.d.sync += [state.eq(fetched.data), last.eq(fetched.data.more == 0)]

        passes = decision.verified & state.on_pass
        still = unchanged & state.on_no_change
        over, ended = last | passes | still, Signal()
        m.d.comb += [
            ended.eq(decision.valid & over),
            self.go_on.eq(decision.valid & ~over),
            self.go_on_slot.eq(decision.slot),
            # Frames of other codes overtake each other, but regions are free in their order.
            self.released.eq(self.result_taken),
        ]
        begun = self._start(m, over, decision)
        map_more = state.map_rows.any()
        with m.If(decision.valid):
            m.d.comb += [
                write.addr.eq(decision.slot),
                write.data.eq(state),
                write.data.initial.eq(0),
                write.data.more.eq(state.more - 1),
                write.data.map_row.eq(state.map_row + map_more),
                write.data.map_rows.eq(state.map_rows - map_more),
            ]
        with m.Else():
            m.d.comb += [write.addr.eq(self.begin_slot), write.data.eq(begun)]
        m.d.comb += write.en.eq(decision.valid | self.begin)
        self._reasons = passes, still
        self._results(m, ended, state, decision)
        return m

    def _start(self, m: Module, ends, decision) -> Signal:
        """Put the next frame into an idle slot, in a few cycles; what is written of it.

        ends : a frame that is decided now has no other iteration
        """
        options = self.options
        m.submodules.requests = requests = BlockMemory(self.request.shape(), options.regions)
        loading, region = (Signal(bits_for(options.regions), name=n) for n in ("loading", "next"))
        m.d.sync += loading.eq(loading + self.loaded)
        m.d.comb += [
            requests.w_en.eq(self.loaded),
            requests.w_addr.eq(loading),
            requests.w_data.eq(self.request),
            requests.r_addr.eq(region),
        ]
        busy, idle, chosen = (Signal(options.slots, name=n) for n in ("busy", "idle", "chosen"))
        starting, pending = Signal(), Signal()
        begun, asked = Signal(self._frame_layout), requests.r_data
        waiting = self._count(m, "waiting", options.regions, self.loaded, starting)
        # The frame's request may have been written a cycle ago.
        reading = Signal(BlockMemory.latency_cycles)
        over = Signal(options.slots)
        m.d.sync += over.eq(Mux(ends, decision.slots, 0))
        m.d.comb += [
            idle.eq(~busy),
            chosen.eq(Mux(starting, lowest_of_few(idle), 0)),
            starting.eq(waiting[0] & idle.any() & ~(reading.any() | pending)),
            self.begin.eq(pending & ~decision.valid),
        ]
        m.d.sync += [
            reading.eq(Cat(starting, reading)),
            pending.eq(reading[-1] | (pending & decision.valid)),
            busy.eq((busy | chosen) & ~over),
        ]
        with m.If(starting):
            m.d.sync += self.begin_slot.eq(encoded(chosen))
        with m.If(reading[-1]):
            m.d.sync += [
                region.eq(region + 1),
                self.begin_row.eq(asked.row),
                begun.initial.eq(1),
                begun.region.eq(region),
                *(begun[name].eq(asked[name])
                  for name in ("more", "map_row", "map_rows", "on_pass", "on_no_change")),
            ]  # fmt: skip
        return begun

    def _unchanged(self, m: Module) -> Signal:
        """With the verdict: no row of the iteration changed a hard decision."""
        end = self.layer_end
        still = Array(Signal(name=f"still{i}") for i in range(self.options.slots))
        found = Signal()
        now = ~end.changed & (end.first | still[end.slot])
        for number, bit in enumerate(still):
            with m.If(end.valid & (end.slot == number)):
                m.d.sync += bit.eq(now)
        m.d.sync += found.eq(now)
        return found

    def _region(self, state):
        return state.region

    def _spent(self, status, state) -> list:
        reasons = zip(REASONS, self._reasons, strict=True)
        return [status.more.eq(state.more), *(status[name].eq(so) for name, so in reasons)]
