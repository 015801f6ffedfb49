"""Which vector takes a slot, with which channel, and what has become of it."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.precoder.collector import regions
from hw.precoder.timing import Timing


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
    """

    def __init__(self, timing: Timing, channel_bits: int):
        self.timing = timing
        super().__init__(
            {
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
        m.d.sync += [
            entry.eq(self.entry),
            slot.eq(self.slot),
            channel.eq(self.channel),
            bank.eq(self.bank),
            may_enter.eq(self.waiting & self.channel_ready & (places != 0)),
            self.admit.eq(entry & may_enter),
            self.admitted_slot.eq(slot),
            self.admitted_channel.eq(channel),
            sent.eq(self.sent),
            places.eq(places - self.admit + sent),
        ]
        m.d.comb += [self.valid.eq(valid), self.banks.eq(banks)]
        with m.If(self.finished):
            m.d.sync += Array(valid)[self.finished_slot].eq(0)
        with m.If(entry):
            m.d.sync += [
                Array(valid)[slot].eq(may_enter),
                Array(banks)[slot].eq(bank),
            ]
        in_service = [Mux(bank, bit, ~bit) for bit in banks]
        used = Signal()
        m.d.sync += used.eq((valid & ~Cat(*in_service)).any())
        m.d.comb += self.idle_bank.eq(~used)
        return m
