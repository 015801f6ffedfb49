# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""The decoder of a set of codes as a core: a control word a frame in, a status word out."""

from functools import partial

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.code_set.image import Image
from hw.code_set.loader import SetLoader
from hw.code_set.options import Options
from hw.code_set.pace import BEGIN_CYCLES, frame_cycles, iteration_cycles
from hw.code_set.packer import DecisionPacker
from hw.code_set.parts import parts_of
from hw.code_set.programs.programs import Programs
from hw.code_set.row_times import RowTimes
from hw.code_set.sequencer import Sequencer
from hw.code_set.slots import REASONS, SetSlots
from hw.code_set.unloader import SetUnloader
from hw.code_set.words import (
    ITERATION_BITS,
    KEPT,
    control_of,
    kept_layout,
    request_layout,
    status_word,
)
from hw.frame import status
from hw.frame.options import soft
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import REGISTER
from hw.layered.arithmetic import Arithmetic
from hw.layered.job import Job
from hw.layered.kept import decision_bits, decisions_and_values, soft_format
from hw.layered.pipeline import Pipeline
from hw.lib.arithmetic import bits_for
from hw.lib.pass_through import pass_through
from hw.lib.queue import BlockQueue
from hw.lib.target import named
from hw.lib.window_memory import WindowMemory
from quant.code_set.control import WORD_BITS, control_fields
from quant.code_set.spec import CodeSetSpec

_CONTROL_CYCLES = 12
"""That control word and queue of results add to a frame's way, at most."""
CONTROL_STREAM, STATUS_STREAM = "s_axis_ctrl", "m_axis_status"


