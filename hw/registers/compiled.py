"""SystemRDL compiled by systemrdl-compiler, and read as plain values."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from systemrdl import RDLCompileError, RDLCompiler
from systemrdl.messages import MessagePrinter
from systemrdl.node import AddrmapNode, FieldNode, RegNode, SignalNode

from hw.registers.fields import CONSTANT, COUNTER, LIVE, PULSE, Field, Register
from model.errors import InputError
from model.printable import one_line


class _Said(MessagePrinter):
    """Messages of the compiler, kept in place of printed."""

    def __init__(self):
        self.lines: list[str] = []

    def print_message(self, severity, text, src_ref) -> None:
        self.lines.append(text)


def top_of(text: str) -> AddrmapNode:
    """The address map of a description, elaborated: what exporters of PeakRDL take.

    ``InputError`` with what the compiler says of it.
    """
    said = _Said()
    compiler = RDLCompiler(message_printer=said)
    with tempfile.TemporaryDirectory(prefix="unfoldhw-") as folder:
        path = Path(folder) / "registers.rdl"
        path.write_text(text, encoding="utf-8")
        try:
            compiler.compile_file(str(path))
            return compiler.elaborate().top
        except RDLCompileError as error:
            raise InputError(f"registers: {one_line((said.lines or [str(error)])[0])}") from None


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
            snapshot_by=_place(node.get_property("snapshot_by", default=None)),
            reset_by=reset.inst_name if reset is not None else None,
        )  # fmt: skip
    if access == ("r", "w"):
        return Field(*common, LIVE)
    if access == ("r", "na"):
        return Field(*common, CONSTANT, node.get_property("reset"))
    raise NotImplementedError(f"{node.get_path()}: no such field is made here: sw, hw {access}")


def _place(node) -> tuple[str, str] | None:
    return (node.parent.inst_name, node.inst_name) if isinstance(node, FieldNode) else None
