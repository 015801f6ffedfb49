"""From the channel's stream to the tables in service: two buffers, one served, one written."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.mimo_array.bundle import operand_layout
from hw.mimo_array.channel import COUNT_BITS, ChannelMemory, channel_beat
from hw.mimo_array.geometry import ArrayGeometry
from hw.mimo_array.writer import TableWriter, writing_layout

NUMBER_BITS = 8


class ChannelControl(wiring.Component):
    """Takes a channel, writes its tables beside the service, and switches between two vectors.

    Parameters
    ----------
    gated : it switches where its parent allows it alone

    Members
    -------
    i : beats of the channel's stream, behind the frame guard
    backward_idle, forward_idle : see :class:`~hw.mimo_array.writer.TableWriter`
    idle_bank : no vector uses the buffer that is not in service
    ready : a channel is in service; ``bank`` : its buffer; ``number`` : channels taken, modulo 256
    saturated : parts beyond full scale in the channel in service
    operand, writing : to the arrays
    may_switch : where it is gated: in this cycle
    forward_due : where there are several matrices, see :class:`~hw.mimo_array.writer.TableWriter`
    tables_saturated : where table words can saturate: groups for which they do, in service
    """

    def __init__(self, geometry: ArrayGeometry, gated: bool = False):
        self.geometry, self.gated = geometry, gated
        g = geometry
        super().__init__(
            {
                "i": In(stream.Signature(channel_beat(g))),
                "backward_idle": In(1),
                "forward_idle": In(1),
                "idle_bank": In(1),
                "ready": Out(1),
                "bank": Out(1),
                "number": Out(NUMBER_BITS),
                "saturated": Out(COUNT_BITS),
                "operand": Out(operand_layout(g)),
                "writing": Out(writing_layout(g)),
                **({"may_switch": In(1)} if gated else {}),
                **({"forward_due": Out(1)} if g.matrices > 1 else {}),
                **({"tables_saturated": Out(COUNT_BITS)} if g.saturates else {}),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = ChannelMemory(self.geometry)
        m.submodules.writer = writer = TableWriter(self.geometry)
        wiring.connect(m, wiring.flipped(self.i), memory.i)
        m.d.comb += [
            writer.bank.eq(~self.bank),
            writer.backward_idle.eq(self.backward_idle),
            writer.forward_idle.eq(self.forward_idle),
            writer.real.eq(memory.real),
            writer.imaginary.eq(memory.imaginary),
            memory.user.eq(writer.user),
            memory.antenna.eq(writer.antenna),
            self.operand.eq(writer.operand),
            self.writing.eq(writer.writing),
        ]
        if self.geometry.matrices > 1:
            m.d.comb += self.forward_due.eq(writer.forward_due)
        # What switches is spread over the device, so it follows a register of its own.
        switched, written = Signal(), writer.done
        if self.gated:
            written = Signal()
        m.d.sync += switched.eq(written)
        with m.If(switched):
            m.d.sync += [
                self.bank.eq(~self.bank),
                self.ready.eq(1),
                self.number.eq(self.number + 1),
                self.saturated.eq(memory.saturated),
            ]
        if self.geometry.saturates:
            with m.If(switched):
                m.d.sync += self.tables_saturated.eq(writer.saturated)
        with m.FSM():
            with m.State("receive"):
                m.d.comb += memory.accept.eq(~memory.complete)
                with m.If(memory.complete):
                    m.next = "wait"
            with m.State("wait"):  # for the last vector of the channel before the one in service
                with m.If(self.idle_bank):
                    m.d.comb += writer.start.eq(1)
                    m.next = "write"
            with m.State("write"):
                with m.If(writer.done):
                    m.next = "gate" if self.gated else "switch"
            if self.gated:
                with m.State("gate"):
                    m.d.comb += written.eq(self.may_switch)
                    with m.If(self.may_switch):
                        m.next = "switch"
            with m.State("switch"):
                m.next = "settle"
            with m.State("settle"):  # until ``idle_bank`` speaks of the buffer left just now
                m.next = "settled"
            with m.State("settled"):
                m.next = "receive"
        return m