class SetCore(wiring.Component):
    """Decoder of several codes, each frame of another one if so its control word says.

    Members, beside those of every core (:mod:`hw.frame.ports`)
    ------------------------------------------------------------
    s_axis_ctrl_* : a control word a frame, which waits for it (:mod:`quant.code_set.control`)
    m_axis_status_* : a status word for each control word, in their order
    those of :class:`hw.code_set.programs.programs.Programs`, with ``options.programs``

    Parameters
    ----------
    spec : of the set, for whoever asks a core what it decodes
    arithmetic : what words mean, for all codes
    jobs : one a code, in the order of their numbers
    options : resolved
    mark : field to bits, what comes back with a frame
    """

    input_stage = REGISTER

    def __init__(
        self, spec: CodeSetSpec, arithmetic: Arithmetic, jobs: tuple[Job, ...], options: Options,
        mark: dict[str, int],
    ):  # fmt: skip
        self.spec, self.arithmetic = spec, arithmetic
        self.jobs, self.options = jobs, options
        self.parts = parts = parts_of(jobs)
        self.addressing = parts.addressing(
            jobs, options.slots, options.llrs_per_beat, options.room(spec.members)
        )
        rotation = self.addressing.rotation_cycles
        self.pipeline = Pipeline(arithmetic.times, self.addressing.lanes, 1, rotation)
        self.times = RowTimes(self.pipeline)
        chunks = parts.chunks(self.addressing)
        windows = parts.windows(self.addressing, options.bits_per_beat)
        self.image = Image(jobs, self.addressing, self.times, chunks, windows)
        self.loader = parts.loader(options, self.image, arithmetic.channel)
        self.lane_bits = decision_bits(arithmetic, options)
        self.unloader = parts.unloader(options, self.image, self.lane_bits)
        self.format = FrameFormat(
            values=max(job.n for job in jobs),
            values_per_beat=options.llrs_per_beat,
            value_bits=arithmetic.channel.code_bits,
            bits=max(job.n_variables for job in jobs),
            bits_per_beat=options.bits_per_beat,
            status=status.decoder() | {name: control_fields()[name][1] for name in ("code", "id")},
            mark=mark,
            apart={"code": len(self.image.code_words)},
            **soft_format(arithmetic, options),
            mixed=soft(options),
        )
        self.side_ports = {
            f"{CONTROL_STREAM}_tdata": In(WORD_BITS),
            f"{CONTROL_STREAM}_tvalid": In(1),
            f"{CONTROL_STREAM}_tready": Out(1),
            f"{STATUS_STREAM}_tdata": Out(WORD_BITS),
            f"{STATUS_STREAM}_tvalid": Out(1),
            f"{STATUS_STREAM}_tready": In(1),
        }
        self.programs = None
        if options.programs:
            self.programs = Programs(options, self.image, spec.sha)
            self.side_ports |= self.programs.ports
        super().__init__(core_ports(self.format) | self.side_ports)

    def value_of(self, m: Module, byte: Value) -> Value:
        """Byte of the stream to channel code."""
        look_up = partial(named(self.options.target).look_up, m)
        return self.arithmetic.channel.saturated(byte, look_up)

    # --- rates ---

    def cycles_of(self, code: int, iterations: float) -> float:
        """Clock cycles from frame to frame of one code at full speed."""
        every = iteration_cycles([self.image.rows[code]], self.times, self.options.slots)
        return max(iterations * every, self.stream_cycles_per_frame)

    def cycles_per_frame(self, iterations: float) -> float:
        """The same for frames of all codes in turn."""
        every = iteration_cycles(self.image.rows, self.times, self.options.slots)
        return max(iterations * every, self.stream_cycles_per_frame)

    @property
    def stream_cycles_per_frame(self) -> int:
        """Clock cycles that the slower of the two streams takes for the longest frame."""
        return max(self.loader.cycles_per_frame, self.unloader.cycles_per_frame)

    @property
    def latency_cycles(self) -> int:
        """Of the slowest code, with its own number of iterations, in an idle decoder."""
        alone = (
            frame_cycles([(rows, job.iterations)], self.times, 1)
            for rows, job in zip(self.image.rows, self.jobs, strict=True)
        )
        streams = self.loader.latency_cycles(buffered=1) + self.unloader.cycles_per_frame
        return streams + BEGIN_CYCLES + max(alone) + _CONTROL_CYCLES

    # --- hardware ---

    def elaborate(self, platform):
        m = Module()
        arithmetic, options, image = self.arithmetic, self.options, self.image
        sequencer = Sequencer(options, image, self.times)
        m.submodules.datapath = datapath = self.parts.datapath(
            arithmetic, options, self.pipeline, self.addressing, sequencer,
            fifo_edges=2 * image.largest_degree + 2, row_register=True,
        )  # fmt: skip
        m.submodules.slots = slots = SetSlots(options, image)
        m.submodules.loader = loader = self.loader
        m.submodules.unloader = unloader = self.unloader
        m.submodules.hard = hard = self._hard_memory()
        m.submodules.channel = channel = self.parts.channel_memory(
            self.addressing, arithmetic.channel.bits, options.input_regions,
            named(options.target).wide_writes,
        )  # fmt: skip
        m.d.comb += [
            sequencer.begin.eq(slots.begin),
            sequencer.begin_slot.eq(slots.begin_slot),
            sequencer.begin_row.eq(slots.begin_row),
            sequencer.go_on.eq(slots.go_on),
            sequencer.go_on_slot.eq(slots.go_on_slot),
            slots.slot.eq(datapath.slot),
            datapath.state.eq(slots.state),
            slots.layer_end.eq(datapath.layer_end),
            slots.loaded.eq(loader.loaded),
            loader.released.eq(slots.released),
            channel.w_en.eq(loader.write),
            channel.w_addr.eq(loader.address),
            channel.w_data.eq(loader.word),
            channel.r_addr.eq(datapath.channel_address),
            datapath.channel_word.eq(channel.r_data),
            hard.w_en.eq(datapath.hard_write),
            hard.w_addr.eq(datapath.hard_address),
            hard.w_data.eq(datapath.hard_word),
            hard.r_addr.eq(unloader.address),
            hard.r_piece.eq(unloader.piece),
            unloader.word.eq(hard.r_data),
        ]
        entries, inside = self._take_control(m, loader, slots)
        self._leave(m, entries, inside, slots, unloader)
        if self.programs is not None:
            m.submodules.programs = programs = self.programs
            pass_through(m, self, programs, programs.ports)
            programs.fill(
                m, sequencer.tables | {"chunks": loader.walk, "windows": unloader.walk}
            )
        return m

    def _hard_memory(self) -> WindowMemory:
        options, addressing = self.options, self.addressing
        depth = options.output_regions << addressing.hard_bits
        wide_writes = named(options.target).wide_writes
        return WindowMemory(
            addressing.lanes, options.bits_per_beat, depth, wide_writes, self.lane_bits,
            orders=addressing.natural_orders,
        )  # fmt: skip

    @property
    def _entry(self) -> data.StructLayout:
        """What is kept of a frame from its end at the input until its result has left."""
        return kept_layout({"dropped": 1, "mark": status.layout(self.format.mark)})

    def _port(self, stream: str, signal: str) -> Signal:
        return getattr(self, f"{stream}_{signal}")

    def _take_control(self, m: Module, loader: SetLoader, slots: SetSlots):
        """Words from their stream to the loader, one at a time.

        Returns the queue of what is known of ended frames, and how many are in it.
        """
        image, options = self.image, self.options
        word, held = Signal(WORD_BITS, reset_less=True), Signal()
        looked_up, known, room = Signal(), Signal(), Signal()
        valid, places = Signal(), Signal(image.code_layout)
        fields = control_of(word)
        depth = 2 * options.regions
        m.submodules.entries = entries = BlockQueue(self._entry, depth)
        inside = Signal(range(depth + 1))
        m.d.comb += self._port(CONTROL_STREAM, "tready").eq(~held)
        # A cycle to look up what the word asks for, and one to begin there.
        code = fields["code"]
        m.d.sync += [
            room.eq(inside < depth - 2),
            looked_up.eq(held & ~loader.ends),
            known.eq(looked_up & ~loader.ends),
            valid.eq(self._is_code(code) & fields["max_iterations"].any()),
            places.eq(self._places(code)),
        ]
        with m.If(~held):
            m.d.sync += [
                word.eq(self._port(CONTROL_STREAM, "tdata")),
                held.eq(self._port(CONTROL_STREAM, "tvalid")),
            ]
        with m.Elif(loader.ends):
            m.d.sync += held.eq(0)
        request = Signal(request_layout(image.code_layout))
        with m.If(loader.ends):
            m.d.sync += [
                *(request[name].eq(places[name]) for name in ("row", "map_row", "map_rows")),
                request.more.eq(fields["max_iterations"] - 1),
                request.on_pass.eq(fields["stop_on_pass"]),
                request.on_no_change.eq(fields["stop_on_no_change"]),
            ]
        beat = self.i.payload
        mark = Signal.like(beat.mark)  # of the beat that was taken a cycle ago
        m.d.sync += mark.eq(beat.mark)
        m.d.comb += [
            loader.open.eq(known & room),
            loader.valid.eq(valid),
            loader.first.eq(places.chunk),
            loader.i.payload.lanes.eq(beat.values),
            loader.i.payload.abort.eq(beat.abort),
            loader.i.valid.eq(self.i.valid),
            self.i.ready.eq(loader.i.ready),
            self.due.eq(loader.due),
            self.room.eq(loader.open),
            slots.request.eq(request),
            entries.put.eq(loader.ends),
            entries.i.dropped.eq(loader.aborted),
            *(entries.i[name].eq(fields[name]) for name in KEPT),
            entries.i.mark.eq(mark),
        ]
        if self.programs is not None:
            m.d.comb += [
                self.programs.waiting.eq(held),
                self.programs.waits_for.eq(code),
                self.programs.inside.eq(inside),
            ]
        return entries, inside

    def _places(self, code: Value) -> data.View:
        """Where a code begins in the tables."""
        layout = self.image.code_layout
        words = Array(layout.const(entry).as_value() for entry in self.image.code_words)
        return data.View(layout, words[code[: self._code_bits]])

    @property
    def _code_bits(self) -> int:
        return bits_for(len(self.image.code_words))

    def _is_code(self, code: Value) -> Value:
        """Whether there is a code of this number; from tables, not a carry chain."""
        known = [Const(1, 1)] * len(self.jobs)
        if self.programs is not None:
            known += list(self.programs.programs_loaded)
        known += [Const(0, 1)] * ((1 << self._code_bits) - len(known))
        return Array(known)[code[: self._code_bits]] & ~code[self._code_bits :].any()

    def _leave(
        self, m: Module, entries: BlockQueue, inside: Signal, slots: SetSlots,
        unloader: SetUnloader,
    ) -> None:  # fmt: skip
        """The oldest frame's bits and status word; a dropped one has the word alone."""
        oldest, result = entries.o, slots.result
        tready = self._port(STATUS_STREAM, "tready")
        names = ("decided", "there", "ready", "said", "sent", "over", "taken")
        decided, there, ready, said, sent, over, taken = (Signal(name=name) for name in names)
        valid, word = Signal(), Signal(WORD_BITS, reset_less=True)
        code = self._places(oldest.code)
        settled = Signal(BlockQueue.latency_cycles + 1)  # the queue's output is right
        first = Signal.like(unloader.first)
        dropped = oldest.dropped
        m.d.sync += [
            first.eq(Mux(oldest.all_bits, code.all_bits, code.information)),
            settled.eq(Mux(over, 0, Cat(inside != 0, settled))),
            decided.eq(slots.result_valid),  # right when the queue's output is
            there.eq(settled[-1] & (dropped | decided) & ~over),
            inside.eq(inside + entries.put - over),
        ]
        m.d.sync += ready.eq(there & ~over)
        told = there & ~said & (~valid | tready) & ~over
        leaves = there & said & (sent | dropped) & ~over
        m.d.sync += [
            over.eq(leaves),
            taken.eq(leaves & ~dropped),
            # The first window is looked up while the table restarts.
            unloader.start.eq(there & ready & ~(dropped | sent | unloader.done)),
        ]
        m.d.comb += [
            entries.take.eq(over),
            slots.result_taken.eq(taken),
            unloader.region.eq(slots.result_region),
            unloader.first.eq(first),
        ]
        m.d.sync += [
            said.eq((said | told) & ~over),
            sent.eq((sent | unloader.done) & ~over),
            valid.eq(told | (valid & ~tready)),
        ]
        if self.programs is not None:
            m.d.comb += self.programs.leaves.eq(over)
        iterations = Signal(ITERATION_BITS)
        m.d.comb += iterations.eq(oldest.max_iterations - result.more)
        happened = {
            "iterations": Mux(dropped, 0, iterations),
            "passed": ~dropped & result.decoded,
            **{name: ~dropped & result[name] for name in REASONS},
            "dropped": dropped,
            **{name: oldest[name] for name in ("code", "id", "hard")},
        }
        with m.If(told):
            m.d.sync += word.eq(status_word(happened))
        answer = self.o.payload
        m.d.comb += [
            self._port(STATUS_STREAM, "tdata").eq(word),
            self._port(STATUS_STREAM, "tvalid").eq(valid),
            answer.status.decoded.eq(result.decoded),
            answer.status.iterations.eq(iterations),
            answer.status.code.eq(oldest.code),
            answer.status.id.eq(oldest.id),
            answer.mark.eq(oldest.mark),
            *self._data(m, unloader, oldest.hard),
        ]

    def _data(self, m: Module, unloader: SetUnloader, hard: Value) -> list:
        """Beats of the unloader to the output: bits, or as a frame asks for."""
        answer, beat = self.o.payload, unloader.o
        if not self.format.mixed:
            return [
                answer.bits.eq(beat.payload.bits),
                answer.last.eq(beat.payload.last),
                self.o.valid.eq(beat.valid),
                beat.ready.eq(self.o.ready),
            ]
        decisions, values = decisions_and_values(self.arithmetic, beat.payload.bits)
        m.submodules.packer = packer = DecisionPacker(self.options.bits_per_beat)
        return [
            packer.hard.eq(hard),
            packer.i.payload.bits.eq(decisions),
            packer.i.payload.last.eq(beat.payload.last),
            packer.i.valid.eq(beat.valid),
            beat.ready.eq(packer.i.ready),
            answer.hard.eq(hard),
            answer.bits.eq(packer.o.payload.bits),
            answer.last.eq(packer.o.payload.last),
            *(to.eq(value) for to, value in zip(answer.soft, values, strict=True)),
            self.o.valid.eq(packer.o.valid),
            packer.o.ready.eq(self.o.ready),
        ]
