# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""The whole block-serial engine as a core: memories, loader, datapath, slots, unloader."""

from collections.abc import Mapping
from functools import partial

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data, wiring

from hw.frame import status
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import REGISTER
from hw.layered.arithmetic import Arithmetic
from hw.layered.bits_memory import BitsMemory
from hw.layered.datapath import Datapath
from hw.layered.group_loader import GroupLoader
from hw.layered.group_slots import GroupSlots
from hw.layered.kept import decision_bits, decisions_and_values, soft_format
from hw.layered.loader import Loader
from hw.layered.odd_count import OddCount
from hw.layered.options import Options
from hw.layered.pipeline import Pipeline
from hw.layered.program import Addressing
from hw.layered.schedule import make_schedule, passes
from hw.layered.sequencer import Sequencer
from hw.layered.slots import SlotControl, status_of
from hw.layered.unloader import FrameUnloader, GroupUnloader
from hw.lib.memory import BlockMemory, PartedMemory
from hw.lib.queue import BlockQueue, MemoryQueue
from hw.lib.target import named
from hw.lib.window_memory import WindowMemory


class LayeredCore(wiring.Component):
    """Decoder for one code, layered or flooding, a block edge a cycle.

    Members: those of every core (:mod:`hw.frame.ports`). A value is a code of the channel, the
    frame n of them in transmitted order; the answer are the hard decisions of all variables, or of
    those that carry the information (``options.output``), in graph order; with
    ``options.decisions`` soft there are APP values beside them.

    Parameters
    ----------
    arithmetic : what words mean, and the blocks that compute with them
        (:class:`hw.layered.arithmetic.Arithmetic`)
    options : resolved
    mark : field to bits, what comes back with a frame
    counted : the status also has ``unsatisfied``, the odd checks of the frame's last iteration;
        not in lock-step and not with retries

    Attributes
    ----------
    schedule : the static schedule of an iteration
    loader, unloader : blocks between the beats and the memories
    frames : decoded in lock-step (:mod:`hw.layered.lockstep`), 1 where each has all lanes
    format, input_stage, latency_cycles : as :class:`hw.frame.shell.Shell` asks of a core
    """

    input_stage = REGISTER  # the loader knows before a beat comes whether it takes one

    def __init__(
        self,
        arithmetic: Arithmetic,
        options: Options,
        mark: Mapping[str, int] | None = None,
        counted: bool = False,
    ):
        self.arithmetic, self.job, self.options = arithmetic, arithmetic.job, options
        job = self.job
        self.frames = options.frames(job)
        self.addressing = Addressing(job, options.slots, options.llrs_per_beat, self.frames)
        # Wide words come from all over the die.
        self.schedule = make_schedule(self.addressing.lifted, options.slots, way=1)
        alone = self.frames == 1
        self.pipeline = Pipeline(arithmetic.times, job.code.lifting_size // self.frames, way=1)
        loader, unloader = (Loader, FrameUnloader) if alone else (GroupLoader, GroupUnloader)
        self.loader = loader(options, self.addressing, arithmetic.channel)
        self.lane_bits = decision_bits(arithmetic, options)
        lanes = job.code.lifting_size
        checks = lanes * len(job.code.rows)
        if counted and (self.frames > 1 or job.restarts):
            raise ValueError("odd checks are not counted in lock-step and not with retries")
        self.odd_count = OddCount(lanes, checks, options.slots) if counted else None
        self.unloader = unloader(options, self.addressing, self.lane_bits)
        self.format = FrameFormat(
            values=job.n,
            values_per_beat=options.llrs_per_beat,
            value_bits=arithmetic.channel.code_bits,
            bits=options.output_bits(job),
            bits_per_beat=options.bits_per_beat,
            status=status_of(job, checks * counted),
            mark=mark or {},
            **soft_format(arithmetic, options),
        )
        super().__init__(core_ports(self.format))

    def value_of(self, m: Module, byte: Value) -> Value:
        """Byte of the stream to channel code."""
        look_up = partial(named(self.options.target).look_up, m)
        return self.arithmetic.channel.saturated(byte, look_up)

    @property
    def latency_cycles(self) -> int:
        # A period at most until a slot's turn comes (slot 0 begins with the period, so this is
        # true of the first one too), then one for each iteration.
        decoding = (passes(self.job, self.job.iterations) + 1) * self.schedule.period
        # The register in the shell holds a beat.
        loading = self.loader.latency_cycles(buffered=1)
        if self.frames > 1:  # A frame alone waits for others before its group starts.
            loading += self.loader.group.pause_cycles + 4
        # With retries a result is in a register before it leaves; odd checks may be counted late.
        late = bool(self.job.restarts) + (self.odd_count.late_cycles if self.odd_count else 0)
        return loading + decoding + self.unloader.cycles_per_frame + late

    @property
    def stream_cycles_per_frame(self) -> int:
        """Clock cycles that the slower of the two streams takes for a frame."""
        return max(self.loader.cycles_per_frame, self.unloader.cycles_per_frame)

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from frame to frame at full speed when each takes ``iterations``."""
        turns = passes(self.job, iterations)
        decoding = turns * self.schedule.period / self.options.slots / self.frames
        return max(decoding, self.stream_cycles_per_frame)

    def elaborate(self, platform):
        m = Module()
        job, options = self.job, self.options
        sequencer = Sequencer(job, options, self.schedule, self.addressing)
        m.submodules.datapath = datapath = Datapath(
            self.arithmetic, options, self.pipeline, self.addressing, sequencer,
            self.schedule.longest_wait - self.pipeline.indexed, counted=self.odd_count is not None,
        )  # fmt: skip
        m.submodules.slots = slots = self._slots(m, datapath)
        m.d.comb += [
            slots.slot.eq(datapath.slot),
            datapath.state.eq(slots.state),
            slots.layer_end.eq(datapath.layer_end),
        ]
        loader = self._input(m, datapath, slots)
        loaded = Signal(range(options.input_regions + 1))
        m.d.sync += loaded.eq(loaded + loader.loaded - slots.released)
        m.d.comb += self.room.eq(loaded != options.input_regions)

        m.submodules.unloader = unloader = self.unloader
        m.submodules.hard = hard = self._hard_memory()
        m.submodules.marks = marks = self._marks()
        m.d.comb += [
            hard.w_en.eq(datapath.hard_write),
            hard.w_addr.eq(datapath.hard_address),
            hard.w_data.eq(datapath.hard_word),
            unloader.start.eq(slots.result_valid),
            unloader.region.eq(slots.result_region),
            slots.result_taken.eq(unloader.done),
            marks.put.eq(self.i.valid & self.i.ready & self.due & ~self.i.payload.abort),
            marks.i.eq(self.i.payload.mark),
            marks.take.eq(unloader.done),
            *self._leaving(unloader),
            self.o.payload.last.eq(unloader.o.payload.last),
            self.o.payload.status.eq(slots.result),
            self.o.payload.mark.eq(marks.o),
            self.o.valid.eq(unloader.o.valid),
            unloader.o.ready.eq(self.o.ready),
        ]
        if self.frames == 1:
            m.d.comb += [
                hard.r_addr.eq(unloader.address),
                hard.r_piece.eq(unloader.piece),
                unloader.word.eq(hard.r_data),
            ]
        else:
            m.d.comb += [
                hard.r_places.eq(unloader.places),
                unloader.bits.eq(hard.r_data),
                unloader.frame.eq(slots.result_frame),
                slots.writer.eq(datapath.writer),
                datapath.running.eq(slots.running),
            ]
        return m

    def _slots(self, m: Module, datapath: Datapath) -> SlotControl:
        job, options, odd = self.job, self.options, self.odd_count
        if self.frames > 1:
            return GroupSlots(job, options, self.frames)
        if odd is None:
            return SlotControl(job, options)
        m.submodules.odd_count = odd
        slots = SlotControl(
            job, options, odd_checks=odd.checks, odd_late=odd.late_cycles
        )
        m.d.comb += [
            odd.row.eq(datapath.row_end),
            odd.odd.eq(datapath.odd_rows),
            odd.slot.eq(slots.odd_slot),
            slots.odd.eq(odd.total),
        ]
        return slots

    def _leaving(self, unloader: FrameUnloader | GroupUnloader) -> list:
        """Bits, and values where they leave too, of a beat of the unloader."""
        beat, answer = unloader.o.payload, self.o.payload
        if not self.format.soft_bits:
            return [answer.bits.eq(beat.bits)]
        decisions, values = decisions_and_values(self.arithmetic, beat.bits)
        return [
            answer.bits.eq(decisions),
            *(to.eq(value) for to, value in zip(answer.soft, values, strict=True)),
        ]

    def _marks(self) -> MemoryQueue:
        """Marks of the frames inside: answers leave in the order of the frames."""
        queue = BlockQueue if self.frames > 1 else MemoryQueue
        return queue(status.layout(self.format.mark), 1 << (self.frames_inside - 1).bit_length())

    @property
    def frames_inside(self) -> int:
        """Frames, at most, between their last beat in and their last beat out."""
        regions = 2 * max(self.options.input_regions, self.options.output_regions)
        # A frame in lock-step waits for its region as it came.
        return regions if self.frames == 1 else regions * self.frames + 1

    def _hard_memory(self) -> WindowMemory | BitsMemory:
        options, z, order = self.options, self.job.code.lifting_size, self.unloader.order
        depth = options.hard_regions(self.job) << self.addressing.hard_bits
        wide_writes = named(options.target).wide_writes
        if self.frames == 1:
            return WindowMemory(z, options.bits_per_beat, depth, wide_writes, self.lane_bits)
        lanes = z // self.frames
        at_once = order.at_once
        return BitsMemory(lanes, self.frames, depth, at_once, wide_writes, self.lane_bits)

    def _input(self, m: Module, datapath: Datapath, slots: SlotControl) -> Loader | GroupLoader:
        m.submodules.loader = loader = self.loader
        depth = self.options.input_regions << self.addressing.channel_bits
        in_frame = self.job.code.lifting_size // self.frames
        lanes = data.ArrayLayout(self.arithmetic.channel.bits, in_frame)
        channel = PartedMemory(lanes, self.frames, depth) if self.frames > 1 else BlockMemory(
            lanes, depth
        )
        m.submodules.channel = channel
        m.d.comb += [
            self.due.eq(loader.due),
            loader.i.payload.lanes.eq(self.i.payload.values),
            loader.i.payload.abort.eq(self.i.payload.abort),
            loader.i.valid.eq(self.i.valid),
            self.i.ready.eq(loader.i.ready),
            loader.released.eq(slots.released),
            slots.loaded.eq(loader.loaded),
            *(self._grouped(loader, slots, channel) if self.frames > 1 else (
                channel.w_en.eq(loader.write),
                channel.w_addr.eq(loader.address),
                channel.w_data.eq(loader.word),
            )),
            channel.r_addr.eq(datapath.channel_address),
            datapath.channel_word.eq(channel.r_data),
        ]
        return loader

    def _grouped(self, loader: GroupLoader, slots: GroupSlots, channel: PartedMemory) -> list:
        """Lock-step: words of each frame by itself, groups to the slots."""
        return [
            channel.w_en.eq(loader.w_en),
            channel.w_addr.eq(loader.w_addr),
            *(channel.w_data[frame].eq(loader.w_data) for frame in range(self.frames)),
            slots.last.eq(loader.last),
            loader.hungry.eq(slots.hungry),
        ]
