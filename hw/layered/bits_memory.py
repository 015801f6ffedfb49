"""In lock-step: decisions of each frame by itself, of which single lanes are read."""

from amaranth.hdl import Cat, Const, Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.narrow_memory import NarrowMemory


class BitsMemory(wiring.Component):
    """Words of all frames' lanes; a frame's lanes are only written with its enable.

    Every lane that is read in a cycle comes from a copy of its own.

    Parameters
    ----------
    lanes : of a frame
    frames : of a word
    depth : number of words
    at_once : lanes that are read in a cycle
    wide_writes : of the target
    lane_bits : of a lane

    Members
    -------
    w_en, w_addr, w_data : write port, with a register: the copies are where there was room;
        ``w_en`` has a bit for each frame
    r_places : word, then lane in the lowest bits, for each lane that is read
    r_data : for each frame the lanes at these places

    Attributes
    ----------
    latency_cycles : 2, from ``r_places`` to ``r_data``
    """

    latency_cycles = NarrowMemory.latency_cycles

    def __init__(
        self,
        lanes: int,
        frames: int,
        depth: int,
        at_once: int,
        wide_writes: bool,
        lane_bits: int = 1,
    ):
        self.lanes, self.frames, self.at_once = lanes, frames, at_once
        self.lane_bits = lane_bits
        parts = 1 << (lanes - 1).bit_length()
        self.copies = [
            [NarrowMemory(lane_bits, parts, depth, wide_writes) for _ in range(at_once)]
            for _ in range(frames)
        ]
        one = self.copies[0][0]
        super().__init__(
            {
                "w_en": In(frames),
                "w_addr": In(len(one.w_addr)),
                "w_data": In(lanes * frames * lane_bits),
                "r_places": In(data.ArrayLayout(len(one.r_addr), at_once)),
                "r_data": Out(data.ArrayLayout(at_once * lane_bits, frames)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        enable = delayed(m, self.w_en, 1, "enable", reset=True)
        address = delayed(m, self.w_addr, 1, "address")
        written = delayed(m, self.w_data, 1, "written")
        for frame, copies in enumerate(self.copies):
            word = written.word_select(frame, self.lanes * self.lane_bits)
            for number, memory in enumerate(copies):
                padding = (memory.parts - self.lanes) * self.lane_bits
                m.submodules[f"frame{frame}_{number}"] = memory
                m.d.comb += [
                    memory.w_en.eq(enable[frame]),
                    memory.w_addr.eq(address),
                    memory.w_data.eq(Cat(word, Const(0, padding))),
                    memory.r_addr.eq(self.r_places[number]),
                ]
            m.d.comb += self.r_data[frame].eq(Cat(memory.r_data for memory in copies))
        return m
