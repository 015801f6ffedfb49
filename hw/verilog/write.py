"""A module (:mod:`hw.verilog.netlist`) as Verilog-2005 text."""

from collections.abc import Mapping
from itertools import groupby

from hw.verilog import expression
from hw.verilog.expression import Expression, number
from hw.verilog.function import Arguments
from hw.verilog.lowered import Lowered
from hw.verilog.memories import declaration, read_port, write_port
from hw.verilog.names import Names
from hw.verilog.netlist import Bits, Cell, Module
from hw.verilog.statements import always, reset
from hw.verilog.text import bit_range, block, joined, parameter, part, runs, wrapped

_LONGEST = 48
"""Characters of an expression that stands inside another one."""
UNREAD = "_unused"
"""A wire of this name reads what nothing else does: no tool warns of either then."""


class Interface:
    """What instances of a module must know: its name, and names of its ports."""

    def __init__(self, module: Module, name: str):
        self.module, self.name, self.names = module, name, Names()
        self.names.give(UNREAD)
        self.ports = {port: self.names.give(port) for port in module.ports}


class Writer:
    """Writes one module.

    Parameters
    ----------
    interface : of it
    others : interfaces of all modules that may be instances
    attributes : of ports, by name in Verilog
    order : of ports, names in Verilog; that of the module where None
    """

    def __init__(
        self,
        interface: Interface,
        others: Mapping[str, Interface],
        attributes: Mapping[str, Mapping[str, str]] | None = None,
        order: list[str] | None = None,
    ):
        self.interface, self.module, self.others = interface, interface.module, others
        self.attributes, self.order = attributes or {}, order
        self._cut: list[tuple[str, int, int]] = []
        lowered = Lowered(self.module)
        self.expressions, self.nested = lowered.expressions, lowered.nested
        self.registers, self.processes = lowered.registers, lowered.processes
        self.memory_ports, self.read_registers = lowered.memory_ports, lowered.read_registers
        self.instances, self.read = lowered.instances, lowered.read
        self._name()

    def text(self) -> str:
        """The whole module."""
        body = [
            *self._declarations(),
            *self._memories(),
            *self._assignments(),
            *self._registers(),
            *self._combinational(),
            *self._instances(),
            *self._unread(),
        ]
        lines = "".join(f"{wrapped(f'  {line}')}\n" if line else "\n" for line in body)
        return f"module {self.interface.name} (\n{self._ports()}\n);\n{lines}endmodule\n"

    def _name(self) -> None:
        names, module = self.interface.names, self.module
        self.names = dict(self.interface.ports)
        self.instance_names = [names.give(cell.name) for cell in self.instances]
        for name in module.memories:
            self.names[name] = names.give(name)
        given = {}
        for name, wire in module.wires.items():
            if not wire.direction:
                alias = module.aliases.get(name)
                own = name.startswith(("$", "\\$")) and alias
                given[name] = alias if own else name
        for name in sorted(given, key=lambda name: _rank(given[name])):
            if name not in self.nested:
                self.names[name] = names.give(given[name])

    # Text of signals ----------------------------------------------------------------------------

    def signal(self, bits: Bits) -> str:
        """A signal as a name, a part of one, a constant or all of them in braces."""
        return joined(bits, self._chunk)

    def _chunk(self, chunk) -> str:
        wire, low, width = chunk
        if wire is None:
            return number(low, width)
        if wire in self.nested:
            return self._nested(wire)
        return part(self.names[wire], self.module.wires[wire].width, low, width)

    def _nested(self, wire: str) -> str:
        """Of an operator that stands inside others, until the line gets too long."""
        return self._expression(self.expressions[wire])

    def operand(self, bits: Bits, chain: str = "") -> str:
        """The same as an operand; ``chain`` is an operator that needs no parentheses left of it."""
        text = self.signal(bits)
        if len(bits) == 1 and bits[0][0] in self.nested:
            inner = self.expressions[bits[0][0]]
            return text if chain and inner.sign == chain else f"({text})"
        return text

    def _expression(self, found: Expression) -> str:
        return expression.text_of(found, self.operand)

    # Parts of the module ------------------------------------------------------------------------

    def _ports(self) -> str:
        by_name = {name: self.module.wires[port] for port, name in self.interface.ports.items()}
        lines = []
        for name in self.order or _usual(by_name):
            for key, value in self.attributes.get(name, {}).items():
                lines.append(f'  (* {key} = "{value}" *)')
            wire = by_name[name]
            port = next(port for port, own in self.interface.ports.items() if own == name)
            kind = "reg " if port in self.registers else "wire"
            lines.append(f"  {wire.direction:6} {kind} {bit_range(wire.width)}{name},")
        return "\n".join(lines).rstrip(",")

    def _declarations(self) -> list[str]:
        self._shorten()
        lines = []
        for name, wire in self.module.wires.items():
            if wire.direction or name in self.nested:
                continue
            kept = "(* keep *) " if "keep" in wire.attributes else ""
            is_register = name in self.registers or name in self.read_registers
            kind = "reg " if is_register else "wire"
            lines.append(f"{kept}{kind} {bit_range(wire.width)}{self.names[name]};")
        starts = [
            f"  {self.names[wire]} = {number(self.module.wires[wire].init, cell.ports['Q'][0][2])};"
            for wire, (cell, _) in self.registers.items()
            if self.module.wires[wire].init is not None
        ]
        return [*lines, *(["", "initial begin", *starts, "end"] if starts else [])]

    def _shorten(self) -> None:
        """Give names to operators that would make a line too long."""
        length: dict[str, int] = {}
        order = [wire for wire in self.expressions if wire in self.nested]

        def measure(wire: str) -> int:
            if wire not in length:
                total = 4
                for bits in self.expressions[wire].operands:
                    for name, _, _ in bits:
                        if name in self.nested and measure(name) > _LONGEST:
                            self._unnest(name)
                        total += length[name] if name in self.nested else 14
                length[wire] = total
            return length[wire]

        for wire in order:
            if wire in self.nested and measure(wire) > _LONGEST:
                self._unnest(wire)

    def _unnest(self, wire: str) -> None:
        self.nested.discard(wire)
        self.names[wire] = self.interface.names.give(wire)

    def _memories(self) -> list[str]:
        lines = []
        for name, memory in self.module.memories.items():
            lines += ["", *declaration(memory, self.names[name], self.interface.names)]
            for cell in self.memory_ports:
                if cell.parameters["MEMID"] == name:
                    if cell.kind == "$memwr_v2":
                        lines += write_port(cell, self.names[name], self.signal)
                        continue
                    lines += self._read_port(cell, self.names[name])
        return lines

    def _read_port(self, cell: Cell, name: str) -> list[str]:
        """A port of the module is no register of a memory: it may have no initial value."""
        data = cell.ports["DATA"]
        wire = data[0][0]
        if wire not in self.read_registers or not self.module.wires[wire].direction:
            return read_port(cell, name, self.signal, self.memory_ports)
        own = self.interface.names.give(f"{self.names[wire].rstrip('_')}_read")

        def signal(bits: Bits) -> str:
            return own if bits == data else self.signal(bits)

        return [
            f"reg  {bit_range(self.module.wires[wire].width)}{own};",
            *read_port(cell, name, signal, self.memory_ports),
            f"assign {self.names[wire]} = {own};",
        ]

    def _assignments(self) -> list[str]:
        lines = [""]
        for wire, found in self.expressions.items():
            if wire not in self.nested:
                name, width = self.names[wire], self.module.wires[wire].width
                if found.width != width:
                    wide = self.interface.names.give(f"{name.rstrip('_')}_wide")
                    lines += [f"wire {bit_range(found.width)}{wide} = {self._expression(found)};",
                              f"assign {name} = {part(wide, found.width, 0, width)};"]  # fmt: skip
                    self._cut.append((wide, width, found.width))
                else:
                    lines.append(f"assign {name} = {self._expression(found)};")
        for wire, bits in self.module.drives.items():
            lines.append(f"assign {self.names[wire]} = {self.signal(bits)};")
        return lines

    def _registers(self) -> list[str]:
        """Neighbours with the same clock and reset are in one block."""
        lines: list[str] = []
        for (event, condition), group in groupby(self.registers.items(), key=self._block_of):
            cleared, clocked = [], []
            for wire, (cell, body) in group:
                name, width = self.names[wire], self.module.wires[wire].width
                if cell.kind == "$adff":
                    cleared.append(f"{name} <= {number(cell.number('ARST_VALUE'), width)};")
                elif condition:
                    _, value, body = reset(body, width)
                    cleared += always("", [value], self, "<=", name, width)
                clocked += always("", body, self, "<=", name, width)
            if condition:
                lines += block(f"always @({event})", [
                    *block(f"if ({condition})", cleared), *block("else", clocked)
                ], False)  # fmt: skip
            else:
                lines += block(f"always @({event})", clocked)
        return ["", *lines] if lines else []

    def _block_of(self, item) -> tuple[str, str]:
        """(event, condition of a reset or nothing) of a register."""
        wire, (cell, body) = item
        edge = "posedge" if cell.number("CLK_POLARITY") else "negedge"
        event = f"{edge} {self.signal(cell.ports['CLK'])}"
        if cell.kind == "$adff":
            clear = self.signal(cell.ports["ARST"])
            return f"{event} or posedge {clear}", clear
        found = reset(body, self.module.wires[wire].width)
        return event, self.signal(found[0]) if found else ""

    def _combinational(self) -> list[str]:
        """Functions, not always blocks: those are not evaluated before something changes."""
        lines = []
        for wire, process in self.processes.items():
            name, width = self.names[wire], self.module.wires[wire].width
            function = self.interface.names.give(f"{name.rstrip('_')}_value")
            inside = Arguments(self, process.body)
            body = always("begin", process.body, inside, "=", function, width)
            ports = [f"  input {bit_range(chunk[2])}{own}" for chunk, own in inside.names.items()]
            lines += [
                "", f"function {bit_range(width)}{function}(",
                *(f"  {port}," for port in ports[:-1]), f"  {ports[-1]}", ");",
                *(f"  {line}" for line in body), "endfunction",
                f"assign {name} = {function}({', '.join(map(self._chunk, inside.names))});",
            ]  # fmt: skip
        return lines

    def _instances(self) -> list[str]:
        lines = []
        for cell, name in zip(self.instances, self.instance_names, strict=True):
            known = self.others.get(cell.kind[1:])
            kind = known.name if known else cell.kind[1:]
            parameters = [f".{key}({parameter(value)})" for key, value in cell.parameters.items()]
            chosen = f" #({', '.join(parameters)})" if parameters else ""
            wires = []
            for port, bits in cell.ports.items():
                own = known.ports["\\" + port] if known else port
                wires.append(f".{own}({self.signal(bits) if bits else ''})")
            lines += ["", f"{kind}{chosen} {name} (",
                      *(f"  {wire}," for wire in wires[:-1]), f"  {wires[-1]}", ");"]  # fmt: skip
        return lines

    def _unread(self) -> list[str]:
        """The wire that reads what nothing else does."""
        found = []
        for name, wire in self.module.wires.items():
            if wire.direction == "output" or name in self.nested:
                continue
            left = ~self.read[name] & (1 << wire.width) - 1
            found += [self._chunk((name, low, width)) for low, width in runs(left)]
        for wide, low, width in self._cut:
            found.append(part(wide, width, low, width - low))
        return ["", f"wire {UNREAD} = &{{1'b0, {', '.join(found)}}};"] if found else []


def _rank(name: str) -> bool:
    """Names that the design gives, without numbers, come first."""
    return "$" in name


def _usual(ports: Mapping) -> list[str]:
    """Clock and reset, inputs, outputs."""
    first = [name for name in ("clk", "rst") if name in ports]
    rest = sorted((n for n in ports if n not in first), key=lambda n: ports[n].direction != "input")
    return first + rest
