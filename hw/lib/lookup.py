"""A table that many lanes read at once, chosen from a few tables by one word for all of them."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value


class ChosenTable:
    """``tables[choice][address]``, where each lane has its address and all share the choice.

    An output bit is decided on its own: of the tables it takes those that differ in that bit, and
    a bit that is the same in two tables does not ask which of the two was chosen. What a bit asks
    is one or two registers for all lanes, which :meth:`select` drives.

    Parameters
    ----------
    tables : words by table and address bits, as unsigned numbers; equal lengths
    patterns : the address bits of entry 0, 1, ...; other patterns never occur
    width : bits of a word
    """

    def __init__(self, tables: list[list[int]], patterns: list[int], width: int):
        self.patterns, self.width = list(patterns), width
        self._functions, self._asked = [], []
        for bit in range(width):
            columns = [self._filled([word >> bit & 1 for word in table]) for table in tables]
            distinct = sorted(set(columns))
            self._functions.append(distinct)
            self._asked.append([distinct.index(column) for column in columns])

    @property
    def one_bit_tables(self) -> int:
        """Tables of one output bit that a lane has: per bit, those that differ."""
        return sum(map(len, self._functions))

    def inputs(self, bit: int) -> int:
        """Bits that an output bit depends on, of the address and of what it asks."""
        functions = self._functions[bit]
        size = len(functions[0])
        steps = [1 << i for i in range((size - 1).bit_length())]
        used = sum(
            any(f[a] != f[a ^ step] for f in functions for a in range(size)) for step in steps
        )
        return used + (len(functions) - 1).bit_length()

    @property
    def look_up_tables(self) -> float:
        """About so many of four inputs a lane has: one a bit where all it asks fits in."""
        found = 0.0
        for bit, functions in enumerate(self._functions):
            inputs, count = self.inputs(bit), len(functions)
            if inputs <= 4:
                found += 1
                continue
            address = inputs - (count - 1).bit_length()
            # Trees of tables, and multiplexers of four ways from two tables each.
            found += count * max(1, -(-(address - 1) // 3)) + (count - 1) * 2 / 3
        return found

    def select(self, m: Module, choice: Value) -> list[Signal]:
        """Per output bit the registers that it asks, a cycle after ``choice``."""
        registers: dict[tuple[int, ...], Signal] = {}
        selects = []
        for asked in self._asked:
            register = registers.get(tuple(asked))
            if register is None:
                name = f"asked{len(registers)}"
                register = Signal(range(max(asked) + 1), name=name, reset_less=True)
                m.d.sync += register.eq(Array(asked)[choice])
                registers[tuple(asked)] = register
            selects.append(register)
        return selects

    def word(self, selects: list[Signal], address: Value) -> Value:
        """A lane's word."""
        bits = []
        for functions, select in zip(self._functions, selects, strict=True):
            choices = [self._bit(function, address) for function in functions]
            for asked in select:
                pairs = [choices[i : i + 2] for i in range(0, len(choices), 2)]
                choices = [Mux(asked, *reversed(pair)) if pair[1:] else pair[0] for pair in pairs]
            bits.append(choices[0])
        return Cat(*bits)

    def _filled(self, bits: list[int]) -> tuple[int, ...]:
        """One bit of a table for every pattern, also those that never occur.

        These are chosen so that the bit depends on few address bits, the highest left out first.
        """
        content = dict(zip(self.patterns, bits, strict=True))
        steps = [1 << i for i in reversed(range(max(self.patterns).bit_length()))]
        for step in steps:
            mirrored = {pattern ^ step: value for pattern, value in content.items()}
            if all(content.get(pattern, value) == value for pattern, value in mirrored.items()):
                content |= mirrored
        for pattern in range(2 * steps[0] if steps else 1):
            near = (content[pattern ^ step] for step in steps if pattern ^ step in content)
            content.setdefault(pattern, next(near, 0))
        return tuple(content[pattern] for pattern in sorted(content))

    def _bit(self, function: tuple[int, ...], address: Value) -> Value:
        """One bit of a table as multiplexers over the address bits, the highest last."""
        if len(set(function)) == 1:
            return Const(function[0], 1)
        half = len(function) // 2
        low, high = (self._bit(part, address) for part in (function[:half], function[half:]))
        if function[:half] == function[half:]:
            return low
        return Mux(address[half.bit_length() - 1], high, low)
