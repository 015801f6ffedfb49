"""Memories and their ports, in the form in which synthesis tools know a RAM."""

from collections.abc import Callable

from hw.verilog.expression import number
from hw.verilog.names import Names
from hw.verilog.netlist import Bits, Cell, Memory, constant, width_of


def declaration(memory: Memory, name: str, names: Names) -> list[str]:
    """Lines of its attributes, its words and what they hold at first."""
    lines = []
    if memory.attributes:
        said = ", ".join(
            f'{key} = "{value}"' if isinstance(value, str) else key
            for key, value in memory.attributes.items()
        )
        lines.append(f"(* {said} *)")
    width = f"[{memory.width - 1}:0] " if memory.width > 1 else ""
    lines.append(f"reg {width}{name} [0:{memory.depth - 1}];")
    if not memory.depth:
        return lines
    first = memory.words[0]
    if len({*memory.words}) == 1:
        count = names.give("i")
        return [
            *lines, f"integer {count};", "initial",
            f"  for ({count} = 0; {count} < {memory.depth}; {count} = {count} + 1)",
            f"    {name}[{count}] = {number(first, memory.width)};",
        ]  # fmt: skip
    words = (f"  {name}[{n}] = {number(w, memory.width)};" for n, w in enumerate(memory.words))
    return [*lines, "initial begin", *words, "end"]


def write_port(cell: Cell, name: str, signal: Callable[[Bits], str]) -> list[str]:
    """Lines of a write port; every run of bits with one enable is written by itself."""
    place = f"{name}[{signal(cell.ports['ADDR'])}]"
    lines = []
    for low, width, enable, data in _runs(cell):
        part = place
        if width != width_of(cell.ports["DATA"]):
            part += f"[{low}]" if width == 1 else f"[{low + width - 1}:{low}]"
        assign = f"{part} <= {signal(data)};"
        known = constant(enable)
        if known is None:
            lines += [f"  if ({signal(enable)})", f"    {assign}"]
        elif known:
            lines.append(f"  {assign}")
    return [f"always @({_edge(cell)} {signal(cell.ports['CLK'])}) begin", *lines, "end"]


def read_port(
    cell: Cell, name: str, signal: Callable[[Bits], str], ports: list[Cell]
) -> list[str]:
    """Lines of a read port; the wire that it drives is a register where it is clocked."""
    target, word = signal(cell.ports["DATA"]), f"{name}[{signal(cell.ports['ADDR'])}]"
    if not cell.number("CLK_ENABLE"):
        return [f"assign {target} = {word};"]
    lines = [f"{target} <= {word};"]
    through = cell.number("TRANSPARENCY_MASK")
    writes = [
        port for port in ports
        if port.kind == "$memwr_v2" and port.parameters["MEMID"] == cell.parameters["MEMID"]
    ]  # fmt: skip
    for write in writes:
        if not through >> write.number("PORTID") & 1:
            continue
        same = f"{signal(write.ports['ADDR'])} == {signal(cell.ports['ADDR'])}"
        for low, width, enable, data in _runs(write):
            part = "" if width == width_of(write.ports["DATA"]) else f"[{low + width - 1}:{low}]"
            lines += [f"if ({signal(enable)} && {same})", f"  {target}{part} <= {signal(data)};"]
    enable, edge = cell.ports["EN"], f"{_edge(cell)} {signal(cell.ports['CLK'])}"
    known = constant(enable)
    if known is None:
        return [f"always @({edge}) begin", f"  if ({signal(enable)}) begin",
                *(f"    {line}" for line in lines), "  end", "end"]  # fmt: skip
    if not known:
        raise NotImplementedError(f"a read port of {name} that is never enabled")
    return [f"always @({edge}) begin", *(f"  {line}" for line in lines), "end"]


def _edge(cell: Cell) -> str:
    return "posedge" if cell.number("CLK_POLARITY") else "negedge"


def _runs(cell: Cell):
    """(lowest bit, width, enable, data) of neighbouring bits with the same enable."""
    enables = [
        ((wire, low + place, 1),) if wire is not None else ((None, low >> place & 1, 1),)
        for wire, low, width in cell.ports["EN"]
        for place in range(width)
    ]
    low, runs = 0, []
    for place in range(1, len(enables) + 1):
        if place == len(enables) or enables[place] != enables[low]:
            runs.append((low, place - low, enables[low], _bits(cell.ports["DATA"], low, place)))
            low = place
    return runs


def _bits(bits: Bits, first: int, last: int) -> Bits:
    """Bits ``first`` to before ``last``."""
    found, at = [], 0
    for wire, low, width in bits:
        begin, end = max(first, at), min(last, at + width)
        if begin < end:
            if wire is None:
                found.append((None, low >> begin - at & (1 << end - begin) - 1, end - begin))
            else:
                found.append((wire, low + begin - at, end - begin))
        at += width
    return tuple(found)
