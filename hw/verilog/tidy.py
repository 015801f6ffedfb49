"""What nothing needs is left out of a module: wires, operators, and the upper bits of both.

Amaranth widens sums so that none can overflow, names parts of words, and keeps what is computed and
never read. Here each wire keeps the bits up to the highest that something reads, and a wire that is
a part of another, or a constant, is that. What is read depends on what is read of the results:
:func:`used_bits` goes from the outputs back, as synthesis does.
"""

from hw.verilog.netlist import (
    Assign,
    Bits,
    Cell,
    Chunk,
    Module,
    Process,
    Statement,
    Wire,
    constant,
    resized,
    width_of,
)

_BY_BIT = {
    **dict.fromkeys(("$not", "$neg"), "A"),
    **dict.fromkeys(("$and", "$or", "$xor", "$xnor", "$add", "$sub", "$mul"), "AB"),
    "$mux": "AB", "$dff": "D", "$adff": "D", "$shl": "A",
}  # fmt: skip
"""Operands of whose bits as many count as of the result."""
_NARROWED = (*_BY_BIT, "$shr", "$sshr", "$shift")
"""Whose lower bits are what they are without the upper ones."""


def tidy(module: Module) -> None:
    """Tidy in place."""
    _join(module)
    for _ in range(2):  # without its upper bits more is a part of one other wire
        _substitute(module)
        _narrow(module, used_bits(module))


def _join(module: Module) -> None:
    """What has no condition or operator is a part of other wires: shifts by constants, too."""
    parts = []
    for part in module.parts:
        if isinstance(part, Process):
            part.body = _flat(part.body)
            if all(isinstance(statement, Assign) for statement in part.body):
                module.drives[part.wire] = _joined(part)
                continue
        elif part.kind in ("$shl", "$shr", "$sshr", "$shift"):
            by = constant(part.ports["B"])
            if by is not None:
                module.drives[part.ports["Y"][0][0]] = _shifted(part, by)
                continue
        parts.append(part)
    module.parts = parts


def _shifted(cell: Cell, by: int) -> Bits:
    width, signed = cell.ports["Y"][0][2], bool(cell.number("A_SIGNED"))
    if cell.kind == "$shl":
        return resized(((None, 0, min(by, width)), *resized(cell.ports["A"], width, signed)), width)
    whole = resized(cell.ports["A"], max(width_of(cell.ports["A"]), width), signed)
    # Above is the sign where it is a number that is shifted, and 0 where a part is chosen.
    left = _part(whole, by, width_of(whole) - by) if by < width_of(whole) else ()
    if not left and cell.kind == "$sshr":
        left = _part(whole, width_of(whole) - 1, 1)
    return resized(left, width, signed and cell.kind == "$sshr")


def _flat(body: list[Statement]) -> list[Statement]:
    """Without switches that always take their only case."""
    found: list[Statement] = []
    for statement in body:
        if isinstance(statement, Assign):
            found.append(statement)
            continue
        statement.cases = [(patterns, _flat(inner)) for patterns, inner in statement.cases]
        if not statement.selector:
            found += statement.cases[0][1]
        elif any(inner for _, inner in statement.cases):
            found.append(statement)
    return found


def _joined(process: Process) -> Bits:
    total: list[Chunk] = []
    for assign in process.body:
        whole = tuple(total)
        ((_, low, width),) = assign.left
        size = width_of(whole)
        total = [*resized(whole, low), *assign.right]
        if low + width < size:
            total += _part(whole, low + width, size - low - width)
    return _merged(tuple(total))


def _part(bits: Bits, low: int, width: int) -> Bits:
    """``width`` bits from ``low`` on."""
    found = []
    for wire, start, size in bits:
        if low >= size:
            low -= size
            continue
        take = min(size - low, width)
        if wire is None:
            found.append((None, start >> low & (1 << take) - 1, take))
        else:
            found.append((wire, start + low, take))
        low, width = 0, width - take
        if not width:
            break
    return tuple(found)


def _merged(bits: Bits) -> Bits:
    """Neighbours that are one part of a wire, or constants, are one chunk."""
    found: list[Chunk] = []
    for wire, low, width in bits:
        if not width:
            continue
        if found and found[-1][0] == wire:
            _, before, size = found[-1]
            if wire is None:
                found[-1] = (None, before | low << size, size + width)
                continue
            if before + size == low:
                found[-1] = (wire, before, size + width)
                continue
        found.append((wire, low, width))
    return tuple(found)


def _substitute(module: Module) -> None:
    """What is read of a wire that is a part of others is read of those, if it is in one piece."""
    resolved: dict[str, Bits] = {}

    def source(wire: str) -> Bits:
        if wire not in resolved:
            resolved[wire] = _merged(tuple(
                piece for chunk in module.drives[wire] for piece in follow(chunk)
            ))  # fmt: skip
        return resolved[wire]

    def follow(chunk: Chunk) -> Bits:
        wire, low, width = chunk
        if wire not in module.drives or "keep" in module.wires[wire].attributes:
            return (chunk,)
        found = _merged(_part(source(wire), low, width))
        return found if len(found) == 1 else (chunk,)

    def read(bits: Bits) -> Bits:
        if not any(wire in module.drives for wire, _, _ in bits):
            return bits
        return _merged(tuple(piece for chunk in bits for piece in follow(chunk)))

    for wire in module.drives:
        source(wire)
    for part in module.parts:
        if isinstance(part, Process):
            _replace(part.body, read)
        else:
            outputs = part.outputs
            part.ports = {
                name: bits if name in outputs else read(bits) for name, bits in part.ports.items()
            }
    module.drives = resolved


