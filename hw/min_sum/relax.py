"""Relaxation: the stored message moves towards the new one by 1 - 2^-shift of the way.

Without relaxation a stored message is the message itself and none of this costs a gate or a cycle.
"""

from amaranth.hdl import Cat, Const, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import shift_round, signed_bits
from quant.spec import Spec


def state_bits(spec: Spec) -> int:
    """Width of a stored message; only with relaxation."""
    return signed_bits(spec.level_max << spec.relaxation.frac_bits)


def update_cycles(spec: Spec) -> int:
    """Cycles that the update adds in front of the write of a message."""
    return 1 if spec.relaxation else 0


def rounding_cycles(spec: Spec) -> int:
    """Cycles from a stored message to the value used."""
    return 1 if spec.relaxation else 0


class RoundLanes(wiring.Component):
    """Stored messages to the c2v values used, registered: shift_round by the fraction bits.

    Attributes
    ----------
    latency_cycles : 1
    """

    latency_cycles = 1

    def __init__(self, spec: Spec, lanes: int | None = None):
        self.spec = spec
        self.lanes = lanes = lanes or spec.code.lifting_size
        super().__init__(
            {
                "i": In(data.ArrayLayout(signed(state_bits(spec)), lanes)),
                "o": Out(data.ArrayLayout(signed(signed_bits(spec.level_max)), lanes)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        result = Signal(self.o.shape(), reset_less=True)
        m.d.comb += self.o.eq(result)
        for lane in range(self.lanes):
            rounded = shift_round(self.i[lane], self.spec.relaxation.frac_bits)
            m.d.sync += result[lane].eq(rounded)
        return m


class RelaxLanes(wiring.Component):
    """New stored messages: state + ((level * 2^frac_bits - state) >> shift), registered.

    Attributes
    ----------
    latency_cycles : 1
    """

    latency_cycles = 1

    def __init__(self, spec: Spec, lanes: int | None = None):
        self.spec = spec
        self.lanes = lanes = lanes or spec.code.lifting_size
        state = data.ArrayLayout(signed(state_bits(spec)), lanes)
        level = data.ArrayLayout(signed(signed_bits(spec.level_max)), lanes)
        super().__init__({"state": In(state), "level": In(level), "o": Out(state)})

    def elaborate(self, platform):
        m = Module()
        relaxation = self.spec.relaxation
        result = Signal(self.o.shape(), reset_less=True)
        m.d.comb += self.o.eq(result)
        for lane in range(self.lanes):
            state = self.state[lane]
            target = Cat(Const(0, relaxation.frac_bits), self.level[lane]).as_signed()
            step = Signal(signed(state_bits(self.spec) + 1), name=f"step{lane}")
            m.d.comb += step.eq(target - state)
            m.d.sync += result[lane].eq(state + (step >> relaxation.shift))
        return m
