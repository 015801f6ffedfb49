# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""The whole decoder: AXI4-Stream in, block-serial decoding, AXI4-Stream out."""

from functools import partial

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, wiring

from hw.lib.decoder_ports import stream_ports
from hw.lib.frame_guard import FrameGuard
from hw.lib.memory import BlockMemory, PartedMemory
from hw.lib.queue import BlockQueue, MemoryQueue
from hw.lib.stage import StreamRegister
from hw.lib.target import named
from hw.lib.window_memory import WindowMemory
from hw.qc_ldpc.bits_memory import BitsMemory
from hw.qc_ldpc.channel_word import ChannelWord
from hw.qc_ldpc.core import DecoderCore
from hw.qc_ldpc.drops import DROP_BITS
from hw.qc_ldpc.group_loader import GroupLoader
from hw.qc_ldpc.group_slots import GroupSlots
from hw.qc_ldpc.loader import Loader
from hw.qc_ldpc.options import Options
from hw.qc_ldpc.program import Addressing
from hw.qc_ldpc.schedule import make_schedule, passes
from hw.qc_ldpc.slots import ITERATION_BITS, SlotControl
from hw.qc_ldpc.unloader import FrameUnloader, GroupUnloader
from quant.spec import Spec


class LayeredDecoder(wiring.Component):
    """Min-sum decoder for one spec, layered or flooding, a block edge a cycle.

    Members (the Verilog ports, beside ``clk`` and the synchronous active-high ``rst``)
    -------
    s_axis_* : ``llrs_per_beat`` channel codes a beat, byte i is code i as two's complement int8,
        saturated to the spec's channel range; a frame is n codes in transmitted order, ``tlast``
        on its last beat and nowhere else
    m_axis_* : ``bits_per_beat`` hard decisions a beat, all bits of the graph in natural order,
        zero padded; ``tuser`` = {dropped[3:0], iterations[6:0], decoded} on every beat, where
        ``dropped`` counts the frames dropped since the one before (saturating)
    frame_dropped : strobe for each input frame of the wrong length

    Attributes
    ----------
    schedule : the static schedule of an iteration
    loader, unloader : blocks between the streams and the memories
    frames : decoded in lock-step (:mod:`hw.qc_ldpc.lockstep`), 1 where each has all lanes
    room : signal, an input region is free
    drop_bits : of ``m_axis_tuser``, its highest
    latency_cycles : upper bound from a frame's last input beat to its last output beat, when the
        decoder is idle and the output is never stalled
    """

    def __init__(self, spec: Spec, options: Options):
        self.spec, self.options = spec, options = spec, options.resolved(spec)
        self.frames = options.frames(spec)
        self.addressing = Addressing(spec, options.slots, options.llrs_per_beat, self.frames)
        # Wide words come from all over the die.
        self.schedule = make_schedule(self.addressing.lifted, options.slots, way=1)
        alone = self.frames == 1
        loader, unloader = (Loader, FrameUnloader) if alone else (GroupLoader, GroupUnloader)
        self.loader = loader(spec, options, self.addressing)
        self.unloader = unloader(spec, options, self.addressing)
        self.room, self.drop_bits = Signal(), DROP_BITS
        super().__init__(stream_ports(options, 1 + ITERATION_BITS + DROP_BITS))

    @property
    def latency_cycles(self) -> int:
        # A period at most until a slot's turn comes (slot 0 begins with the period, so this is
        # true of the first one too), then one for each iteration.
        decoding = (passes(self.spec, self.spec.iterations) + 1) * self.schedule.period
        # The register in front of the frame guard holds a beat.
        loading = self.loader.latency_cycles(buffered=1)
        if self.frames > 1:  # A frame alone waits for others before its group starts.
            loading += self.loader.group.pause_cycles + 4
        return loading + decoding + self.unloader.cycles_per_frame

    @property
    def stream_cycles_per_frame(self) -> int:
        """Clock cycles that the slower of the two streams takes for a frame."""
        return max(self.loader.cycles_per_frame, self.unloader.cycles_per_frame)

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from frame to frame at full speed when each takes ``iterations``."""
        turns = passes(self.spec, iterations)
        decoding = turns * self.schedule.period / self.options.slots / self.frames
        return max(decoding, self.stream_cycles_per_frame)

    def elaborate(self, platform):
        m = Module()
        spec, options, addressing = self.spec, self.options, self.addressing
        m.submodules.core = core = DecoderCore(spec, options, self.schedule, addressing)
        if self.frames > 1:
            m.submodules.slots = slots = GroupSlots(spec, options, self.frames)
        else:
            m.submodules.slots = slots = SlotControl(spec, options)
        m.d.comb += [
            slots.slot.eq(core.slot),
            core.state.eq(slots.state),
            slots.layer_end.eq(core.layer_end),
        ]
        loader = self._input(m, core, slots)
        loaded = Signal(range(options.input_regions + 1))
        m.d.sync += loaded.eq(loaded + loader.loaded - slots.released)
        m.d.comb += self.room.eq(loaded != options.input_regions)

        m.submodules.unloader = unloader = self.unloader
        m.submodules.hard = hard = self._hard_memory()
        # Frames keep their order, so the drop counts need no frame number.
        in_system = 2 * max(options.input_regions, options.output_regions)
        if self.frames > 1:
            drops = BlockQueue(DROP_BITS, 1 << (in_system * self.frames - 1).bit_length())
        else:
            drops = MemoryQueue(DROP_BITS, in_system)
        m.submodules.drops = drops
        m.d.comb += [
            hard.w_en.eq(core.hard_write),
            hard.w_addr.eq(core.hard_address),
            hard.w_data.eq(core.hard_word),
            unloader.start.eq(slots.result_valid),
            unloader.region.eq(slots.result_region),
            slots.result_taken.eq(unloader.done),
            drops.put.eq(loader.loaded if self.frames == 1 else loader.frame_loaded),
            drops.i.eq(loader.drops),
            drops.take.eq(unloader.done),
            self.m_axis_tdata.eq(unloader.o.payload.bits),
            self.m_axis_tlast.eq(unloader.o.payload.last),
            self.m_axis_tvalid.eq(unloader.o.valid),
            self.m_axis_tuser.eq(
                Cat(slots.result.decoded, slots.result.iterations, drops.o)
            ),
            unloader.o.ready.eq(self.m_axis_tready),
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
                slots.writer.eq(core.writer),
                core.running.eq(slots.running),
            ]
        return m

    def _hard_memory(self) -> WindowMemory | BitsMemory:
        options, z, order = self.options, self.spec.code.lifting_size, self.unloader.order
        depth = options.output_regions << self.addressing.hard_bits
        wide_writes = named(options.target).wide_writes
        if self.frames == 1:
            return WindowMemory(z, options.bits_per_beat, depth, wide_writes)
        lanes = z // self.frames
        return BitsMemory(lanes, self.frames, depth, order.at_once, wide_writes)

    def _input(self, m: Module, core: DecoderCore, slots: SlotControl) -> Loader | GroupLoader:
        spec, options, addressing = self.spec, self.options, self.addressing
        z, width = spec.code.lifting_size, options.llrs_per_beat
        channel_word = ChannelWord(spec)
        # The loader knows before a beat comes whether it takes one: no need for a skid buffer.
        m.submodules.guard = guard = FrameGuard(spec.channel.bits * width, beats=None)
        m.submodules.arriving = arriving = StreamRegister(guard.i.payload.shape())
        wiring.connect(m, arriving.o, guard.i)
        m.submodules.loader = loader = self.loader
        depth = options.input_regions << addressing.channel_bits
        lanes = data.ArrayLayout(channel_word.bits, z // self.frames)
        channel = PartedMemory(lanes, self.frames, depth) if self.frames > 1 else BlockMemory(
            lanes, depth
        )
        m.submodules.channel = channel
        codes = Signal(data.ArrayLayout(spec.channel.bits, width))
        look_up = partial(named(options.target).look_up, m)
        for i in range(width):
            byte = self.s_axis_tdata.word_select(i, 8)
            m.d.comb += codes[i].eq(channel_word.saturated(byte, look_up))
        m.d.comb += [
            arriving.i.payload.bits.eq(codes),
            arriving.i.payload.last.eq(self.s_axis_tlast),
            arriving.i.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(arriving.i.ready),
            self.frame_dropped.eq(loader.dropped),
            guard.due.eq(loader.due),
            loader.i.payload.lanes.eq(guard.o.payload.bits),
            loader.i.payload.abort.eq(guard.o.payload.abort),
            loader.i.valid.eq(guard.o.valid),
            guard.o.ready.eq(loader.i.ready),
            loader.released.eq(slots.released),
            slots.loaded.eq(loader.loaded),
            *(self._grouped(loader, slots, channel) if self.frames > 1 else (
                channel.w_en.eq(loader.write),
                channel.w_addr.eq(loader.address),
                channel.w_data.eq(loader.word),
            )),
            channel.r_addr.eq(core.channel_address),
            core.channel_word.eq(channel.r_data),
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
