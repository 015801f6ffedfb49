"""Equal modules become one, and only those."""

import re

from amaranth.back import rtlil
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.verilog.deduplicate import deduplicate


class Leaf(wiring.Component):
    """Adds a constant; its parent's nets reach it under numbers."""

    def __init__(self, constant: int):
        self.constant = constant
        super().__init__({"i": In(8), "o": Out(8)})

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.o.eq(self.i + self.constant)
        return m


class Pair(wiring.Component):
    def __init__(self, constant: int):
        self.constant = constant
        super().__init__({"i": In(8), "o": Out(8)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.a = a = Leaf(self.constant)
        m.submodules.b = b = Leaf(self.constant)
        m.d.comb += [a.i.eq(self.i ^ 3), b.i.eq(a.o & self.i), self.o.eq(b.o | a.o)]
        return m


class Top(wiring.Component):
    def __init__(self):
        super().__init__({"i": In(8), "o": Out(8)})

    def elaborate(self, platform):
        m = Module()
        value = self.i
        for number, constant in enumerate((1, 1, 2, 1)):
            pair = Pair(constant)
            m.submodules[f"pair{number}"] = pair
            middle = Signal(8, name=f"middle{number}")
            m.d.comb += [pair.i.eq(value), middle.eq(pair.o + 1)]
            value = middle
        m.d.comb += self.o.eq(value)
        return m


def test_each_module_once():
    text = rtlil.convert(Top(), name="top", emit_src=False)
    once = deduplicate(text)
    assert len(re.findall("^module", text, re.M)) == 13
    names = re.findall(r"^module (\S+)", once, re.M)
    # Two leaves by their constants; a pair whose input is a pin names it otherwise inside.
    leaves = [name for name in names if name.count(".") == 2]
    assert leaves == ["\\top.pair0.a", "\\top.pair2.a"]
    instances = re.findall(r"^  cell (\\\S+) \\(\S+)\n((?:    .*\n)*)", once, re.M)
    kinds = {name: kind for kind, name, _ in instances if name.startswith("pair")}
    assert kinds["pair1"] == kinds["pair3"] != kinds["pair2"]
    # Every wire an instance names is a port of its module.
    ports = {m[1]: set(re.findall(r"^  wire .*put \d+ .*(\\\S+)$", m[2], re.M)) for m in
             re.finditer(r"^module (\S+)\n(.*?)^end$", once, re.M | re.S)}  # fmt: skip
    assert len(instances) == 10
    for kind, _, wires in instances:
        assert set(re.findall(r"^    connect (\S+)", wires, re.M)) == ports[kind]


def test_nothing_to_merge_stays():
    text = rtlil.convert(Leaf(1), name="leaf", emit_src=False)
    assert deduplicate(text) == text[text.index("module ") :].strip() + "\n"
