"""Components with everything that Verilog is written of, and a proof that it says the same.

Yosys reads Amaranth's RTLIL and our Verilog, makes both gates, and SAT looks for inputs, over a few
clock cycles, for which their outputs differ.
"""

import subprocess
import sys
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import (
    Array,
    Cat,
    ClockDomain,
    Const,
    Instance,
    Module,
    Mux,
    Signal,
    Value,
    signed,
    unsigned,
)
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from hw.emit import verilog_text

_YOSYS = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in sys.argv[1:]:
    libyosys.run_pass(command, design)
"""
_PREPARED = "proc; flatten; memory_map; opt_clean; async2sync; rename top {0}"


def difference(component: wiring.Component, make, folder: Path, cycles: int = 1) -> str | None:
    """None if Verilog and RTLIL of what ``make()`` makes say the same, else what Yosys says.

    ``make`` is called once more, as a component is elaborated once.
    """
    (folder / "top.il").write_text(rtlil.convert(component, name="top", emit_src=False))
    (folder / "top.v").write_text(verilog_text(make(), "top"))
    commands = [
        "read_rtlil top.il", *_PREPARED.format("gold").split("; "),
        "design -stash gold",
        "read_verilog top.v", "hierarchy -check -top top", *_PREPARED.format("gate").split("; "),
        "design -stash gate", "design -copy-from gold gold", "design -copy-from gate gate",
        "miter -equiv -make_outputs -flatten gold gate both",
        # A read port of a memory holds anything before the first clock.
        f"sat -verify -prove trigger 0 -prove-skip {cycles > 1:d} -seq {cycles} both",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _YOSYS, *commands], cwd=folder, capture_output=True, text=True
    )
    return None if done.returncode == 0 else done.stdout[-3000:] + done.stderr[-2000:]


class Operators(wiring.Component):
    """Every operator on operands of two shapes; parts of the results are left unread."""

    def __init__(self, a, b, drop: bool):
        self.drop = drop
        super().__init__({"a": In(a), "b": In(b), "s": In(2), "o": Out(64)})

    def elaborate(self, platform):
        m = Module()
        a, b, s = self.a, self.b, self.s
        found = [
            a + b, a - b, a * b, a & b, a | b, a ^ b, ~a, -b, abs(a), a == b, a != b, a < b,
            a <= b, a > b, a >= b, a << s, a >> s, b >> s, a.any(), b.all(), a.xor(), a.bool(),
            a[:0].any(), a[:0].all(), Cat(a[:0], b),
            Mux(s[0], a, b), a.bit_select(s, 2), b.word_select(s[0], 2), b.as_signed() >> s,
            Cat(a, Const(2, 3), b)[1:-1], a.rotate_left(1), b.replicate(2), (a + 1)[1:],
            a << 2, b >> 2, a >> 4, b >> 9, a << 7,
            (a + b) + (a - 3), (a * 5) ^ (b - a), Const(-3, 4) < a, b.as_unsigned() // 3,
            b.as_unsigned() % 3,
        ]  # fmt: skip
        for number, value in enumerate(found):
            value = Value.cast(value)
            wire = Signal(value.shape(), name=f"value{number}")
            m.d.comb += wire.eq(value)
            found[number] = wire[1 : 1 + len(wire) // 2] if self.drop else wire
        total = Const(0, 64)
        for number, wire in enumerate(found):
            total = total ^ (wire << number % 48)
        m.d.comb += self.o.eq(total)
        return m


class Choices(wiring.Component):
    """Conditions, cases, arrays, assignments of parts."""

    def __init__(self):
        word = data.StructLayout({"low": 3, "high": signed(4)})
        super().__init__({"i": In(6), "j": In(word), "o": Out(24), "p": Out(word)})

    def elaborate(self, platform):
        m = Module()
        first, second, third = (Signal(4, name=f"chosen{n}", init=n) for n in range(3))
        with m.If(self.i[0]):
            m.d.comb += first.eq(self.i)
            with m.If(~self.i[1]):
                m.d.comb += second[1:3].eq(self.i[2:])
        with m.Elif(self.i[1:3] == 2):
            m.d.comb += first[3].eq(1)
        with m.Elif(self.i[4]):
            m.d.comb += [first.eq(self.j.low), third.eq(5)]
        with m.Else():
            m.d.comb += third.eq(self.j.high)
        with m.Switch(self.i):
            with m.Case("1--0-1", "01----"):
                m.d.comb += self.p.low.eq(1)
            with m.Case(3, 4, 5):
                m.d.comb += self.p.high.eq(-1)
            with m.Case("0--0-1"):
                m.d.comb += self.p.eq(self.j)
            with m.Default():
                m.d.comb += self.p.low.eq(self.i)
        with m.Switch(self.i[:2]):
            for n in range(3):
                with m.Case(n):
                    m.d.comb += self.o[16:20].eq(n + 3)
        table = Array(Const(3 * n % 16, 4) for n in range(7))
        m.d.comb += [self.o[:4].eq(first), self.o[4:8].eq(second), self.o[8:12].eq(third),
                     self.o[12:16].eq(table[self.i[3:]]), self.o[20:].eq(Cat(self.i, 1)),
                     ]  # fmt: skip
        return m


class Registers(wiring.Component):
    """Registers with and without reset, enable and partial assignments; a name that is a word of
    Verilog; a part that is there twice; an unused input."""

    def __init__(self):
        super().__init__({"i": In(4), "go": In(1), "o": Out(16), "left": In(3)})

    def elaborate(self, platform):
        m = Module()
        count = Signal(4, init=9)
        plain, held = Signal(4, reset_less=True), Signal(5, reset_less=True, init=3)
        edge = Signal(4)  # a word of Verilog
        m.d.sync += [count.eq(count + self.i), plain.eq(count), edge.eq(edge | plain)]
        with m.If(self.go):
            with m.If(count[0]):  # no "else" of its own
                m.d.sync += held[1:4].eq(self.i)
        with m.Elif(self.i == 7):
            m.d.sync += [held.eq(0), edge.eq(2)]
        lagging = []
        for n in range(2):
            m.submodules[f"lag{n}"] = lag = Lag()
            m.d.comb += [lag.i.eq(count if n else plain), lag.go.eq(self.go)]
            lagging.append(lag.o)
        m.d.comb += self.o.eq(Cat(count, held, edge, lagging[0] ^ lagging[1]))
        return m


class Lag(wiring.Component):
    def __init__(self):
        super().__init__({"i": In(4), "go": In(1), "o": Out(4), "spare": Out(2)})

    def elaborate(self, platform):
        m = Module()
        with m.If(self.go):
            m.d.sync += self.o.eq(self.i + 1)
        m.d.comb += self.spare.eq(self.i)
        return m


class Domains(wiring.Component):
    """A falling edge, and a reset that waits for no clock."""

    def __init__(self):
        super().__init__({"i": In(3), "clear": In(1), "o": Out(6)})

    def elaborate(self, platform):
        m = Module()
        m.domains.late = late = ClockDomain(async_reset=True)
        clock = Signal()
        m.d.comb += [late.clk.eq(clock), late.rst.eq(self.clear)]
        m.d.sync += clock.eq(~clock)
        a, b = Signal(3, init=5), Signal(3)
        with m.If(self.i[0]):
            m.d.late += a.eq(self.i)
        m.d.sync += b.eq(a)
        m.d.comb += self.o.eq(Cat(a, b))
        return m


class Memories(wiring.Component):
    """Ports of all sorts."""

    def __init__(self, words: int, init=()):
        self.words, self.init = words, init
        bits = (words - 1).bit_length()
        super().__init__({"w": In(bits), "r": In(bits), "en": In(2), "go": In(1), "d": In(4),
                          "o": Out(16)})  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = memory.Memory(shape=unsigned(4), depth=self.words,
                                                   init=self.init)  # fmt: skip
        write = words.write_port(granularity=2)
        reads = [words.read_port(), words.read_port(domain="comb"),
                 words.read_port(transparent_for=(write,))]  # fmt: skip
        m.d.comb += [write.addr.eq(self.w), write.data.eq(self.d), write.en.eq(self.en)]
        for n, read in enumerate(reads):
            m.d.comb += [read.addr.eq(self.r), self.o.word_select(n, 4).eq(read.data)]
        begun = Signal()
        m.d.sync += begun.eq(1)
        m.d.comb += [reads[0].en.eq(self.go | ~begun), reads[2].en.eq(1)]
        return m


class Primitives(wiring.Component):
    """A cell that is not ours."""

    def __init__(self):
        super().__init__({"i": In(2), "o": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.cell = Instance(
            "LUT4", p_INIT=Const(0x8421, 16), p_NAME="a\"b", p_N=5, i_A=self.i[0], i_B=self.i[1],
            i_C=0, i_D=0, o_Z=self.o,
        )  # fmt: skip
        return m


class NoBits(wiring.Component):
    """A wire of width 0, chosen."""

    i: In(1)
    o: Out(1)

    def elaborate(self, platform):
        m = Module()
        nothing = Signal(0)
        with m.If(self.i):
            m.d.comb += nothing.eq(self.i)
        m.d.comb += self.o.eq(Cat(nothing, ~self.i))
        return m
