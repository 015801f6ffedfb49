"""What is inside a block as it is built: its registers, and words of its memories.

A property of a queue says what goes in and comes out. That it holds a cycle later follows only with
what is in between, such as that the followed item's word is in memory; so that is proved, too.
"""

from amaranth.hdl import Const, Elaboratable, Fragment, MemoryInstance, Signal, Value
from amaranth.hdl._ast import Assign


class Inside(Elaboratable):
    """A component, elaborated, whose signals are found by their names.

    Paths are names of parts, from the component on.
    """

    def __init__(self, component):
        self.fragment = Fragment.get(component, None)

    def elaborate(self, platform):
        return self.fragment

    def part(self, *path: str) -> Fragment:
        found = self.fragment
        for name in path:
            found = found.find_subfragment(name)
        return found

    def signal(self, name: str, *path: str) -> Signal:
        """The one signal of this name that the part drives, other than a port."""
        origin = self.component(*path)
        ports = {id(Value.cast(port)) for _, _, port in origin.signature.flatten(origin)}
        statements = [s for some in self.part(*path).statements.values() for s in some]
        named = {id(s): s for statement in statements for s in statement._lhs_signals()
                 if s.name == name and id(s) not in ports}  # fmt: skip
        if len(named) != 1:
            raise ValueError(f"{len(named)} signals of {'.'.join(path) or 'the block'} are {name}")
        return next(iter(named.values()))

    def next_of(self, name: str, *path: str) -> Value:
        """What a register without conditions has a cycle later."""
        register = self.signal(name, *path)
        (found,) = (
            s.rhs for some in self.part(*path).statements.values() for s in some
            if isinstance(s, Assign) and s.lhs is register
        )  # fmt: skip
        return found

    def component(self, *path: str):
        """The component that the part was made of."""
        return self.part(*path).origins[0]

    def memory(self, *path: str) -> "Stored":
        return Stored(self.part(*path))


class Stored:
    """A memory: addresses of its ports, and any word of it."""

    def __init__(self, instance: Fragment):
        while not isinstance(instance, MemoryInstance):
            instance = instance.find_subfragment("storage")
        self.instance = instance
        self.write_address = instance._write_ports[0]._addr
        self.read_address = instance._read_ports[0]._addr

    def word(self, address, name: str = "word") -> Signal:
        """Through one more read port, without a clock."""
        word = Signal(len(self.instance._read_ports[0]._data), name=name)
        self.instance.read_port(
            domain="comb", addr=Value.cast(address)[: len(self.write_address)], data=word,
            en=Const(1, 1), transparent_for=(),
        )  # fmt: skip
        return word
