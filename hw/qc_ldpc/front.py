"""Lanes of the front half: v2c = APP - c2v, its magnitude index, its sign."""

from types import ModuleType

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.rotator import moved as moved_lane
from hw.qc_ldpc.pipeline import Pipeline


def v2c_layout(pipeline: Pipeline) -> data.StructLayout:
    """A lane of the FIFO between the halves.

    value : APP - c2v, signed, not saturated
    index : magnitude index of ``value`` in the messages' code
    bit : hard decision of the APP before the update
    state : stored message before the update, only with relaxation

    With flooding ``value`` is the new sum without the old message, and instead of ``bit`` there are

    old : sum of the iteration before
    told : sign of ``old`` - c2v, of which ``index`` is too
    """
    fields = {"value": signed(pipeline.v2c_bits), "index": pipeline.code().width}
    if pipeline.spec.flooding:
        fields |= {"old": signed(pipeline.spec.app_bits), "told": 1}
    else:
        fields["bit"] = 1
    if pipeline.spec.relaxation:
        fields["state"] = signed(pipeline.state_bits)
    return data.StructLayout(fields)


def negative_of(lane) -> Value:
    """Sign of what a check is told, of a lane of :func:`v2c_layout`."""
    return lane.told if hasattr(lane, "told") else lane.value < 0


class FrontLanes(wiring.Component):
    """One block edge a cycle: subtract, and compare with the thresholds in two cycles.

    The rotator's last stage is done here: lane i of a word is that of ``app``, or the next one of
    ``far`` in its ring; one of the two words is 0.
    With flooding it has two sums, and at a column's ``first_visit`` in an iteration the new one
    has become the old one.
    ``state`` is the stored message behind ``c2v``; it only passes through, for the relaxation.

    Attributes
    ----------
    latency_cycles : 3, from ``app``, ``far``, ``c2v`` to ``o``
    """

    latency_cycles = 3

    def __init__(self, pipeline: Pipeline, target: ModuleType):
        self.pipeline, self.target, spec = pipeline, target, pipeline.spec
        lanes = spec.code.lifting_size
        super().__init__(
            {
                "app": In(pipeline.app_word()),
                "far": In(pipeline.app_word()),
                "c2v": In(data.ArrayLayout(signed(pipeline.c2v_bits), lanes)),
                "state": In(data.ArrayLayout(signed(pipeline.state_bits), lanes)),
                "o": Out(data.ArrayLayout(v2c_layout(pipeline), lanes)),
            }
            | ({"first_visit": In(1)} if spec.flooding else {})
        )

    def elaborate(self, platform):
        m = Module()
        pipeline, lanes = self.pipeline, self.pipeline.spec.code.lifting_size
        value_shape = signed(pipeline.v2c_bits)
        compare, index = pipeline.code().two_steps(pipeline.v2c_bits, pipeline.grid.halved)
        result = Signal(self.o.shape(), reset_less=True)
        m.d.comb += self.o.eq(result)
        for lane in range(lanes):
            out, stay = result[lane], self.app[lane]
            moved = self.far[moved_lane(lane, 1, pipeline.ring)]
            c2v, flooding = self.c2v[lane], pipeline.spec.flooding
            if flooding:
                told = self._told(m, stay, moved, c2v, out, lane)
                stay, moved = stay.new, moved.new
            v2c = self.target.subtract_from_either(
                m, stay, moved, *pipeline.addend(c2v, self.target), value_shape
            )
            value = self._register(m, v2c, value_shape, f"value{lane}")
            if not flooding:
                told, bit = value, stay[-1] | moved[-1]
                before = self._register(m, bit, 1, f"before{lane}")
            found = compare(told)
            found = self._register(m, found, len(found), f"found{lane}")
            statements = [
                out.value.eq(delayed(m, value, 1, f"value{lane}")),
                out.index.eq(index(found)),
            ]
            if not flooding:
                statements.append(out.bit.eq(delayed(m, before, 1, f"before{lane}")))
            m.d.sync += statements
            if pipeline.spec.relaxation:
                m.d.sync += out.state.eq(delayed(m, self.state[lane], 2, f"state{lane}"))
        return m

    def _told(self, m: Module, stay, moved, c2v, out, lane: int) -> Signal:
        """Flooding: what the check is told, registered; drives ``old`` and ``told`` of ``out``."""
        sums = [Mux(self.first_visit, word.new, word.old) for word in (stay, moved)]
        shape = signed(self.pipeline.v2c_bits)
        told = self.target.subtract_from_either(
            m, *sums, *self.pipeline.addend(c2v, self.target), shape
        )
        told = self._register(m, told, shape, f"told{lane}")
        old = self._register(m, (sums[0] | sums[1]).as_signed(), out.old.shape(), f"old{lane}")
        m.d.sync += [
            out.old.eq(delayed(m, old, 1, f"old{lane}")),
            out.told.eq(delayed(m, told[-1], 1, f"told{lane}")),
        ]
        return told

    @staticmethod
    def _register(m: Module, value, shape, name: str) -> Signal:
        register = Signal(shape, name=name, reset_less=True)
        m.d.sync += register.eq(value)
        return register
