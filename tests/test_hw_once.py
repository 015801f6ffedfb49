"""One module for all components that are the same, and instances of it."""

import re

from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hw.emit import verilog_text
from hw.lib.once import put


class Counted(wiring.Component):
    """Adds ``step`` to the sum of a pair; with ``late`` a clock later."""

    def __init__(self, step: int, late: bool):
        self.made_of = step, late
        self.step, self.late = step, late
        super().__init__({"pair": In(data.ArrayLayout(4, 2)), "total": Out(6)})

    def elaborate(self, platform):
        m = Module()
        domain = m.d.sync if self.late else m.d.comb
        domain += self.total.eq(self.pair[0] + self.pair[1] + self.step)
        return m


class Nested(wiring.Component):
    """A :class:`Counted` inside."""

    def __init__(self, step: int):
        self.made_of = (step,)
        self.step = step
        super().__init__({"value": In(4), "total": Out(6)})

    def elaborate(self, platform):
        m = Module()
        inner = Counted(self.step, True)
        put(m, "inner", inner)
        m.d.comb += [inner.pair[0].eq(self.value), inner.pair[1].eq(self.value),
                     self.total.eq(inner.total)]  # fmt: skip
        return m


class Many(wiring.Component):
    """Eight parts of four sorts."""

    def __init__(self):
        self.parts = [Counted(step, late) for step, late in
                      [(1, False), (2, True), (1, False), (2, True), (2, True)]]  # fmt: skip
        self.nested = [Nested(step) for step in (2, 2, 3)]
        super().__init__({"value": In(4), "totals": Out(data.ArrayLayout(6, 8))})

    def elaborate(self, platform):
        m = Module()
        for i, part in enumerate(self.parts):
            put(m, f"part{i}", part)
            m.d.comb += [part.pair[0].eq(self.value), part.pair[1].eq(i),
                         self.totals[i].eq(part.total)]  # fmt: skip
        for i, part in enumerate(self.nested):
            put(m, f"nested{i}", part)
            m.d.comb += [part.value.eq(self.value), self.totals[5 + i].eq(part.total)]
        return m


def test_equal_ones_share_a_module():
    text = verilog_text(Many(), "top")
    modules = re.findall(r"^module (\S+) \(", text, re.MULTILINE)
    assert sorted(name.rsplit("_", 1)[0] for name in modules if name != "top") == [
        "top_counted", "top_counted", "top_counted", "top_nested", "top_nested"
    ]  # fmt: skip
    (top,) = re.findall(r"^module top \(.*?^endmodule", text, re.MULTILINE | re.DOTALL)
    for i in range(5):
        assert re.search(rf"^  top_counted_\d+ part{i} \(", top, re.MULTILINE)
    for i in range(3):
        assert re.search(rf"^  top_nested_\d+ nested{i} \(", top, re.MULTILINE)
    late = re.findall(r"\.clk\(clk\)", top)
    assert len(late) == 3 + 3  # sums without a register have no clock


def test_the_text_is_the_same_each_time():
    assert verilog_text(Many(), "top") == verilog_text(Many(), "top")


def test_a_simulation_has_submodules():
    design = Many()
    simulator = Simulator(design)
    simulator.add_clock(1e-6)

    async def bench(ctx):
        ctx.set(design.value, 5)
        await ctx.tick()
        found = [int(ctx.get(design.totals[i])) for i in range(8)]
        assert found == [6, 8, 8, 10, 11, 12, 12, 13]

    simulator.add_testbench(bench)
    simulator.run()
