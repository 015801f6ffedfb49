"""Memory of words that are read straight or turned, alone and as a rotator's first stage."""

import pytest
from amaranth.back import verilog
from amaranth.hdl import Elaboratable, Module, unsigned
from amaranth.lib import data
from amaranth_bench import simulate

from hw.lib.rotating_memory import RotatingMemory
from hw.lib.rotator import Rotator
from hw.lib.shift_plan import ShiftPlan
from sim.netlist.document import load_netlist
from synth.targets import target_named
from synth.yosys import count_cells, synthesise


class TurnedRotator(Elaboratable):
    """The memory does the widest stage, the rotator the others but the last."""

    def __init__(self, ring, rings, width, depth, stored_bits):
        wide = ring > 16  # with four orientations
        plan = ShiftPlan(ring, copies=wide, open=True, wide_read=wide)
        self.rotator = Rotator(plan, width, rings=rings, first_done=True)
        word = data.ArrayLayout(unsigned(width), ring * rings)
        first = plan.stages[0]
        self.memory = RotatingMemory(word, ring, first.amount, depth, stored_bits, first.ways)

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory, m.submodules.rotator = self.memory, self.rotator
        m.d.comb += self.rotator.i.eq(self.memory.r_data)
        return m


@pytest.mark.parametrize("stored_bits", [0, 3, 7])
@pytest.mark.parametrize(("ring", "rings"), [(3, 2), (6, 9), (27, 2), (54, 1)])
def test_every_shift_of_every_word(ring, rings, stored_bits):
    width, depth, lanes = 7, 3, ring * rings
    top = TurnedRotator(ring, rings, width, depth, stored_bits)
    memory, rotator = top.memory, top.rotator

    def lane(address: int, number: int) -> int:
        return (number * 37 + address * 101 + 5) % (1 << width)

    async def bench(ctx):
        for address in range(depth):
            ctx.set(memory.w_en, 1)
            ctx.set(memory.w_addr, address)
            ctx.set(memory.w_data.as_value(),
                    sum(lane(address, i) << i * width for i in range(lanes)))  # fmt: skip
            await ctx.tick()
        ctx.set(memory.w_en, 0)
        for address in range(depth):
            for shift in range(min(ring, rotator.plan.reach)):
                ctx.set(memory.r_addr, address)
                ctx.set(memory.r_turn, shift // rotator.plan.stages[0].amount)
                await ctx.tick()
                ctx.set(memory.r_addr, 0)  # each word is read in one cycle only
                ctx.set(memory.r_turn, 0)
                await ctx.tick().repeat(memory.latency_cycles - 1)
                ctx.set(rotator.shift, rotator.plan.controls(shift))
                await ctx.tick()
                ctx.set(rotator.shift, 0)
                for _ in range(rotator.latency_cycles - 1):
                    await ctx.tick()
                await ctx.delay(1e-9)
                near, far = (ctx.get(word.as_value()) for word in (rotator.o, rotator.far))
                for i in range(lanes):
                    start = i - i % ring
                    next_one = start + (i + 1) % ring
                    got = (near >> i * width | far >> next_one * width) & (1 << width) - 1
                    assert got == lane(address, start + (i + shift) % ring)

    simulate(top, bench)


def test_both_orientations_are_block_ram_and_no_look_up_table(tmp_path):
    """54 lanes of two bits take three block RAMs of ECP5, and six in two orientations."""
    memory = RotatingMemory(data.ArrayLayout(unsigned(2), 54), 54, 32, 73, stored_bits=2)
    (tmp_path / "turned.v").write_text(verilog.convert(memory, name="turned"))
    netlist, device = tmp_path / "turned.json", target_named("ecp5-85k")
    synthesise(tmp_path / "turned.v", "turned", device, netlist, tmp_path / "log")
    cells = count_cells(load_netlist(netlist), "turned")
    assert (cells["DP16KD"], cells["LUT4"]) == (6, 0), cells
