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
            columns = [tuple(word >> bit & 1 for word in table) for table in tables]
            distinct = sorted(set(columns))
            self._functions.append(distinct)
            self._asked.append([distinct.index(column) for column in columns])

    @property
    def one_bit_tables(self) -> int:
        """Tables of one output bit that a lane has: per bit, those that differ."""
        return sum(map(len, self._functions))

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

    def _bit(self, function: tuple[int, ...], address: Value) -> Value:
        """One bit of a table as multiplexers over the address bits, the highest last."""
        content = dict(zip(self.patterns, function, strict=True))

        def choose(bit: int, above: int) -> int | Value | None:
            if bit < 0:
                return content.get(above)
            low, high = (choose(bit - 1, above | value << bit) for value in (0, 1))
            if low is None or high is None or (isinstance(low, int) and low is high):
                return high if low is None else low
            return Mux(address[bit], high, low)

        chosen = choose(len(address) - 1, 0)
        return Const(chosen, 1) if isinstance(chosen, int) else chosen
