# amaranth: UnusedElaboratable=no
# One shell is only asked for its ports.
"""The shell: marks of frames, frames of wrong length, ports of a core's own, places of fields."""

import random

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth_bench import simulate

from hw.emit import port_table
from hw.frame import status
from hw.frame.guard import BeatCount
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import INPUT_STAGES, Shell

BEATS = 3


class LastBeat(wiring.Component):
    """The answer is the last of a frame's beats, the status their sum modulo 16."""

    spec, options, latency_cycles = None, None, 4

    def __init__(self, input_stage: str | None, tagged: bool):
        self.input_stage = input_stage
        self.format = FrameFormat(
            values=2 * BEATS - 1, values_per_beat=2, value_bits=4, bits=8, bits_per_beat=8,
            status={"sum": 4}, mark=status.marks(tagged),
        )  # fmt: skip
        self.side_ports = {"offset": In(4), "seen": Out(4)}
        super().__init__(core_ports(self.format) | self.side_ports)

    def value_of(self, m, byte):
        return byte[:4]

    def cycles_per_frame(self, iterations: float) -> float:
        return BEATS * iterations

    def elaborate(self, platform):
        m = Module()
        m.submodules.count = count = BeatCount(BEATS)
        answer, total = Signal(self.o.payload.shape()), Signal(4)
        beat, taken = self.i.payload, self.i.valid & self.i.ready
        m.d.comb += [
            self.i.ready.eq(~self.o.valid),
            count.taken.eq(taken),
            count.restart.eq(beat.abort),
            self.due.eq(count.due),
            self.room.eq(~self.o.valid),
            self.o.payload.eq(answer),
            self.seen.eq(total),
        ]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(taken):
            m.d.sync += total.eq(total + beat.values[0] + self.offset)
            with m.If(beat.abort):
                m.d.sync += total.eq(0)
            with m.Elif(self.due):
                m.d.sync += [
                    total.eq(0),
                    self.o.valid.eq(1),
                    answer.bits.eq(beat.values),
                    answer.last.eq(1),
                    answer.mark.eq(beat.mark),
                    answer.status.sum.eq(total + beat.values[0] + self.offset),
                ]
        return m


@pytest.mark.parametrize("tagged", [False, True])
@pytest.mark.parametrize("stage", [*INPUT_STAGES, None])
def test_marks_count_what_was_dropped_and_tags_what_was_not(stage, tagged):
    """Frames of all lengths under back-pressure; runs of wrong ones beyond what a count holds."""
    rng = random.Random(5)
    lengths = [3, 2, 3, 3, 1, 7, 3, *[4] * 19, 3, *(rng.randint(1, 5) for _ in range(60)), 3]
    frames = [[rng.randrange(1 << 16) for _ in range(length)] for length in lengths]
    due, dropped, tag = [], 0, 0
    for beats in frames:
        if len(beats) != BEATS:
            dropped = min(dropped + 1, 15)
            continue
        low = [beat & 15 for beat in beats]
        user = (sum(low) + BEATS * 2) % 16 | dropped << 4 | (tag << 8 if tagged else 0)
        due.append(((beats[-1] & 15) | (beats[-1] >> 8 & 15) << 4, user))
        dropped, tag = 0, (tag + 1) % 256
    shell, got, strobes = Shell(LastBeat(stage, tagged)), [], []

    async def source(ctx):
        ctx.set(shell.offset, 2)
        for beats in frames:
            for number, beat in enumerate(beats):
                while rng.random() < 0.2:
                    await ctx.tick()
                ctx.set(shell.s_axis_tvalid, 1)
                ctx.set(shell.s_axis_tdata, beat)
                ctx.set(shell.s_axis_tlast, number == len(beats) - 1)
                await ctx.tick().until(shell.s_axis_tready)
                ctx.set(shell.s_axis_tvalid, 0)

    async def sink(ctx):
        sampled = (shell.m_axis_tvalid, shell.m_axis_tdata, shell.m_axis_tuser, shell.m_axis_tlast)
        while len(got) < len(due):
            ready = rng.random() < 0.6
            ctx.set(shell.m_axis_tready, ready)
            _, _, valid, word, user, last = await ctx.tick().sample(*sampled)
            if ready and valid:
                assert last
                got.append((word, user))

    async def count(ctx):
        async for *_, dropped in ctx.tick().sample(shell.frame_dropped):
            strobes.append(dropped)

    simulate(shell, source, sink, background=[count])
    assert got == due
    assert sum(strobes) == sum(length != BEATS for length in lengths)


def test_ports_are_those_of_the_streams_and_the_cores_own():
    shell = Shell(LastBeat(None, tagged=True))
    ports = port_table(shell)
    assert {name: ports[name]["width"] for name in ("s_axis_tdata", "m_axis_tdata")} == {
        "s_axis_tdata": 16, "m_axis_tdata": 8
    }  # fmt: skip
    assert (ports["offset"]["direction"], ports["seen"]["direction"]) == ("input", "output")
    places = status.places(shell.format.user)
    assert places == {"sum": [0, 4], "dropped": [4, 4], "tag": [8, 8]}
    assert ports["m_axis_tuser"]["width"] == status.width(shell.format.user) == 16
    assert (shell.latency_cycles, shell.cycles_per_frame(2)) == (4, 6)
