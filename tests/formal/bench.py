"""What is proved of a block: the block as it is built, what is around it, and properties.

The block's registers and memories hold anything before the first cycle; in that cycle ``rst`` is 1,
and it may be 1 in any later one. Every input is free but for what the bench assumes.
"""

import re

from amaranth.back import rtlil
from amaranth.hdl import Assert, Assume, Elaboratable, Module, ResetSignal, Signal, Value
from amaranth.hdl._ast import AnyConst, Initial
from amaranth.lib import wiring

from formal.inside import Inside


def slug(name: str) -> str:
    """A property's name as one word."""
    return re.sub(r"\W+", "_", name)


class Bench(Elaboratable):
    """A module to which a proof adds a block, assumptions and properties.

    Attributes
    ----------
    m : the module; its registers are reset together with the block's
    properties : names, in the order in which they were added
    consequences : those among them that no fault of the block breaks

    Parameters
    ----------
    only : name of a property; all others are left out
    """

    def __init__(self, only: str | None = None):
        self.m, self._only = Module(), only
        self.properties: list[str] = []
        self.consequences: set[str] = set()
        self._inputs: list[Signal] = []
        self._count = 0
        self.assume(~Initial() | ResetSignal())

    def block(self, component, name: str = "block") -> Inside:
        """Add ``component``, elaborated; the proof drives its inputs."""
        self.m.submodules[name] = inside = Inside(component)
        return inside

    def free(self, shape, name: str) -> Signal:
        """An input that may have any value in every cycle."""
        signal = Signal(shape, name=name)
        self._inputs.append(signal)
        return signal

    def free_inputs(self, interface) -> None:
        """All inputs of a component become free."""
        for path, member, value in interface.signature.flatten(interface):
            if member.flow is wiring.In:
                value = Value.cast(value)
                self.m.d.comb += value.eq(self.free(len(value), "__".join(map(str, path))))

    def signal(self, value, name: str) -> Signal:
        """A wire."""
        value = Value.cast(value)
        wire = Signal(value.shape(), name=name)
        self.m.d.comb += wire.eq(value)
        return wire

    def past(self, value, cycles: int = 1):
        """The value of so many cycles before; 0 where a reset was in between."""
        for _ in range(cycles):
            self._count += 1
            register = Signal(Value.cast(value).shape(), name=f"past{self._count}")
            self.m.d.sync += register.eq(value)
            value = register
        return value

    def constant(self, shape, name: str) -> Signal:
        """A number that never changes, and may be any one."""
        return self.signal(AnyConst(shape), name)

    def assume(self, condition) -> None:
        """What the block is promised, in every cycle."""
        self.m.d.comb += Assume(condition)

    def always(self, name: str, condition) -> None:
        """A property: ``condition`` holds in every cycle but the first."""
        condition, name = Value.cast(condition), slug(name)
        if self._only not in (None, name):
            return
        if name in self.properties:
            raise ValueError(f"two properties are called {name}")
        self.properties.append(name)
        self.m.d.comb += Assert(Initial() | condition.bool(), name)

    def follows(self, name: str, condition) -> None:
        """A property that follows from what is assumed: others are inductive with it."""
        self.always(name, condition)
        self.consequences.add(slug(name))

    def elaborate(self, platform):
        return self.m

    def rtlil(self) -> str:
        """The design as RTLIL, module ``top``, each assertion named after its property."""
        text = rtlil.convert(self, name="top", ports=self._inputs, emit_src=False)
        return _named(_uninitialised(text))


def _named(text: str) -> str:
    """Cells of assertions get the names of their properties, which are their messages."""
    return re.sub(
        r'^  cell \$check \S+\n((?:    parameter .*\n)*?    parameter \\FORMAT "(\w+)"\n)',
        r"  cell $check \\\2\n\1",
        text,
        flags=re.MULTILINE,
    )


def _uninitialised(text: str) -> str:
    """Registers, and memories that are written, hold anything at first."""
    text = re.sub(r"^  attribute \\init .*\n", "", text, flags=re.MULTILINE)
    modules = re.split(r"(?<=^end\n)", text, flags=re.MULTILINE)
    return "".join(_forgetful(module) if "cell $memwr_v2" in module else module
                   for module in modules)  # fmt: skip


def _forgetful(module: str) -> str:
    return re.sub(
        r"(?:^  attribute .*\n)*^  cell \$meminit_v2 .*\n(?:    .*\n)*  end\n",
        "",
        module,
        flags=re.MULTILINE,
    )
