"""The decoding loop: sequencer, memories, rotator, lanes, minimum search, layer check."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.frame.options import soft
from hw.layered.arithmetic import Arithmetic
from hw.layered.kept import decision_bits
from hw.layered.odd_count import row_layout
from hw.layered.options import Options
from hw.layered.pipeline import Pipeline
from hw.layered.program import Addressing
from hw.layered.sequencer import Sequencer, edge_layout
from hw.layered.slots import layer_end_layout
from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.memory import BlockMemory, ShallowMemory
from hw.lib.reduce import AnyOf
from hw.lib.rotating_memory import RotatingMemory
from hw.lib.rotator import Rotator
from hw.lib.shift_plan import Stage


class Datapath(wiring.Component):
    """Z lanes, block-serial: one block edge enters and one leaves in every cycle.

    Members
    -------
    slot, state : look-up of the slot's state
    layer_end : a layer was written back and checked
    channel_address, channel_word : read port of the channel memory
    hard_write, hard_address, hard_word : write port of the hard-decision memory, with soft output
        of APP words; in lock-step ``hard_write`` has a bit for each frame
    row_end, odd_rows : only where they are ``counted``: a block row was written back, and which of
        its checks are odd
    writer, running : only in lock-step: look-up of the frames of a slot that have not stopped, for
        the word that is written a cycle later

    Parameters
    ----------
    pipeline : distances that the sequencer keeps
    sequencer : says what is read and written in which cycle
    fifo_edges : most edges that the FIFO between the halves holds
    row_register : the back half has minima of its own, so that the search may go on; then the
        sequencer has ``row_starts``
    counted : for :class:`hw.layered.odd_count.OddCount`
    """

    def __init__(
        self,
        arithmetic: Arithmetic,
        options: Options,
        pipeline: Pipeline,
        addressing: Addressing,
        sequencer: Sequencer,
        fifo_edges: int,
        row_register: bool = False,
        counted: bool = False,
    ):
        self.counted = counted
        self.arithmetic, self.options, self.pipeline = arithmetic, options, pipeline
        self.addressing, self.sequencer = addressing, sequencer
        self.fifo_edges, self.row_register = fifo_edges, row_register
        self.job, self.frames = addressing.job, addressing.frames
        lanes = self.job.code.lifting_size
        self.frame_lanes = lanes // self.frames
        self.ring = self._ring
        hard = bits_for(options.hard_regions(self.job)) + addressing.hard_bits
        super().__init__(
            {
                "slot": Out(bits_for(options.slots)),
                "state": In(sequencer.state.shape()),
                "layer_end": Out(layer_end_layout(options.slots, self.frames)),
                "channel_address": Out(bits_for(options.input_regions) + addressing.channel_bits),
                "channel_word": In(data.ArrayLayout(arithmetic.channel.bits, lanes)),
                "hard_write": Out(self.frames),
                "hard_address": Out(hard),
                "hard_word": Out(lanes * self._decision_bits),
            }
            | (
                {"writer": Out(bits_for(options.slots)), "running": In(self.frames)}
                if self.frames > 1
                else {}
            )
            | (
                {"row_end": Out(row_layout(options.slots)), "odd_rows": Out(lanes)}
                if counted
                else {}
            )
        )

    def elaborate(self, platform):
        m = Module()
        job, arithmetic, pipeline = self.job, self.arithmetic, self.pipeline
        m.submodules.c2v = c2v = BlockMemory(arithmetic.stored_word, self.addressing.c2v_depth)
        m.submodules.sequencer = sequencer = self.sequencer
        m.submodules.rotator = rotator = self._rotator()
        m.submodules.app = app = self._app_memory(rotator)
        m.submodules.front = front = arithmetic.front(self.ring)
        m.submodules.search = search = arithmetic.search(self.row_register)
        m.submodules.back = back = arithmetic.back()

        # --- front: address, rotate, subtract, index ---
        shift = delayed(m, sequencer.shift, pipeline.app_read - pipeline.address, "shift")
        late = rotator.late_cycles + pipeline.app_wait
        way = min(late, pipeline.way)
        look_up = any(job.value_tables) * min(1, late - way)  # cycles for it, where there is time
        channel_address = delayed(m, sequencer.channel, late - way - look_up, "channel_address")
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
            front.stored.eq(old_c2v),
        ]
        if job.flooding:
            to_front = pipeline.rotated - pipeline.address
            visit = delayed(m, sequencer.first_visit, to_front, "first_visit")
            m.d.comb += front.first_visit.eq(visit)
        if any(job.value_tables):
            to_table = late + BlockMemory.latency_cycles - look_up
            table = delayed(m, sequencer.table, to_table, "table")
            changed = Signal.like(channel_word)
            for lane, word in enumerate(channel_word):
                m.d.comb += changed[lane].eq(arithmetic.channel.looked_up(word, table))
            channel_word = delayed(m, changed, look_up, "changed_word")
        for lane, joined in enumerate(rotator.late):
            value = Signal(signed(arithmetic.app_bits), name=f"fresh{lane}")
            m.d.comb += [
                value.eq(arithmetic.fresh_app(channel_word[lane], fresh)),
                joined.eq(value.as_unsigned()),  # with flooding the old sum stays 0
            ]

        # --- search of the row, and the FIFO between the halves ---
        to_index = pipeline.indexed - pipeline.address
        front_valid = delayed(m, sequencer.front, to_index, "front_valid", reset=True)
        travelling = Signal(edge_layout(job, self.options, self.addressing))
        early = delayed(m, sequencer.edge, sequencer.map_cycles, "edge")
        m.d.comb += [travelling.eq(early), travelling.map.eq(sequencer.map)]
        edge = delayed(m, travelling, to_index - sequencer.map_cycles, "edge_with_map")
        m.d.comb += [
            search.i.eq(front.o),
            search.valid.eq(front_valid),
            search.first.eq(edge.first),
            search.last.eq(edge.last),
        ]
        waiting = self._fifo(m, front_valid, sequencer.back, edge, front.o)

        # --- back: c2v, APP, write ---
        m.d.comb += [
            back.i.eq(waiting.lanes),
            back.row.eq(search.o),
            back.map.eq(waiting.edge.map),
        ]
        if self.row_register:
            # The minima arrive with the row's first FIFO word; the strobe is a cycle behind.
            m.d.comb += search.take.eq(
                delayed(m, sequencer.row_starts, pipeline.back_data - 2, "row_starts", reset=True)
            )
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
            self.hard_word.eq(self._decisions(back)),
        ]
        to_app = pipeline.app_write - pipeline.back_data
        valid_app = delayed(m, back_valid, to_app, "valid_app", reset=True)
        self._check_layer(m, valid_app, with_app, back)
        return m

    @property
    def _ring(self) -> int:
        """Lanes that turn together."""
        return self.frame_lanes

    def _rotator(self) -> Rotator:
        """Its last stage is part of the front, its first one may be that of the memory."""
        return Rotator(
            self.addressing.plan,
            Shape.cast(self.arithmetic.app_word.elem_shape).width,
            late_reach=self.addressing.channel_reach,
            rings=self.frames,
            first_done=self.addressing.first_stage_in_memory,
        )

    def _app_memory(self, rotator: Rotator) -> RotatingMemory:
        """APP words; reading them does the first stage of ``rotator``, where there is one."""
        bits = self.options.rotate_in_ram * rotator.first_done
        stage = rotator.plan.stages[0] if rotator.first_done else Stage(0)
        depth, word = self.addressing.app_depth, self.arithmetic.app_word
        return RotatingMemory(word, self.ring, stage.amount, depth, bits, stage.ways)

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

    def _fifo(self, m: Module, write, read, edge, written):
        """Edges between the halves; the schedule keeps it from running empty or full."""
        bits = max(4, self.fifo_edges.bit_length())
        lanes = data.ArrayLayout(self.arithmetic.edge_lane, self.job.code.lifting_size)
        edge_word = edge_layout(self.job, self.options, self.addressing)
        word = data.StructLayout({"edge": edge_word, "lanes": lanes})
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
            fifo.w_data.lanes.eq(written),
            fifo.r_addr.eq(read_index),
        ]
        return delayed(m, fifo.r_data, self.pipeline.way, "fifo_word")

    @property
    def _decision_bits(self) -> int:
        return decision_bits(self.arithmetic, self.options)

    def _decisions(self, back) -> Value:
        """What is kept of an edge's lanes until the frame leaves."""
        if not soft(self.options):
            return back.bits
        return Cat(self.arithmetic.decided(lane) for lane in back.app)

    def _check_layer(self, m: Module, valid, edge, back) -> None:
        """Parity of the new hard decisions over each row, and whether any of them changed."""
        z, ring = self.job.code.lifting_size, self.ring
        # Two lanes a look-up table: their old and new decisions are four bits.
        pairs = [
            back.changed[first + lane : first + min(ring, lane + 2)].any()
            for first in range(0, z, ring)
            for lane in range(0, ring, 2)
        ]
        parity, changed = Signal(z, reset_less=True), Signal(len(pairs), reset_less=True)
        # As in the minimum search, a row's edges are consecutive and nothing else matters.
        odd = Mux(edge.first, Const(0, z), parity) ^ back.bits
        m.d.sync += [
            parity.eq(self._of_code(odd, edge)),
            changed.eq(self._of_code(Cat(*pairs), edge)),
        ]
        if self.counted:
            ends = {"valid": valid & edge.last, "slot": edge.slot, "first": edge.first_layer}
            m.d.sync += [self.row_end[name].eq(value) for name, value in ends.items()]
            m.d.comb += self.odd_rows.eq(parity)
        latency, per_frame = AnyOf.latency_of(self.frame_lanes), len(pairs) // self.frames
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

    def _of_code(self, lanes: Value, edge) -> Value:
        """What lanes have found, but 0 in those that the edge's code has no checks for."""
        return lanes

    def _any_of_each(self, m: Module, name: str, bits: Value) -> Value:
        """A bit for each frame: any of its part of ``bits``."""
        width, found = len(bits) // self.frames, []
        for frame in range(self.frames):
            block = AnyOf(width)
            m.submodules[f"{name}{frame}" if self.frames > 1 else name] = block
            m.d.comb += block.i.eq(bits[frame * width :][:width])
            found.append(block.o)
        return Cat(*found) if self.frames > 1 else found[0]
