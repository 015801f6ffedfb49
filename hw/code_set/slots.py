"""Which frame of which code sits in which slot: starting, counting iterations, ending."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, memory
from amaranth.lib.wiring import In, Out

from hw.code_set.image import Image
from hw.code_set.options import Options
from hw.code_set.sequencer import slot_layout
from hw.code_set.words import request_layout
from hw.layered.slots import SlotControl
from hw.lib.arithmetic import bits_for
from hw.lib.round_robin import lowest

REASONS = ("stopped_on_pass", "stopped_on_no_change")
"""Fields of the status, beside those of every decoder."""


class SetSlots(SlotControl):
    """Frame slots between the two ring buffers; an idle slot takes the next frame at once.

    Results keep the order of the frames, as in :class:`hw.layered.slots.SlotControl`. What a frame
    is to be decoded with comes when it has been loaded, and waits for its slot.

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
                "request": In(request_layout(len(image.jobs))),
                "begin": Out(1),
                "begin_slot": Out(slot),
                "begin_row": Out(image.row_layout["next"].shape),
                "go_on": Out(1),
                "go_on_slot": Out(slot),
            },
        )

    @property
    def _status(self) -> dict[str, int]:
        return super()._status | dict.fromkeys(REASONS, 1)

    @property
    def _frame_layout(self) -> data.StructLayout:
        """All that is known of the frame in a slot."""
        seen = slot_layout(self.options, self.image).members
        request = request_layout(len(self.image.jobs)).members
        counts = {"iteration": request["more"], "more": request["more"],
                  "map_rows": self.image.code_layout["map_rows"].shape}  # fmt: skip
        return data.StructLayout(seen | counts | {"on_pass": 1, "on_no_change": 1})

    def elaborate(self, platform):
        m = Module()
        options, layout = self.options, self._frame_layout
        m.submodules.frames = frames = memory.Memory(
            shape=layout, depth=1 << len(self.slot), init=[]
        )
        shown, fetched = (frames.read_port(domain="comb") for _ in range(2))
        write = frames.write_port()
        m.d.comb += shown.addr.eq(self.slot)
        m.d.comb += [
            self.state[name].eq(shown.data[name])
            for name in slot_layout(options, self.image).members
        ]
        decision, unchanged = self._layer_verdict(m), self._unchanged(m)
        state = Signal(layout)
        m.d.comb += fetched.addr.eq(self.layer_end.slot)
        m.d.sync += state.eq(fetched.data)

        passes = decision.verified & state.on_pass
        still = unchanged & state.on_no_change
        over, ended = (state.more == 0) | passes | still, Signal()
        m.d.comb += [
            ended.eq(decision.valid & over),
            self.go_on.eq(decision.valid & ~over),
            self.go_on_slot.eq(decision.slot),
            self.released.eq(decision.valid & state.initial),
        ]
        begun = self._start(m, ended, decision)
        map_more = state.map_rows.any()
        with m.If(decision.valid):
            m.d.comb += [
                write.addr.eq(decision.slot),
                write.data.eq(state),
                write.data.initial.eq(0),
                write.data.iteration.eq(state.iteration + 1),
                write.data.more.eq(state.more - 1),
                write.data.map_row.eq(state.map_row + map_more),
                write.data.map_rows.eq(state.map_rows - map_more),
            ]
        with m.Else():
            m.d.comb += [write.addr.eq(self.begin_slot), write.data.eq(begun)]
        m.d.comb += write.en.eq(decision.valid | self.begin)
        self.reasons = Cat(passes, still)
        self._results(m, ended, state, decision)
        return m

    def _start(self, m: Module, ended, decision) -> Signal:
        """Put the next frame into an idle slot; what is written of it."""
        options, image = self.options, self.image
        m.submodules.jobs = jobs = memory.Memory(
            shape=self.request.shape(), depth=options.input_regions, init=[]
        )
        put, get = jobs.write_port(), jobs.read_port(domain="comb")
        loading = Signal(bits_for(options.input_regions))
        m.d.sync += loading.eq(loading + self.loaded)
        m.d.comb += [put.en.eq(self.loaded), put.addr.eq(loading), put.data.eq(self.request)]

        busy, idle, chosen = (Signal(options.slots, name=n) for n in ("busy", "idle", "chosen"))
        region, result = (Signal(bits_for(count), name=name) for name, count in (
            ("start_region", options.input_regions), ("next_result", options.output_regions)
        ))  # fmt: skip
        starting, freed, pending = Signal(), Signal(), Signal()
        begun = Signal(self._frame_layout)
        m.d.sync += freed.eq(self.result_taken)
        waiting = self._count(m, "waiting", options.input_regions, self.loaded, starting)
        allocated = self._count(m, "allocated", options.output_regions, starting, freed)
        m.d.comb += [
            idle.eq(~busy),
            chosen.eq(Mux(starting, lowest(idle), 0)),
            starting.eq(waiting[0] & ~allocated[-1] & idle.any() & ~pending),
            get.addr.eq(region),
            self.begin.eq(pending & ~decision.valid),
        ]
        over = Mux(ended, 1 << decision.slot, 0)
        m.d.sync += [
            pending.eq(starting | (pending & decision.valid)),
            busy.eq((busy | chosen) & ~over),
        ]
        code = Array(
            self._entry(word) for word in image.code_words
        )[get.data.code]
        entry = data.View(image.code_layout, code)
        with m.If(starting):
            m.d.sync += [
                region.eq(region + 1),
                result.eq(result + 1),
                self.begin_slot.eq(Cat(*(
                    Cat(chosen[s] for s in range(options.slots) if s >> bit & 1).any()
                    for bit in range(len(self.begin_slot))
                ))),
                self.begin_row.eq(entry.row),
                begun.initial.eq(1),
                begun.iteration.eq(0),
                begun.more.eq(get.data.more),
                begun.map_row.eq(entry.map_row),
                begun.map_rows.eq(entry.map_rows),
                begun.input_region.eq(region),
                begun.output_region.eq(result),
                begun.on_pass.eq(get.data.on_pass),
                begun.on_no_change.eq(get.data.on_no_change),
            ]  # fmt: skip
        return begun

    def _entry(self, word: dict):
        return self.image.code_layout.const(word).as_value()

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

    def _more_status(self, m: Module, status) -> None:
        m.d.sync += Cat(*(status[name] for name in REASONS)).eq(self.reasons)