def _replace(body: list[Statement], read) -> None:
    for statement in body:
        if isinstance(statement, Assign):
            statement.right = read(statement.right)
        else:
            statement.selector = read(statement.selector)
            for _, inner in statement.cases:
                _replace(inner, read)


def used_bits(module: Module) -> dict[str, int]:
    """Of each wire, how many bits from the lowest outputs, instances and memories depend on."""
    used = dict.fromkeys(module.wires, 0)
    drivers: dict[str, Cell | Process | Bits] = dict(module.drives)
    writes: dict[str, list[Cell]] = {}
    waiting: list[str] = []

    def use(bits: Bits, need: int | None = None) -> None:
        """The lowest ``need`` bits, or all."""
        for wire, low, width in bits:
            if need is not None:
                width, need = min(width, need), need - width
            if wire is not None and low + width > used[wire] and width > 0:
                used[wire] = low + width
                waiting.append(wire)

    for part in module.parts:
        if isinstance(part, Process):
            drivers[part.wire] = part
        elif part.kind == "$memwr_v2":
            writes.setdefault(part.parameters["MEMID"], []).append(part)
        elif part.kind.startswith("$"):
            drivers[part.ports[part.outputs[0]][0][0]] = part
        else:
            for name, bits in part.ports.items():
                if name not in part.outputs:
                    use(bits)
    for name, wire in module.wires.items():
        if wire.direction == "output" or "keep" in wire.attributes:
            use(((name, 0, wire.width),))
    while waiting:
        wire = waiting.pop()
        driver, need = drivers.get(wire), used[wire]
        if isinstance(driver, tuple):
            use(driver, need)
        elif isinstance(driver, Process):
            _use_of_process(driver.body, need, use)
        elif driver is not None:
            if driver.kind == "$memrd_v2":
                for write in writes.pop(driver.parameters["MEMID"], ()):
                    for bits in write.ports.values():
                        use(bits)
            for name, bits in driver.ports.items():
                if name not in driver.outputs:
                    use(bits, need if name in _BY_BIT.get(driver.kind, "") else None)
    for name, left in writes.items():  # of memories that nothing reads
        module.memories.pop(name)
        module.parts = [part for part in module.parts if part not in left]
    return used


def _use_of_process(body: list[Statement], need: int, use) -> None:
    for statement in body:
        if isinstance(statement, Assign):
            use(statement.right, need - statement.left[0][1])
        else:
            use(statement.selector)
            for _, inner in statement.cases:
                _use_of_process(inner, need, use)


def _narrow(module: Module, used: dict[str, int]) -> None:
    """Drop what nothing reads, and upper bits."""
    parts = []
    for part in module.parts:
        if isinstance(part, Process):
            if _shorten(module.wires[part.wire], used[part.wire]):
                part.body = _narrowed(part.body, module.wires[part.wire].width)
                parts.append(part)
        elif not part.kind.startswith("$") or part.kind == "$memwr_v2":
            parts.append(part)
        else:
            (name,) = part.outputs
            ((wire, _, width),) = part.ports[name]
            if not used[wire]:
                continue
            if part.kind in _NARROWED and _shorten(module.wires[wire], used[wire]):
                width = module.wires[wire].width
                part.ports[name] = ((wire, 0, width),)
                whole = {"$dff": "D", "$adff": "D", "$mux": "AB"}  # operands of the result's width
                for operand in whole.get(part.kind, ""):
                    part.ports[operand] = resized(part.ports[operand], width)
            parts.append(part)
    module.parts = parts
    for wire in [wire for wire in module.drives if not used[wire]]:
        del module.drives[wire]
    for wire, bits in module.drives.items():
        if _shorten(module.wires[wire], used[wire]):
            module.drives[wire] = resized(bits, module.wires[wire].width)
    driven = {chunk[0] for part in module.parts if isinstance(part, Cell)
              for name in part.outputs for chunk in part.ports[name]}  # fmt: skip
    driven |= {part.wire for part in module.parts if isinstance(part, Process)}
    driven |= {*module.drives}
    module.wires = {
        name: wire for name, wire in module.wires.items() if wire.direction or name in driven
    }


def _shorten(wire: Wire, width: int) -> bool:
    """Cut off the upper bits that nothing reads; False where that is all of them."""
    if wire.direction is None and "keep" not in wire.attributes:
        wire.width = width
        if wire.init is not None:
            wire.init &= (1 << wire.width) - 1
    return wire.width > 0


def _narrowed(body: list[Statement], width: int) -> list[Statement]:
    found: list[Statement] = []
    for statement in body:
        if isinstance(statement, Assign):
            ((wire, low, size),) = statement.left
            if low < width:
                size = min(size, width - low)
                found.append(Assign(((wire, low, size),), resized(statement.right, size)))
            continue
        statement.cases = [(p, _narrowed(inner, width)) for p, inner in statement.cases]
        if any(inner for _, inner in statement.cases):
            found.append(statement)
    return found
