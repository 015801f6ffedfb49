"""SystemRDL compiled (systemrdl-compiler), and what hardware needs of it as plain values."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from systemrdl import RDLCompiler
from systemrdl.node import AddrmapNode, FieldNode, RegNode, SignalNode

CONSTANT, LIVE, COUNTER, PULSE = "constant", "live", "counter", "pulse"
"""What a field is: a number; a signal as it is now; the copy of a counter; a strobe when a 1 is
written."""


@dataclass(frozen=True)
class Field:
    """A field of a register.

    name, low, width, words : as the description has them
    kind : of the above
    value : of a constant
    step_bits : of what a counter counts in a cycle
    cleared_by, snapshot_by : (register, field) of the pulse that does it to a counter
    reset_by : name of the signal that resets a counter, or None for the reset of all
    """

    name: str
    low: int
    width: int
    words: str
    kind: str
    value: int = 0
    step_bits: int = 0
    cleared_by: tuple[str, str] | None = None
    snapshot_by: tuple[str, str] | None = None
    reset_by: str | None = None

    @property
    def written(self) -> bool:
        """Whether a write does something."""
        return self.kind == PULSE

    @property
    def access(self) -> str:
        """As datasheets say it."""
        return "w1" if self.written else "r"


@dataclass(frozen=True)
class Register:
    """A word: ``offset`` in bytes; ``title``, a line; ``words``, more of them, or nothing."""

    name: str
    offset: int
    title: str
    words: str
    fields: tuple[Field, ...]

    @property
    def written(self) -> bool:
        """Whether it takes writes."""
        return any(field.written for field in self.fields)

    @property
    def access(self) -> str:
        """``r``, or ``rw`` where it also takes writes."""
        return "rw" if self.written else "r"

    @property
    def value(self) -> int:
        """After a reset, with its constants."""
        return sum(field.value << field.low for field in self.fields)


def top_of(text: str) -> AddrmapNode:
    """The address map of a description, elaborated: what exporters of PeakRDL take."""
    compiler = RDLCompiler()
    with tempfile.TemporaryDirectory(prefix="unfoldhw-") as folder:
        path = Path(folder) / "registers.rdl"
        path.write_text(text, encoding="utf-8")
        compiler.compile_file(str(path))
    return compiler.elaborate().top


def registers_of(top: AddrmapNode) -> tuple[Register, ...]:
    """All registers by address. ``NotImplementedError`` for a field that no block here makes."""
    return tuple(
        Register(
            node.inst_name, node.absolute_address, node.get_property("name"),
            node.get_property("desc") or "", tuple(map(_field, node.fields())),
        )
        for node in _words(top)
    )  # fmt: skip


def _words(top: AddrmapNode) -> Iterator[RegNode]:
    for node in top.children(unroll=True):
        if isinstance(node, SignalNode):
            continue
        if not isinstance(node, RegNode) or node.get_property("regwidth") != 32:
            raise NotImplementedError(f"{node.get_path()}: not a register of 32 bits")
        yield node


def _field(node: FieldNode) -> Field:
    common = node.inst_name, node.low, node.width, node.get_property("desc") or ""
    said = {name: node.get_property(name) for name in ("sw", "hw")}
    access = tuple(each.name for each in said.values())
    if node.get_property("singlepulse") and node.width == 1 and access == ("rw", "r"):
        return Field(*common, PULSE)
    if node.get_property("counter") and access == ("r", "na"):
        reset = node.get_property("resetsignal")
        return Field(
            *common, COUNTER, step_bits=node.get_property("incrwidth") or 1,
            cleared_by=_place(node.get_property("hwclr")),
            snapshot_by=_place(node.get_property("snapshot_by")),
            reset_by=reset.inst_name if reset is not None else None,
        )  # fmt: skip
    if access == ("r", "w"):
        return Field(*common, LIVE)
    if access == ("r", "na"):
        return Field(*common, CONSTANT, node.get_property("reset"))
    raise NotImplementedError(f"{node.get_path()}: no such field is made here: sw, hw {access}")


def _place(node) -> tuple[str, str] | None:
    return (node.parent.inst_name, node.inst_name) if isinstance(node, FieldNode) else None
