"""What drives each wire of a module, as its text will say it."""

from collections import Counter
from collections.abc import Mapping

from hw.verilog import expression
from hw.verilog.expression import Expression
from hw.verilog.netlist import Assign, Cell, Module, Process, Statement, read_by
from hw.verilog.statements import folded, without_hold


class Lowered:
    """The parts of a module by what the text makes of them.

    A process that nothing but a register reads is the register's; one that is a choice of two
    values is an expression.

    Parameters
    ----------
    module : loses the wires that are gone then

    Attributes
    ----------
    expressions : of wires; those of ``nested`` stand inside the one expression that reads them
    registers : cell and next value of wires
    processes : of wires, what is left of them
    memory_ports, instances : cells
    read_registers : wires that are data of synchronous read ports
    read : of each wire the bits that the text reads, as a mask
    """

    def __init__(self, module: Module):
        self.module = module
        self.expressions: dict[str, Expression] = {}
        self.registers: dict[str, tuple[Cell, list[Statement]]] = {}
        self.processes: dict[str, Process] = {}
        self.memory_ports: list[Cell] = []
        self.read_registers: set[str] = set()
        self.instances: list[Cell] = []
        processes = {part.wire: part for part in module.parts if isinstance(part, Process)}
        uses = Counter(wire for bits in self._plain_reads() for wire, _, _ in bits)
        for wire, process in processes.items():
            choice = folded(process, module.wires[wire].width)
            if choice:
                self.expressions[wire] = Expression("?", [*choice], module.wires[wire].width)
            else:
                self.processes[wire] = process
        for part in module.parts:
            if isinstance(part, Process):
                continue
            if part.kind in ("$dff", "$adff"):
                wire = part.ports["Q"][0][0]
                source = part.ports["D"]
                body = [Assign(part.ports["Q"], source)]
                if len(source) == 1 and self._folds(source[0], processes, uses):
                    process = processes[source[0][0]]
                    self.processes.pop(process.wire, None)
                    self.expressions.pop(process.wire, None)
                    body = process.body
                self.registers[wire] = part, without_hold(body, wire, part.ports["Q"][0][2])
            elif part.kind in ("$memrd_v2", "$memwr_v2"):
                self.memory_ports.append(part)
                if part.kind == "$memrd_v2" and part.number("CLK_ENABLE"):
                    self.read_registers.add(part.ports["DATA"][0][0])
            elif part.kind.startswith("$"):
                self.expressions[part.ports["Y"][0][0]] = expression.of(part)
            else:
                self.instances.append(part)
        gone = {*processes} - {*self.processes} - {*self.expressions}
        module.wires = {name: wire for name, wire in module.wires.items() if name not in gone}
        self._count()

    def _folds(self, chunk, processes: Mapping[str, Process], uses: Counter) -> bool:
        """Whether a register's next value is all of a process that nothing else reads."""
        wire, low, width = chunk
        return (
            wire in processes and uses[wire] == 1 and low == 0
            and width == self.module.wires[wire].width
            and not self.module.wires[wire].direction
            and not self.module.wires[wire].attributes
        )  # fmt: skip

    def _plain_reads(self):
        module = self.module
        yield from module.drives.values()
        for part in module.parts:
            if isinstance(part, Process):
                yield from read_by(part.body)
            else:
                yield from (bits for name, bits in part.ports.items() if name not in part.outputs)

    def _reads(self):
        """All that the text will read, and whether an expression may stand there."""
        for bits in self.module.drives.values():
            yield bits, True
        for found in self.expressions.values():
            for bits in found.operands:
                yield bits, True
        for cell, body in self.registers.values():
            for bits in read_by(body):
                yield bits, True
            for name in ("CLK", "ARST"):
                yield cell.ports.get(name, ()), False
        for process in self.processes.values():
            for bits in read_by(process.body):
                yield bits, True
        for cell in (*self.memory_ports, *self.instances):
            for name, bits in cell.ports.items():
                if name not in cell.outputs:
                    yield bits, False

    def _count(self) -> None:
        """How often each wire is read, which of its bits, and which operators stand inside."""
        self.read: dict[str, int] = dict.fromkeys(self.module.wires, 0)
        uses, inside = Counter(), Counter()
        for bits, free in self._reads():
            for wire, low, width in bits:
                if wire is not None:
                    self.read[wire] |= (1 << width) - 1 << low
                    uses[wire] += 1
                    whole = low == 0 and width == self.module.wires[wire].width
                    inside[wire] += free and whole
        self.nested = {
            wire for wire, found in self.expressions.items()
            if wire.startswith("$") and wire not in self.module.aliases
            and found.width == self.module.wires[wire].width
            and uses[wire] == inside[wire] == 1
            and not self.module.wires[wire].attributes
        }  # fmt: skip
