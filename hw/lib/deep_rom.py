"""Tables of more words than a block RAM has at its usual width: memories of one block RAM each."""

from collections.abc import Iterator, Sequence

from amaranth.hdl import Cat, Const, Module, Shape, Signal

from hw.lib.memory import Rom, block_storage, registered_read, written

_BLOCK_BITS, _USUAL = 1 << 14, 1024


def is_deep(words: Sequence) -> bool:
    """Whether a table has more words than one memory is to have."""
    return len(words) > _USUAL


def slices(shape, words: Sequence) -> Iterator[tuple[int, list[int]]]:
    """Width and words of each memory, the lowest bits first.

    Each is as narrow as one block RAM of its depth is. Of one wide memory synthesis would make
    block RAMs of less depth, with multiplexers between them and the register that they have for
    what is read, and look-up tables of what is left over: both make a long path.
    """
    bits, depth = Shape.cast(shape).width, 1 << (len(words) - 1).bit_length()
    layout = hasattr(shape, "const")
    numbers = [Const.cast(shape.const(word)).value if layout else word for word in words]
    numbers += [0] * (depth - len(numbers))
    part = max(1, _BLOCK_BITS // depth)
    for low in range(0, bits, part):
        width = min(part, bits - low)
        yield width, [number >> low & (1 << width) - 1 for number in numbers]


def read_deep(m: Module, shape, words: Sequence, address, word, enable=None, writes=None) -> None:
    """``word`` is that of a table at ``address``, as of :func:`hw.lib.memory.registered_read`.

    writes : has ``w_en``, ``w_addr`` and ``w_data``, if words are written
    """
    parts, low = [], 0
    for number, (width, numbers) in enumerate(slices(shape, words)):
        m.submodules[f"table{number}"] = storage = block_storage(width, len(numbers), numbers)
        parts.append(Signal(width, name=f"part{number}"))
        registered_read(m, storage.read_port(), address, parts[-1], enable)
        if writes is not None:
            written(m, storage, writes, writes.w_data[low : low + width])
        low += width
    m.d.comb += word.eq(Cat(*parts))


class DeepRom(Rom):
    """The same as :class:`hw.lib.memory.Rom`, for a table of any depth."""

    def elaborate(self, platform):
        if not is_deep(self.init):
            return super().elaborate(platform)
        m = Module()
        writes = self if self.writable else None
        read_deep(m, self.shape, self.init, self.addr, self.data, writes=writes)
        return m
