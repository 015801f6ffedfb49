"""A place whose program changes while frames of its code and of others are in the decoder."""

import random
from dataclasses import replace

import numpy as np
from amaranth_bench import simulate
from small_sets import small_set

from hw.code_set import kind
from hw.code_set.programs.made import program_of
from hw.frame import cores
from quant.code_set import golden
from quant.code_set.control import Control, Status
from quant.code_set.spec import CodeSetSpec
from sim.code_set.programs import turned
from sim.min_sum.stimulus import mixed_codes
from sim.stimulus.frames import pack_bits, pack_codes

FRAMES, VERSIONS = 70, 6


class Sender:
    """Beats of frames or bytes of programs, one behind the other, on a stream."""

    def __init__(self, dut, prefix: str):
        self.ports = [getattr(dut, f"{prefix}_{n}") for n in ("tdata", "tvalid", "tready", "tlast")]
        self.left: list[int] = []

    def drive(self, ctx) -> None:
        data, valid, _, last = self.ports
        ctx.set(valid, bool(self.left))
        if self.left:
            ctx.set(data, self.left[0])
            ctx.set(last, len(self.left) == 1)

    def observe(self, ctx) -> None:
        if self.left and ctx.get(self.ports[2]):
            self.left.pop(0)


class Bench:
    """Frames of codes of the set and of the place, and a new program whenever one is in."""

    def __init__(self, spec: CodeSetSpec, seed: int):
        self.rng, self.drawn, self.spec = random.Random(seed), np.random.default_rng(seed), spec
        self.dut = kind.component(spec, kind.OPTIONS(programs=1))
        self.core = cores.one_of(self.dut)
        self.place = len(spec.members)
        members = (spec.members[n % self.place] for n in range(VERSIONS))
        self.versions = [turned(member, n, self.drawn) for n, member in enumerate(members)]
        self.programs = [program_of(self.core, 0, code) for code in self.versions]
        self.there = -1  # version that was written last
        self.data, self.program = Sender(self.dut, "s_axis"), Sender(self.dut, "s_axis_program")
        self.frames: list[list[int]] = []
        self.due = {"statuses": [], "results": []}
        self.found = {"statuses": [], "results": []}
        self.of_versions: list[int | None] = []  # of each frame of the place; None: it was dropped

    def _taken(self, control: Control, valid: bool) -> None:
        """A control word was taken: its frame follows, and what must come of it is known."""
        if control.code == self.place:
            member = self.versions[max(self.there, 0)]
            self.of_versions.append(self.there if valid else None)
        else:
            member = self.spec.members[control.code]
        values = mixed_codes(member, 1, 3.0, self.drawn)[0]
        options = self.core.options
        beats = pack_codes(values, options.llrs_per_beat, np.zeros(options.llrs_per_beat))
        self.frames.append([int.from_bytes(beat.tobytes(), "little") for beat in beats])
        if not valid:
            self.due["statuses"].append(Status.of_dropped(control).word())
            return
        found = golden.decode(CodeSetSpec("one", (member,)), [replace(control, code=0)], [values])
        self.due["statuses"].append(replace(found.status_of(0), code=control.code).word())
        beats = pack_bits(found.bits[0], options.bits_per_beat)
        self.due["results"] += [int.from_bytes(beat.tobytes(), "little") for beat in beats]

    async def run(self, ctx) -> None:
        dut, rng = self.dut, self.rng
        control, waits = None, 0
        for number in range(FRAMES):
            control = Control(rng.choice((0, self.place, self.place)), number, rng.randrange(1, 9))
            while True:
                ctx.set(dut.s_axis_ctrl_tdata, control.word())
                ctx.set(dut.s_axis_ctrl_tvalid, 1)
                taken = ctx.get(dut.s_axis_ctrl_tready)
                claimed = ctx.get(self.core.programs.writer.claim)
                if taken:
                    there = ctx.get(dut.programs_loaded) and not claimed
                    self._taken(control, control.code != self.place or bool(there))
                waits = await self._cycle(ctx, waits)
                if taken:
                    break
        ctx.set(dut.s_axis_ctrl_tvalid, 0)
        for _ in range(4000):
            await self._cycle(ctx, 1)

    async def _cycle(self, ctx, waits: int) -> int:
        """One cycle of all other streams; how many pass until the next program begins."""
        dut = self.dut
        if not self.program.left and not waits and self.there + 1 < VERSIONS:
            self.program.left = list(self.programs[self.there + 1])
            waits = self.rng.randrange(100, 1500)
        if not self.data.left and self.frames:
            self.data.left = self.frames.pop(0)
        self.data.drive(ctx)
        self.program.drive(ctx)
        ctx.set(dut.m_axis_tready, self.rng.random() < 0.8)
        ctx.set(dut.m_axis_status_tready, self.rng.random() < 0.8)
        self.data.observe(ctx)
        self.program.observe(ctx)
        for name, port in (("results", "m_axis"), ("statuses", "m_axis_status")):
            if ctx.get(getattr(dut, f"{port}_tvalid")) and ctx.get(getattr(dut, f"{port}_tready")):
                self.found[name].append(ctx.get(getattr(dut, f"{port}_tdata")))
        assert not ctx.get(dut.program_refused)
        self.there += ctx.get(dut.program_accepted)
        await ctx.tick()
        return waits if self.program.left else max(0, waits - 1)


def test_frames_before_and_after_a_new_program_are_those_of_their_codes():
    spec = small_set(z=4)
    bench = Bench(replace(spec, members=spec.members[:2]), seed=5)
    simulate(bench.dut, bench.run)
    assert bench.found == bench.due
    versions = bench.of_versions
    assert {0, 1, 2} <= set(versions) and None in versions
    # A program came while frames of its place were on their way, and others were dropped meanwhile.
    changes = [pair for pair in zip(versions, versions[1:], strict=False) if pair[0] != pair[1]]
    assert len(changes) >= 5
