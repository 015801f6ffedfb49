"""Which frame sits in which slot: starting, counting iterations, ending, keeping output order."""

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from hw.qc_ldpc.options import Options
from hw.qc_ldpc.program import bits_for
from hw.qc_ldpc.schedule import passes
from quant.spec import Spec

ITERATION_BITS = 7  # as in m_axis_tuser


def slot_layout(spec: Spec, options: Options) -> data.StructLayout:
    """State of a slot as front words see it."""
    return data.StructLayout(
        {
            "busy": 1,
            "initial": 1,  # iteration, the number of the pass, is 0
            "iteration": bits_for(passes(spec, spec.iterations)),
            "input_region": bits_for(options.input_regions),
            "output_region": bits_for(options.output_regions),
        }
    )


def layer_end_layout(slots: int, frames: int = 1) -> data.StructLayout:
    """A finished layer: whose, which, and what its check found of each of its frames.

    In lock-step ``first`` are all rows of the first block row, ``last`` is the last of the last.
    """
    fields = {"valid": 1, "slot": bits_for(slots), "first": 1, "last": 1}
    return data.StructLayout(fields | {"odd": frames, "changed": frames})


STATUS = data.StructLayout({"decoded": 1, "iterations": ITERATION_BITS})


class SlotControl(wiring.Component):
    """Frame slots between the two ring buffers.

    Frames start in the order of loading, into whichever slot ends first, and get the regions of
    the output ring in that order; results wait there for older ones.

    Members
    -------
    slot, state : combinational look-up of a slot's state
    layer_end : a layer was written back and checked
    loaded : one more input region holds a frame
    released : an input region may be loaded again (its frame has finished iteration 1)
    result_valid, result, result_region : the oldest frame, once it has ended
    result_taken : it has been sent
    """

    frames = 1  # in lock-step

    def __init__(self, spec: Spec, options: Options, members: dict | None = None):
        self.spec, self.options = spec, options
        super().__init__(
            {
                "slot": In(bits_for(options.slots)),
                "state": Out(slot_layout(spec, options)),
                "layer_end": In(layer_end_layout(options.slots, self.frames)),
                "loaded": In(1),
                "released": Out(1),
                "result_valid": Out(1),
                "result": Out(STATUS),
                "result_region": Out(bits_for(options.output_regions)),
                "result_taken": In(1),
            }
            | (members or {})
        )

    def elaborate(self, platform):
        m = Module()
        spec, options = self.spec, self.options
        slots = Array(
            Signal(slot_layout(spec, options), name=f"slot{i}") for i in range(options.slots)
        )
        m.d.comb += self.state.eq(slots[self.slot])

        decision = self._layer_verdict(m)

        # The slot is fetched while the verdict is formed; then it is decided and written back.
        state = Signal(slot_layout(spec, options))
        m.d.sync += state.eq(slots[self.layer_end.slot])
        deciding, target = decision.valid, decision.slot

        waiting = Signal(range(options.input_regions + 1))
        start_region = Signal(bits_for(options.input_regions))
        allocated = Signal(range(options.output_regions + 1))
        next_result = Signal(bits_for(options.output_regions))

        ended, starting = Signal(), Signal()
        out_of_iterations = state.iteration == passes(spec, spec.iterations) - 1
        stopping = self._stops(decision) if spec.early_stop else 0
        if spec.flooding:  # the first pass looks at the channel values
            stopping &= ~state.initial
        m.d.comb += [
            ended.eq(deciding & state.busy & (out_of_iterations | stopping)),
            starting.eq(
                deciding
                & (~state.busy | ended)
                & (waiting != 0)
                & (allocated != options.output_regions)
            ),
            self.released.eq(deciding & state.busy & state.initial),
        ]
        with m.If(deciding):
            next_state = slots[target]
            m.d.sync += [
                next_state.busy.eq(starting | (state.busy & ~ended)),
                next_state.initial.eq(starting),
                next_state.iteration.eq(Mux(starting, 0, state.iteration + 1)),
            ]
            with m.If(starting):
                m.d.sync += [
                    next_state.input_region.eq(start_region),
                    next_state.output_region.eq(next_result),
                    start_region.eq(start_region + 1),
                    next_result.eq(next_result + 1),
                ]
        # A cycle late is safe, and keeps the output stream's ready out of this path.
        freed = Signal()
        m.d.sync += [
            waiting.eq(waiting + self.loaded - starting),
            freed.eq(self._region_taken()),
            allocated.eq(allocated + starting - freed),
        ]
        self._group(m, slots, waiting, decision, state, starting)
        self._results(m, ended, state, decision)
        return m

    def _stops(self, decision):
        """Nothing is left to do before the last iteration."""
        return decision.verified

    def _region_taken(self):
        """The oldest output region has been sent."""
        return self.result_taken

    def _group(self, m: Module, slots, waiting, decision, state, starting) -> None:
        """What frames in lock-step need besides."""

    def _layer_verdict(self, m: Module):
        """Fold layer after layer into one verdict per iteration."""
        end = self.layer_end
        good = Array(Signal(name=f"good{i}") for i in range(self.options.slots))
        verdict = Signal()
        layout = {"valid": 1, "slot": bits_for(self.options.slots), "verified": 1}
        decision = Signal(data.StructLayout(layout))
        # A change in the first layer is harmless: every later layer checks the changed bits.
        m.d.comb += verdict.eq(~end.odd & (end.first | (good[end.slot] & ~end.changed)))
        with m.If(end.valid):
            m.d.sync += good[end.slot].eq(verdict)
        m.d.sync += [
            decision.valid.eq(end.valid & end.last),
            decision.slot.eq(end.slot),
            decision.verified.eq(verdict),
        ]
        return decision

    def _results(self, m: Module, ended, state, decision) -> None:
        done = Signal(self.options.output_regions)
        status = memory.Memory(shape=STATUS, depth=self.options.output_regions, init=[])
        m.submodules.status = status
        write, read = status.write_port(), status.read_port(domain="comb")
        oldest = Signal(bits_for(self.options.output_regions))
        first = 0 if self.spec.flooding else 1  # iteration that the first pass decides
        with m.If(ended):
            m.d.sync += done.bit_select(state.output_region, 1).eq(1)
        with m.If(self.result_taken):
            m.d.sync += [done.bit_select(oldest, 1).eq(0), oldest.eq(oldest + 1)]
        m.d.comb += [
            write.en.eq(ended),
            write.addr.eq(state.output_region),
            write.data.decoded.eq(decision.verified),
            write.data.iterations.eq(state.iteration + first),
            read.addr.eq(oldest),
            self.result_valid.eq(done.bit_select(oldest, 1)),
            self.result.eq(read.data),
            self.result_region.eq(oldest),
        ]
