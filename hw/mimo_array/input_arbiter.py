"""Which vector takes a slot, with which channel, and what has become of it."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.mimo_array.timing import Interleaving, regions


class InputArbiter(wiring.Component):
    """Members
    -------
    entry, slot : a vector may enter now, into this slot
    waiting : one is there
    channel_ready, bank, channel : a channel is in service, in this buffer, with this number
    finished, finished_slot : a vector has left its slot; ``sent`` : it has left altogether
    admit, admitted_slot, admitted_channel : the vector that was there at ``entry``, two cycles ago,
        has entered
    valid, banks : by slot
    idle_bank : no vector on its way uses the buffer that is not in service
    begin, begin_slot, hold : with ``early``: the window of the vector that entered last begins, in
        this slot; no vector may enter

    Parameters
    ----------
    early : vectors enter long before their first window begins
    """

    def __init__(self, timing: Interleaving, channel_bits: int, early: bool = False):
        self.timing, self.early = timing, early
        ahead = {"begin": In(1), "begin_slot": In(range(timing.slots)), "hold": In(1)}
        super().__init__(
            {
                **(ahead if early else {}),
                "entry": In(1),
                "slot": In(range(timing.slots)),
                "waiting": In(1),
                "channel_ready": In(1),
                "bank": In(1),
                "channel": In(channel_bits),
                "finished": In(1),
                "finished_slot": In(range(timing.slots)),
                "sent": In(1),
                "admit": Out(1),
                "admitted_slot": Out(range(timing.slots)),
                "admitted_channel": Out(channel_bits),
                "valid": Out(timing.slots),
                "banks": Out(timing.slots),
                "idle_bank": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        valid, banks = Signal(self.timing.slots), Signal(self.timing.slots)
        # Every vector that enters has a place in the output memory from then on.
        places = Signal(range(regions(self.timing) + 1), init=regions(self.timing))
        # Entries are many cycles apart: what follows from one may take its time.
        entry, may_enter, bank, sent = Signal(), Signal(), Signal(), Signal()
        slot, channel = Signal.like(self.slot), Signal.like(self.channel)
        free = places != 0
        if self.early:
            free = free & ~self.hold
        m.d.sync += [
            entry.eq(self.entry),
            slot.eq(self.slot),
            channel.eq(self.channel),
            bank.eq(self.bank),
            may_enter.eq(self.waiting & self.channel_ready & free),
            self.admit.eq(entry & may_enter),
            self.admitted_slot.eq(slot),
            self.admitted_channel.eq(channel),
            sent.eq(self.sent),
            places.eq(places - self.admit + sent),
        ]
        m.d.comb += [self.valid.eq(valid), self.banks.eq(banks)]
        with m.If(self.finished):
            m.d.sync += Array(valid)[self.finished_slot].eq(0)
        enters, begins, entered, entered_bank = entry, slot, may_enter, bank
        if self.early:
            enters, begins = self.begin, self.begin_slot
            entered, entered_bank = Signal(), Signal()
            with m.If(entry):
                m.d.sync += [entered.eq(may_enter), entered_bank.eq(bank)]
        with m.If(enters):
            m.d.sync += [
                Array(valid)[begins].eq(entered),
                Array(banks)[begins].eq(entered_bank),
            ]
        in_service = [Mux(bank, bit, ~bit) for bit in banks]
        used = Signal()
        left = (valid & ~Cat(*in_service)).any()
        if self.early:
            left = left | (entered & (entered_bank != bank))
        m.d.sync += used.eq(left)
        m.d.comb += self.idle_bank.eq(~used)
        return m
