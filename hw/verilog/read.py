"""Amaranth's RTLIL text to modules (:mod:`hw.verilog.netlist`).

Amaranth names what drives a net wherever it is used. The names of all other signals that have its
value, or a part of it, stand beside it for waveforms: wires that nothing reads. They are left out
here, but for those that say that they must stay; one of them names a driver that has no good name.

Of RTLIL this reads what ``amaranth.back.rtlil`` writes of a design without formal statements.
"""

import re
from collections.abc import Iterator

from hw.verilog.netlist import Assign, Bits, Cell, Memory, Module, Process, Statement, Switch, Wire

_OUTPUTS = {"$dff": "Q", "$adff": "Q", "$memrd_v2": "DATA"}
_NO_OUTPUTS = ("$memwr_v2", "$meminit_v2")
_REFUSED = ("$print", "$check", "$anyconst", "$anyseq", "$initstate", "$tribuf")
_ATTRIBUTES = ("generator", "top", "src")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_VALUE = re.compile(r"(\d+)'([01x-]*)$")


def read(text: str) -> list[Module]:
    """All modules of an RTLIL text; ``NotImplementedError`` names a cell that has no Verilog."""
    modules, lines = [], iter(text.splitlines())
    for line in lines:
        if line.startswith("module "):
            modules.append(_Reader(line.split()[1][1:], lines).module)
    _find_outputs(modules)
    return modules


class _Reader:
    def __init__(self, name: str, lines: Iterator[str]):
        self.module, self._lines = Module(name), lines
        self._connects: list[tuple[str, str]] = []
        wires, attributes = self.module.wires, {}
        for line in lines:
            word = line[2:6]
            if word == "wire":
                words = line.split()
                direction = next((d for d in ("input", "output", "inout") if d in words), None)
                wires[words[-1]] = wire = Wire(int(words[2]), direction)
                if attributes:
                    init = attributes.pop("init", None)
                    wire.init = init[0] if isinstance(init, tuple) else init
                    wire.attributes, attributes = attributes, {}
            elif word == "attr":
                _, key, value = line.split(None, 2)
                attributes[key[1:]] = _value(value)
            elif word == "cell":
                self._cell(line)
                attributes = {}
            elif word == "proc":
                body = self._body()
                if body[0].left:  # else it drives a wire of no bits
                    self.module.parts.append(Process(body[0].left[0][0], body))
                attributes = {}
            elif word == "memo":
                words = line.split()
                self.module.memories[words[-1]] = Memory(int(words[2]), int(words[4]), attributes)
                attributes = {}
            elif line.startswith("connect "):
                _, left, right = line.split(None, 2)
                self._connects.append((left, right))
            elif line == "end":
                break
        self._settle()

    def _cell(self, line: str) -> None:
        words = line.split()
        cell = Cell(words[1], words[2])
        if cell.kind in _REFUSED:
            raise NotImplementedError(f"{cell.kind} in module {self.module.name}")
        for line in self._lines:
            words = line.split(None, 2)
            if words[0] == "connect":
                cell.ports[words[1][1:]] = _bits(words[2].split())
            elif words[0] == "parameter":
                kind, name = words[1], words[2]
                if kind in ("signed", "real"):
                    name, value = name.split(None, 1)
                    if kind == "real":
                        raise NotImplementedError(f"real parameter {name}")
                else:
                    name, value = kind, name
                cell.parameters[name[1:]] = _value(value)
            else:
                break
        if cell.kind == "$meminit_v2":
            self._contents(cell)
            return
        if cell.kind.startswith("$") and cell.kind not in _NO_OUTPUTS:
            cell.outputs = (_OUTPUTS.get(cell.kind, "Y"),)
        self.module.parts.append(cell)

    def _contents(self, cell: Cell) -> None:
        memory = self.module.memories[cell.parameters["MEMID"]]
        (chunk,) = cell.ports["DATA"] or ((None, 0, 0),)
        mask = (1 << memory.width) - 1
        memory.words = [chunk[1] >> n * memory.width & mask for n in range(memory.depth)]

    def _body(self) -> list[Statement]:
        """Statements up to the ``end`` of a process, or the next ``case`` or ``end``."""
        body: list[Statement] = []
        for line in self._lines:
            words = line.split()
            if words[0] == "assign":
                left, rest = _first(words[1:])
                body.append(Assign(left, _bits(rest)))
            elif words[0] == "switch":
                body.append(self._switch(_bits(words[1:])))
            elif words[0] == "end":
                return body
        raise AssertionError("a process without end")

    def _switch(self, selector: Bits) -> Switch:
        switch = Switch(selector)
        stack: list[Statement] = []
        for line in self._lines:
            words = line.split()
            if words[0] == "case":
                patterns = tuple(word.rstrip(",").split("'")[1] for word in words[1:])
                stack = []
                switch.cases.append((patterns, stack))
            elif words[0] == "assign":
                left, rest = _first(words[1:])
                stack.append(Assign(left, _bits(rest)))
            elif words[0] == "switch":
                stack.append(self._switch(_bits(words[1:])))
            else:
                return switch
        raise AssertionError("a switch without end")

    def _settle(self) -> None:
        """Sort out which wires are driven, and drop the others."""
        module = self.module
        for left, right in self._connects:
            wire = module.wires[left]
            if wire.direction == "output" or "keep" in wire.attributes:
                module.drives[left] = _bits(right.split())
                continue
            words = right.split()
            if len(words) == 2 and words[0] in module.wires:
                driver = module.wires[words[0]]
                if driver.width == wire.width and _is_plain(left):
                    module.aliases.setdefault(words[0], left)
            del module.wires[left]
        for wire in module.wires.values():
            for name in _ATTRIBUTES:
                wire.attributes.pop(name, None)
            for name in [name for name in wire.attributes if name.startswith("enum_")]:
                del wire.attributes[name]


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"\\[A-Za-z_]\w*(\$\d+)?", name) is not None


