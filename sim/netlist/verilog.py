"""A flat netlist of a device's cells as Verilog that instantiates their models.

Of a netlist, which is a file of a build folder, nothing gets into the text as it stands but checked
names of ports and parameters: nets and cells are numbered.
"""

import re
from collections.abc import Iterator

from model.errors import InputError
from sim.netlist.cells import cells_of

_WORD = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_TEXT = re.compile(r"[\w.]{0,64}", re.ASCII)
_NUMBER = re.compile(r"0x([0-9a-fA-F]{1,80}) ?")
_BITS = re.compile(r"[01xz]+")
_COMMENTS = {"$scopeinfo"}


def verilog_of_netlist(module: dict, top: str, source: str) -> str:
    """Verilog of the flat ``module`` of a netlist, named ``top``, with the module's own ports.

    Inputs that are x in the netlist are 0. ``source`` names the netlist in errors.
    ``InputError`` names a cell, port or parameter that has no model here.
    """
    try:
        return "\n".join([*_Text(module).lines(top), ""])
    except _Odd as odd:
        raise InputError(f"{source}: {odd}") from None
    except (LookupError, TypeError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        raise InputError(f"{source}: not a netlist of a device's cells ({what})") from None


class _Odd(Exception):
    """What no netlist of this flow has."""


class _Text:
    def __init__(self, module: dict):
        self.module, self.cells = module, cells_of(module)

    def lines(self, top: str) -> Iterator[str]:
        ports = self.module["ports"]
        yield f"module {top}({', '.join(map(_word, ports))});"
        numbers = {bit for port in ports.values() for bit in port["bits"] if type(bit) is int}
        for cell in self.module["cells"].values():
            numbers.update(b for bits in cell["connections"].values() for b in bits
                           if type(b) is int)  # fmt: skip
        for number in sorted(numbers):
            yield f"wire n{_natural(number)};"
        for name, port in ports.items():
            yield from self._port(name, port)
        for number, (name, cell) in enumerate(self.module["cells"].items()):
            if cell["type"] not in _COMMENTS:
                yield self._cell(number, name, cell)
        yield "endmodule"

    def _port(self, name: str, port: dict) -> Iterator[str]:
        width = f"[{len(port['bits']) - 1}:0] " if len(port["bits"]) > 1 else ""
        if port["direction"] not in ("input", "output"):
            raise _Odd(f"port {name} is no input and no output")
        yield f"{port['direction']} {width}{name};"
        for place, bit in enumerate(port["bits"]):
            mine = f"{name}[{place}]" if width else name
            if port["direction"] == "output":
                yield f"assign {mine} = {_value(bit)};"
            elif type(bit) is int:
                yield f"assign n{bit} = {mine};"

    def _cell(self, number: int, name: str, cell: dict) -> str:
        kind, wires, parameters = cell["type"], cell["connections"], cell.get("parameters", {})
        if passes := self.cells.passes(kind, parameters):
            source, target = passes
            return _buffer(wires[source], wires[target])
        if kind not in self.cells.models:
            raise _Odd(f"cell {name[:60]!r} is a {kind[:60]!r}, of which there is no model")
        wires = wires | {pin: [value] for pin, value in self.cells.open_pins.get(kind, {}).items()
                         if not wires.get(pin)}  # fmt: skip
        muxed = _muxes(parameters, wires) if kind in self.cells.muxed else {}
        pins = []
        for port, bits in wires.items():
            if cell["port_directions"].get(port) == "output":
                target = _driven(bits)
                pins += [f".{_word(port)}({target})"] if target else []
            elif bits:
                pins.append(f".{_word(port)}({_input(bits, muxed.get(port))})")
        model = self.cells.models[kind]
        given = [f".{_word(key)}({_constant(text, model != kind)})"
                 for key, text in parameters.items()
                 if not (muxed and key.endswith("MUX"))]  # fmt: skip
        values = f"#({', '.join(given)}) " if given else ""
        return f"{model} {values}c{number}({', '.join(pins)});"


def _buffer(source: list, target: list) -> str:
    return f"assign n{_natural(target[0])} = {_input(source, None)};" if target else ""


def _driven(bits: list) -> str:
    """Where an output goes; empty for one that nobody reads."""
    if not any(type(bit) is int for bit in bits):
        return ""
    if any(type(bit) is not int for bit in bits):
        raise _Odd("some bits of an output are constant")
    return _joined([f"n{_natural(bit)}" for bit in bits])


def _input(bits: list, mux: str | None) -> str:
    if mux in ("0", "1"):
        return f"1'b{mux}"
    value = _joined([_value(bit) for bit in bits])
    return f"~{value}" if mux == "INV" else value


def _value(bit: int | str) -> str:
    return f"n{_natural(bit)}" if type(bit) is int else f"1'b{int(bit == '1')}"


def _muxes(parameters: dict, wires: dict) -> dict[str, str]:
    """What stands between an input of a block and the fabric: "0", "1", "INV", or the input."""
    found = {"": ""}
    for key, text in parameters.items():
        if key.endswith("MUX"):
            pin, says = key.removesuffix("MUX"), text.strip()
            if says not in ("0", "1", "INV", pin):
                raise _Odd(f"parameter {key[:60]!r} is {text[:60]!r}")
            if pin in wires:
                found[pin] = says
    return found


def _joined(values: list[str]) -> str:
    return values[0] if len(values) == 1 else "{" + ", ".join(reversed(values)) + "}"


def _constant(text: str, ours: bool) -> str:
    """A parameter's value: bits, or a word. Words of 0, 1, x and z have a blank behind them.

    Models of ours take a number that is a word ("0x8001") as bits, those of Yosys as a word.
    """
    if ours and (number := _NUMBER.fullmatch(text)):
        return f"{4 * len(number[1])}'h{number[1]}"
    if _BITS.fullmatch(text):
        return f"{len(text)}'h{int(re.sub('[xz]', '0', text), 2):x}"
    if _TEXT.fullmatch(text.strip(" ")):
        return f'"{text.strip(" ")}"'
    raise _Odd(f"{text[:60]!r} is no value of a parameter")


def _word(name: str) -> str:
    if not _WORD.fullmatch(name):
        raise _Odd(f"{name[:60]!r} is no name of a port or parameter")
    return name


def _natural(number: int) -> int:
    if type(number) is not int or number < 0:
        raise _Odd(f"{number!r} is no net")
    return number
