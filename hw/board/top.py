"""The top level of a board: clock, reset, lamps, the bridge, and the design as a black box."""

from dataclasses import dataclass, field

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw import emit
from hw.board.bridge import Bridge, design_members
from hw.board.clock import WIRE, Pll
from hw.board.ports import DesignPorts

_START_CYCLES = 256
LAMPS = 4


@dataclass(frozen=True)
class Wiring:
    """What a top level is made of beside the design.

    clock_hz : of the pin ``clk``
    pll : what makes the design's clock of it; None where that is the pin's
    lamps_low : lamps shine at 0
    ones : output pins that have to be 1
    """

    clock_hz: int
    pll: Pll | None = None
    lamps_low: bool = False
    ones: tuple[str, ...] = field(default=())

    @property
    def design_hz(self) -> int:
        """Clock of bridge and design."""
        return self.pll.out_hz if self.pll else self.clock_hz


class BoardTop(wiring.Component):
    """A board's pins: ``clk``, ``rx``, ``tx``, ``lamp`` and those that stay at 1.

    Lamps: a second's beat of the clock, packets, results, packets lost.

    Parameters
    ----------
    ports : of the design
    board : what else there is
    bit_cycles : of the line, in cycles of the design's clock
    """

    def __init__(self, ports: DesignPorts, board: Wiring, bit_cycles: int):
        self.ports, self.board, self.bit_cycles = ports, board, bit_cycles
        members = {"clk": In(1), "rx": In(1), "tx": Out(1), "lamp": Out(LAMPS)}
        super().__init__(members | {name: Out(1) for name in board.ones})

    def elaborate(self, platform):
        m = Module()
        board, ports = self.board, self.ports
        m.domains.sync = ClockDomain()
        m.domains.start = ClockDomain(reset_less=True)
        locked = Const(1)
        clock = self.clk
        if board.pll is not None:
            clock, pin_locked = board.pll.instance(m, self.clk)
            near, locked = Signal(name="lock_near"), Signal(name="locked")
            m.d.start += [near.eq(pin_locked), locked.eq(near)]
        m.d.comb += [ClockSignal("sync").eq(clock), ClockSignal("start").eq(clock)]
        # Registers begin with their values, but a clock that is not locked yet may upset them.
        wait = Signal(range(_START_CYCLES))
        waiting = Signal(init=1)
        m.d.comb += ResetSignal("sync").eq(waiting)
        m.d.start += [wait.eq(wait + 1), waiting.eq(waiting & ~wait.all())]
        with m.If(~locked):
            m.d.start += [wait.eq(0), waiting.eq(1)]
        bridge = Bridge(ports, board.design_hz, self.bit_cycles)
        m.submodules.bridge = bridge
        # A register of its own: the design is reset with the bridge and by packets.
        reset = Signal(init=1)
        m.d.sync += reset.eq(bridge.design_reset)
        beat = Signal(range(board.design_hz))
        lamps = Signal(LAMPS)
        m.d.sync += beat.eq(beat + 1)
        with m.If(beat == board.design_hz - 1):
            m.d.sync += beat.eq(0)
        m.d.comb += [bridge.rx.eq(self.rx), self.tx.eq(bridge.tx)]
        m.d.sync += [lamps[0].eq(beat < board.design_hz // 2), lamps[1:].eq(bridge.activity)]
        m.d.comb += self.lamp.eq(~lamps if board.lamps_low else lamps)
        m.d.comb += [getattr(self, name).eq(1) for name in board.ones]
        wires = {
            f"{'i' if member.flow is Out else 'o'}_{name}": getattr(bridge, name)
            for name, member in design_members(ports).items()
        }
        m.submodules.design = Instance(ports.top, i_clk=ClockSignal(), i_rst=reset, **wires)
        return m


def verilog(
    ports: DesignPorts, board: Wiring, bit_cycles: int, top: str, simulated: bool = False
) -> str:
    """Verilog of the top level, whose module is ``top``; the design's own text comes beside it.

    simulated : the PLL is a wire
    """
    text = emit.verilog_text(BoardTop(ports, board, bit_cycles), top)
    if board.pll is not None:
        text += "\n" + (WIRE if simulated else board.pll.verilog())
    return text
