"""Lanes of the front half: v2c = APP - c2v, its magnitude index, its sign."""

from types import ModuleType

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.qc_ldpc.pipeline import Pipeline


def v2c_layout(pipeline: Pipeline) -> data.StructLayout:
    """A lane of the FIFO between the halves.

    value : APP - c2v, signed, not saturated
    index : magnitude index of ``value`` in the messages' code
    bit : hard decision of the APP before the update
    state : stored message before the update, only with relaxation
    """
    fields = {"value": signed(pipeline.v2c_bits), "index": pipeline.code().width, "bit": 1}
    if pipeline.spec.relaxation:
        fields["state"] = signed(pipeline.state_bits)
    return data.StructLayout(fields)


class FrontLanes(wiring.Component):
    """One block edge a cycle: subtract, register, compare with the thresholds, register.

    ``app`` lacks the rotator's last stage: lane i takes ``app[(i + odd) % lanes]``.
    ``state`` is the stored message behind ``c2v``; it only passes through, for the relaxation.

    Attributes
    ----------
    latency_cycles : 2, from ``app``, ``odd``, ``c2v`` to ``o``
    """

    latency_cycles = 2

    def __init__(self, pipeline: Pipeline, target: ModuleType):
        self.pipeline, self.target, spec = pipeline, target, pipeline.spec
        lanes = spec.code.lifting_size
        super().__init__(
            {
                "app": In(data.ArrayLayout(signed(spec.app_bits), lanes)),
                "odd": In(1),
                "c2v": In(data.ArrayLayout(signed(pipeline.c2v_bits), lanes)),
                "state": In(data.ArrayLayout(signed(pipeline.state_bits), lanes)),
                "o": Out(data.ArrayLayout(v2c_layout(pipeline), lanes)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        lanes = self.pipeline.spec.code.lifting_size
        code = self.pipeline.code()
        difference = Signal(
            data.ArrayLayout(signed(self.pipeline.v2c_bits), lanes), reset_less=True
        )
        before = Signal(lanes, reset_less=True)
        state = Signal(
            data.ArrayLayout(signed(self.pipeline.state_bits), lanes), reset_less=True
        )
        result = Signal(self.o.shape(), reset_less=True)
        m.d.comb += self.o.eq(result)
        for lane in range(lanes):
            out, stay, moved = result[lane], self.app[lane], self.app[(lane + 1) % lanes]
            c2v = self.c2v[lane]
            one_more = self.pipeline.one_more(c2v)
            v2c = self.target.select_subtract(
                m, stay, moved, self.odd, c2v, one_more, signed(self.pipeline.v2c_bits)
            )
            m.d.sync += [
                difference[lane].eq(v2c),
                before[lane].eq(Mux(self.odd, moved[-1], stay[-1])),
                out.value.eq(difference[lane]),
                out.index.eq(code.encode(difference[lane])),
                out.bit.eq(before[lane]),
            ]
            if self.pipeline.spec.relaxation:
                m.d.sync += [state[lane].eq(self.state[lane]), out.state.eq(state[lane])]
        return m
