"""What stands for a wire inside a function: its arguments."""

from hw.verilog.expression import number
from hw.verilog.netlist import Bits, Statement, read_by
from hw.verilog.text import joined, part, runs


class Arguments:
    """What a function reads, by the names that it has inside.

    names : of neighbouring bits of a wire that are read

    Parameters
    ----------
    writer : :class:`hw.verilog.write.Writer`; gives the names
    body : of the process
    """

    def __init__(self, writer, body: list[Statement]):
        read: dict[str, int] = {}
        for bits in read_by(body):
            for wire, low, width in bits:
                if wire is not None:
                    read[wire] = read.get(wire, 0) | (1 << width) - 1 << low
        self.names: dict[tuple[str, int, int], str] = {}
        give, nested = writer.interface.names.give, writer.nested
        for wire, mask in read.items():
            stem = "value" if wire in nested else writer.names[wire].rstrip("_")
            for low, width in runs(mask):
                self.names[wire, low, width] = give(f"{stem}_in")
        if not self.names:
            raise NotImplementedError("a process that reads nothing")

    def signal(self, bits: Bits) -> str:
        """As the writer's."""
        return joined(bits, self._chunk)

    def operand(self, bits: Bits) -> str:
        """As the writer's."""
        return joined(bits, self._chunk)

    def _chunk(self, chunk) -> str:
        wire, low, width = chunk
        if wire is None:
            return number(low, width)
        for (known, first, size), name in self.names.items():
            if known == wire and first <= low < first + size:
                return part(name, size, low - first, width)
        raise AssertionError(chunk)
