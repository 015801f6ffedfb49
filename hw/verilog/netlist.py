"""A module as cells, registers and processes: what RTLIL says, without names that nothing uses.

``Bits`` are a tuple of chunks, the lowest first. A chunk is (wire, lowest bit, width), or
(None, value, width) for a constant.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

Chunk = tuple[str | None, int, int]
Bits = tuple[Chunk, ...]


def width_of(bits: Bits) -> int:
    """Number of bits."""
    return sum(chunk[2] for chunk in bits)


def constant(bits: Bits) -> int | None:
    """The value of bits that are all constant, otherwise None."""
    value, low = 0, 0
    for wire, number, width in bits:
        if wire is not None:
            return None
        value |= number << low
        low += width
    return value


def resized(bits: Bits, width: int, signed: bool = False) -> Bits:
    """The lowest ``width`` bits, or as many with zeros or copies of the highest bit above."""
    found, left = [], width
    for wire, low, size in bits:
        if left <= 0:
            break
        if size > left:
            low, size = (low & (1 << left) - 1 if wire is None else low), left
        found.append((wire, low, size))
        left -= size
    if left > 0:
        if not signed or not found:
            found.append((None, 0, left))
        else:
            wire, low, size = found[-1]
            if wire is None:
                found.append((None, (1 << left) - 1 if low >> size - 1 & 1 else 0, left))
            else:
                found += [(wire, low + size - 1, 1)] * left
    if len(found) > 1 and found[-1][0] is None and found[-2][0] is None:
        (_, below, size), (_, above, more) = found[-2:]
        found[-2:] = [(None, below | above << size, size + more)]
    return tuple(found)


@dataclass
class Wire:
    """width : in bits; direction : "input", "output" or None; attributes : but the initial value

    init : of a register, otherwise None
    """

    width: int
    direction: str | None = None
    attributes: dict[str, str | int] = field(default_factory=dict)
    init: int | None = None


@dataclass
class Memory:
    """words : initial ones; attributes : for synthesis"""

    width: int
    depth: int
    attributes: dict[str, str | int]
    words: list[int] = field(default_factory=list)


@dataclass
class Cell:
    """An operator, a register, a port of a memory (kind ``$...``), or an instance of a module.

    outputs : names of ports that drive wires
    """

    kind: str
    name: str
    parameters: dict[str, str | int | tuple[int, int]] = field(default_factory=dict)
    ports: dict[str, Bits] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()

    def number(self, name: str) -> int:
        """A parameter as a number, 0 where it is absent."""
        value = self.parameters.get(name, 0)
        return value[0] if isinstance(value, tuple) else value


@dataclass
class Assign:
    """``left`` is a part of the process's wire."""

    left: Bits
    right: Bits


@dataclass
class Switch:
    """The first of ``cases`` counts of which a pattern, of 0, 1 and -, fits; none fits always."""

    selector: Bits
    cases: list[tuple[tuple[str, ...], list["Statement"]]] = field(default_factory=list)


Statement = Assign | Switch


@dataclass
class Process:
    """``wire`` is what the last assignment says that is reached."""

    wire: str
    body: list[Statement]


@dataclass
class Module:
    """``parts`` drive wires; ``drives`` are wires that are parts of others or constants."""

    name: str
    wires: dict[str, Wire] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    parts: list[Cell | Process] = field(default_factory=list)
    drives: dict[str, Bits] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    @property
    def ports(self) -> list[str]:
        """Names, in order."""
        return [name for name, wire in self.wires.items() if wire.direction]


def read_by(body: list[Statement]) -> Iterator[Bits]:
    """All that statements read."""
    for statement in body:
        if isinstance(statement, Assign):
            yield statement.right
        else:
            yield statement.selector
            for _, inner in statement.cases:
                yield from read_by(inner)