def _value(text: str) -> str | int | tuple[int, int]:
    """A string, a plain number, or (value, width)."""
    if text.startswith('"'):
        return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), text[1:-1])
    match = _VALUE.match(text)
    if match:
        return int(match[2].replace("x", "0") or "0", 2), int(match[1])
    return int(text)


def _bits(words: list[str]) -> Bits:
    bits, rest = _first(words)
    assert not rest, words
    return bits


def _first(words: list[str]) -> tuple[Bits, list[str]]:
    """The first of several signals in RTLIL, and what comes behind it."""
    if words[0] == "{}":
        return (), words[1:]
    chunks = []
    braces = words[0] == "{"
    at = 1 if braces else 0
    while at < len(words):
        word = words[at]
        if word == "}":
            at += 1
            break
        if chunks and not braces:
            break
        at += 1
        if word[0].isdigit():
            value, width = _value(word)
            if width:
                chunks.append((None, value, width))
        elif at < len(words) and words[at][0] == "[":
            high, _, low = words[at][1:-1].partition(":")
            low = int(low or high)
            chunks.append((word, low, int(high) - low + 1))
            at += 1
        else:
            chunks.append((word, 0, -1))  # all of it
    return tuple(reversed(chunks)), words[at:]


def _find_outputs(modules: list[Module]) -> None:
    """Which ports of instances are outputs; and the width of wires that are named whole."""
    directions = {
        module.name: {name[1:]: module.wires[name].direction for name in module.ports}
        for module in modules
    }
    for module in modules:
        for part in module.parts:
            _whole(module, part)
        module.drives = {name: _sized(module, bits) for name, bits in module.drives.items()}
        driven = {*module.drives, *(n for n, w in module.wires.items() if w.direction == "input")}
        for part in module.parts:
            if isinstance(part, Process):
                driven.add(part.wire)
            elif part.kind.startswith("$"):
                driven.update(part.ports[name][0][0] for name in part.outputs)
        for part in module.parts:
            if isinstance(part, Cell) and not part.kind.startswith("$"):
                known = directions.get(part.kind[1:])
                part.outputs = tuple(
                    name for name, bits in part.ports.items() if bits and (
                        known[name] == "output" if known
                        else bits[0][0] is not None and bits[0][0] not in driven
                    )
                )  # fmt: skip


def _sized(module: Module, bits: Bits) -> Bits:
    return tuple(
        (wire, low, module.wires[wire].width) if width < 0 else (wire, low, width)
        for wire, low, width in bits
    )


def _whole(module: Module, part: Cell | Process) -> None:
    if isinstance(part, Cell):
        part.ports = {name: _sized(module, bits) for name, bits in part.ports.items()}
        return

    def go(body: list[Statement]) -> None:
        for statement in body:
            if isinstance(statement, Assign):
                statement.left = _sized(module, statement.left)
                statement.right = _sized(module, statement.right)
            else:
                statement.selector = _sized(module, statement.selector)
                for _, inner in statement.cases:
                    go(inner)

    go(part.body)
