"""The decoding loop: sequencer, memories, rotator, lanes, minimum search, layer check."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib import target
from hw.lib.delay import delayed
from hw.lib.memory import BlockMemory, ShallowMemory
from hw.lib.minsearch import MinSearch
from hw.lib.reduce import AnyOf
from hw.lib.rotating_memory import RotatingMemory
from hw.lib.rotator import Rotator
from hw.lib.shift_plan import Stage
from hw.qc_ldpc.back import BackLanes
from hw.qc_ldpc.channel_word import ChannelWord
from hw.qc_ldpc.front import FrontLanes, negative_of, v2c_layout
from hw.qc_ldpc.options import Options
from hw.qc_ldpc.pipeline import Pipeline
from hw.qc_ldpc.program import Addressing, bits_for
from hw.qc_ldpc.relax import RoundLanes
from hw.qc_ldpc.schedule import Schedule
from hw.qc_ldpc.sequencer import Sequencer, edge_layout
from hw.qc_ldpc.slots import layer_end_layout, slot_layout
from quant.spec import Spec


class DecoderCore(wiring.Component):
    """Z lanes, block-serial: one block edge enters and one leaves in every cycle.

    Members
    -------
    slot, state : look-up of the slot's state
    layer_end : a layer was written back and checked
    channel_address, channel_word : read port of the channel memory
    hard_write, hard_address, hard_word : write port of the hard-decision memory; in lock-step
        ``hard_write`` has a bit for each frame
    writer, running : only in lock-step: look-up of the frames of a slot that have not stopped, for
        the word that is written a cycle later
    """

    def __init__(self, spec: Spec, options: Options, schedule: Schedule, addressing: Addressing):
        self.spec, self.options = spec, options
        self.schedule, self.addressing = schedule, addressing
        self.frames = addressing.frames
        self.pipeline = Pipeline(spec, self.frames, schedule.way)
        z, lane = spec.code.lifting_size, ChannelWord(spec).bits
        super().__init__(
            {
                "slot": Out(bits_for(options.slots)),
                "state": In(slot_layout(spec, options)),
                "layer_end": Out(layer_end_layout(options.slots, self.frames)),
                "channel_address": Out(bits_for(options.input_regions) + addressing.channel_bits),
                "channel_word": In(data.ArrayLayout(lane, z)),
                "hard_write": Out(self.frames),
                "hard_address": Out(bits_for(options.output_regions) + addressing.hard_bits),
                "hard_word": Out(z),
            }
            | (
                {"writer": Out(bits_for(options.slots)), "running": In(self.frames)}
                if self.frames > 1
                else {}
            )
        )

    def elaborate(self, platform):
        m = Module()
        spec, options, pipeline = self.spec, self.options, self.pipeline
        z = spec.code.lifting_size
        c2v_word = data.ArrayLayout(signed(pipeline.state_bits), z)
        m.submodules.c2v = c2v = BlockMemory(c2v_word, self.addressing.c2v_depth)
        m.submodules.sequencer = sequencer = Sequencer(
            spec, options, self.schedule, self.addressing
        )
        m.submodules.rotator = rotator = pipeline.rotator(
            self.addressing.plan, self.addressing.channel_reach
        )
        m.submodules.app = app = self._app_memory(rotator)
        device = target.named(options.target)
        m.submodules.front = front = FrontLanes(pipeline, device)
        m.submodules.search = search = MinSearch(z, pipeline.code())
        m.submodules.back = back = BackLanes(pipeline, device)

        # --- front: address, rotate, subtract, index ---
        shift = delayed(m, sequencer.shift, pipeline.app_read - pipeline.address, "shift")
        late = rotator.late_cycles + pipeline.app_wait
        way = min(late, pipeline.way)
        channel_address = delayed(m, sequencer.channel, late - way, "channel_address")
        channel_word = delayed(m, self.channel_word, way, "channel_word")
        old_c2v = delayed(m, c2v.r_data, pipeline.way, "old_c2v")
        fresh = delayed(m, sequencer.fresh, late + BlockMemory.latency_cycles, "fresh")
        c2v_address = delayed(
            m, sequencer.c2v, pipeline.c2v_address - pipeline.address, "c2v_address"
        )
        m.d.comb += [
            self.slot.eq(sequencer.slot),
            sequencer.state.eq(self.state),
            app.r_addr.eq(sequencer.app),
            app.r_turn.eq(sequencer.shift[rotator.plan.field(0)] if rotator.first_done else 0),
            self.channel_address.eq(channel_address),
            rotator.i.eq(delayed(m, app.r_data, pipeline.app_wait, "app_word")),
            c2v.r_addr.eq(c2v_address),
            rotator.shift.eq(shift),
            front.app.eq(rotator.o),
            front.far.eq(rotator.far),
        ]
        if spec.relaxation:
            m.submodules.round = rounder = RoundLanes(spec)
            stored = delayed(m, old_c2v, rounder.latency_cycles, "stored")
            m.d.comb += [
                rounder.i.eq(old_c2v),
                front.c2v.eq(rounder.o),
                front.state.eq(stored),
            ]
        else:
            m.d.comb += front.c2v.eq(old_c2v)
        if spec.flooding:
            to_front = pipeline.rotated - pipeline.address
            visit = delayed(m, sequencer.first_visit, to_front, "first_visit")
            m.d.comb += front.first_visit.eq(visit)
        for lane in range(z):
            value = pipeline.grid.channel(channel_word[lane], fresh)
            if spec.flooding:  # the old sum stays 0
                first = Signal(signed(spec.app_bits), name=f"first{lane}")
                m.d.comb += first.eq(value)
                value = first.as_unsigned()
            m.d.comb += rotator.late[lane].eq(value)

        # --- minimum search and the FIFO between the halves ---
        to_index = pipeline.indexed - pipeline.address
        front_valid = delayed(m, sequencer.front, to_index, "front_valid", reset=True)
        travelling = Signal(edge_layout(spec, options, self.addressing))
        early = delayed(m, sequencer.edge, sequencer.map_cycles, "edge")
        m.d.comb += [travelling.eq(early), travelling.map.eq(sequencer.map)]
        edge = delayed(m, travelling, to_index - sequencer.map_cycles, "edge_with_map")
        for lane in range(z):
            m.d.comb += search.x[lane].eq(front.o[lane].index)
            m.d.comb += search.negative[lane].eq(negative_of(front.o[lane]))
        m.d.comb += [
            search.valid.eq(front_valid),
            search.first.eq(edge.first),
            search.last.eq(edge.last),
        ]
        waiting = self._fifo(m, front_valid, sequencer.back, edge, front.o)

        # --- back: c2v, APP, write ---
        m.d.comb += [
            back.i.eq(waiting.lanes),
            back.m1.eq(search.m1),
            back.second.eq(search.second),
            back.odd.eq(search.odd),
            back.map.eq(waiting.edge.map),
        ]
        back_valid = delayed(m, sequencer.back, pipeline.back_data - 1, "back_valid", reset=True)
        arrived = Signal.like(waiting.edge)
        m.d.comb += [arrived.eq(waiting.edge), arrived.busy.eq(waiting.edge.busy & back_valid)]
        with_c2v = delayed(m, arrived, pipeline.c2v_write - pipeline.back_data, "with_c2v")
        with_app = delayed(m, with_c2v, pipeline.app_write - pipeline.c2v_write, "with_app")
        m.d.comb += [
            c2v.w_en.eq(with_c2v.busy),
            c2v.w_addr.eq(with_c2v.c2v),
            c2v.w_data.eq(back.stored),
            app.w_en.eq(with_app.busy),
            app.w_addr.eq(with_app.app),
            app.w_data.eq(back.app),
            self.hard_write.eq(self._writes(m, with_c2v, with_app)),
            self.hard_address.eq(with_app.hard),
            self.hard_word.eq(back.bits),
        ]
        to_app = pipeline.app_write - pipeline.back_data
        valid_app = delayed(m, back_valid, to_app, "valid_app", reset=True)
        self._check_layer(m, valid_app, with_app, back)
        return m

    def _app_memory(self, rotator: Rotator) -> RotatingMemory:
        """APP words; reading them does the first stage of ``rotator``, where there is one."""
        ring, bits = self.pipeline.ring, self.options.rotate_in_ram * rotator.first_done
        stage = rotator.plan.stages[0] if rotator.first_done else Stage(0)
        depth = self.addressing.app_depth
        word = self.pipeline.app_word()
        return RotatingMemory(word, ring, stage.amount, depth, bits, stage.ways)

    def _writes(self, m: Module, with_c2v, with_app) -> Value:
        """Which frames keep their hard decisions: in lock-step those that have not stopped."""
        if self.frames == 1:
            return with_app.busy
        # A slot's frames change between two of its iterations, when none of its words is here.
        wait = self.pipeline.app_write - self.pipeline.c2v_write - 1
        early, running = delayed(m, with_c2v.slot, wait, "writer"), Signal(self.frames)
        m.d.comb += self.writer.eq(early)
        m.d.sync += running.eq(self.running)
        return Mux(with_app.busy, running, 0)

    def _fifo(self, m: Module, write, read, edge, lanes):
        """Edges between the halves; the schedule keeps it from running empty or full."""
        # From the cycle of an edge's write to that of its read.
        resident = max(op.back - op.front for op in self.schedule.operations) + 1
        bits = max(4, (resident - self.pipeline.indexed).bit_length())
        z = self.spec.code.lifting_size
        word = data.StructLayout(
            {
                "edge": edge_layout(self.spec, self.options, self.addressing),
                "lanes": data.ArrayLayout(v2c_layout(self.pipeline), z),
            }
        )
        memory = BlockMemory if self.options.fifo == "block" else ShallowMemory
        m.submodules.fifo = fifo = memory(word, 1 << bits)
        write_index, read_index = Signal(bits), Signal(bits)
        m.d.sync += [write_index.eq(write_index + write), read_index.eq(read_index + read)]
        m.d.comb += [
            # What is written between two edges is overwritten by the next one: an enable would have
            # to reach every block RAM of a wide word.
            fifo.w_en.eq(1),
            fifo.w_addr.eq(write_index),
            fifo.w_data.edge.eq(edge),
            fifo.w_data.lanes.eq(lanes),
            fifo.r_addr.eq(read_index),
        ]
        return delayed(m, fifo.r_data, self.pipeline.way, "fifo_word")

    def _check_layer(self, m: Module, valid, edge, back: BackLanes) -> None:
        """Parity of the new hard decisions over each row, and whether any of them changed."""
        z, ring = self.spec.code.lifting_size, self.pipeline.ring
        # Two lanes a look-up table: their old and new decisions are four bits.
        pairs = [
            back.changed[first + lane : first + min(ring, lane + 2)].any()
            for first in range(0, z, ring)
            for lane in range(0, ring, 2)
        ]
        parity, changed = Signal(z, reset_less=True), Signal(len(pairs), reset_less=True)
        # As in the minimum search, a row's edges are consecutive and nothing else matters.
        m.d.sync += [
            parity.eq(Mux(edge.first, Const(0, z), parity) ^ back.bits),
            changed.eq(Cat(*pairs)),
        ]
        latency, per_frame = AnyOf.latency_of(ring), len(pairs) // self.frames
        wait = latency - AnyOf.latency_of(per_frame)
        odd = self._any_of_each(m, "any_odd", parity)
        changed = self._any_of_each(m, "any_changed", delayed(m, changed, wait, "changed"))
        cycles = 1 + latency
        valid = delayed(m, valid, cycles, "checked_valid", reset=True)
        edge = delayed(m, edge, cycles, "checked")
        seen = Signal(self.frames)
        with m.If(valid):
            m.d.sync += seen.eq(changed | (seen & (~edge.first).replicate(self.frames)))
        m.d.sync += [
            self.layer_end.valid.eq(valid & edge.last),
            self.layer_end.slot.eq(edge.slot),
            self.layer_end.first.eq(edge.first_layer),
            self.layer_end.last.eq(edge.last_layer),
            self.layer_end.odd.eq(odd),
        ]
        m.d.comb += self.layer_end.changed.eq(seen)

    def _any_of_each(self, m: Module, name: str, bits: Value) -> Value:
        """A bit for each frame: any of its part of ``bits``."""
        width, found = len(bits) // self.frames, []
        for frame in range(self.frames):
            block = AnyOf(width)
            m.submodules[f"{name}{frame}" if self.frames > 1 else name] = block
            m.d.comb += block.i.eq(bits[frame * width :][:width])
            found.append(block.o)
        return Cat(*found) if self.frames > 1 else found[0]
