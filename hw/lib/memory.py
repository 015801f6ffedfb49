"""The memories of the target layer: block RAM with registered outputs."""

from contextlib import nullcontext

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

# What Vivado (ram_style), Quartus (ramstyle), Synplify and its like (syn_ramstyle) and Yosys (the
# first that it finds, in the order ram_block, ram_style, ...) are told of a memory. no_rw_check:
# nobody depends on what is read of a word while it is written.
_BLOCK = {
    "ram_style": "block",
    "ramstyle": "no_rw_check",
    "syn_ramstyle": "block_ram,no_rw_check",
    "no_rw_check": 1,
}
# Not all families have RAM of look-up tables: Quartus, Synplify and Yosys choose for themselves.
# Those of Vivado all do.
_TABLE = {
    "ram_block": "auto",
    "ram_style": "distributed",
    "ramstyle": "no_rw_check",
    "syn_ramstyle": "no_rw_check",
    "no_rw_check": 1,
}


def block_storage(shape, depth: int, init=()) -> memory.Memory:
    """Memory cells in block RAM, with the promise that no word is read while it is written."""
    return memory.Memory(shape=shape, depth=depth, init=init, attrs=_BLOCK)


def table_storage(shape, depth: int, init=()) -> memory.Memory:
    """The same for a few words, in RAM of look-up tables where there is any."""
    return memory.Memory(shape=shape, depth=depth, init=init, attrs=_TABLE)


def registered_read(m: Module, port, address, word, enable=None) -> None:
    """Read at ``address`` in every cycle; ``word`` is what came, registered once more.

    Where there is an ``enable``, both registers keep what they have without it.
    """
    # Plain bits, no reset: a register that a block RAM can take in as its output register.
    output = Signal(Shape.cast(word.shape()), reset_less=True)
    m.d.comb += [port.addr.eq(address), word.eq(output)]
    m.d.comb += port.en.eq(1 if enable is None else enable)
    with nullcontext() if enable is None else m.If(enable):
        m.d.sync += output.eq(port.data)


class BlockMemory(wiring.Component):
    """Simple dual-port memory that synthesis places in block RAM.

    The parent never reads an address in the cycle in which it is written: collision behaviour
    differs between devices, and the attribute below promises that nobody depends on it.

    Parameters
    ----------
    shape : shape of a word
    depth : number of words
    init : initial words, zero where absent

    Attributes
    ----------
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = 2

    def __init__(self, shape, depth: int, init=()):
        self.shape, self.depth, self.init = shape, depth, init
        self.address_bits = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(self.address_bits),
                "w_data": In(shape),
                "r_addr": In(self.address_bits),
                "r_data": Out(shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.storage = storage = block_storage(self.shape, self.depth, self.init)
        written(m, storage, self, self.w_data)
        registered_read(m, storage.read_port(), self.r_addr, self.r_data)
        return m


class PartedMemory(wiring.Component):
    """Equal parts side by side, each a :class:`BlockMemory`, of which any may be written alone.

    Parameters
    ----------
    shape : shape of a word of one part
    parts : number of parts
    depth : number of words

    Members
    -------
    w_en : a bit for each part
    w_data, r_data : array of the parts' words

    Attributes
    ----------
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = BlockMemory.latency_cycles

    def __init__(self, shape, parts: int, depth: int):
        self.parts = [BlockMemory(shape, depth) for _ in range(parts)]
        address, word = self.parts[0].address_bits, data.ArrayLayout(shape, parts)
        super().__init__(
            {
                "w_en": In(parts),
                "w_addr": In(address),
                "w_data": In(word),
                "r_addr": In(address),
                "r_data": Out(word),
            }
        )

    def elaborate(self, platform):
        m = Module()
        for number, part in enumerate(self.parts):
            m.submodules[f"part{number}"] = part
            m.d.comb += [
                part.w_en.eq(self.w_en[number]),
                part.w_addr.eq(self.w_addr),
                part.w_data.eq(self.w_data[number]),
                part.r_addr.eq(self.r_addr),
                self.r_data[number].eq(part.r_data),
            ]
        return m


class ShallowMemory(BlockMemory):
    """The same for a few words, in RAM of look-up tables: it leaves block RAM to deeper ones."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.storage = storage = table_storage(self.shape, self.depth, self.init)
        write, read = storage.write_port(), storage.read_port(domain="comb")
        output = Signal(Shape.cast(self.shape), reset_less=True)
        m.d.comb += [
            write.en.eq(self.w_en),
            write.addr.eq(self.w_addr),
            write.data.eq(self.w_data),
            self.r_data.eq(output),
        ]
        # The address is registered and not the word: few registers, and a short way to the tables.
        m.d.sync += [read.addr.eq(self.r_addr), output.eq(read.data)]
        return m


def write_members(writable: bool, address_bits: int, shape) -> dict:
    """Members of the write port of a table, if it has one: ``w_en``, ``w_addr``, ``w_data``."""
    if not writable:
        return {}
    return {"w_en": In(1), "w_addr": In(address_bits), "w_data": In(Shape.cast(shape).width)}


def written(m: Module, storage: memory.Memory, writes, data) -> None:
    """A write port of ``storage``, driven by the members of ``writes``; ``data`` of ``w_data``."""
    write = storage.write_port()
    m.d.comb += [
        write.en.eq(writes.w_en),
        write.addr.eq(writes.w_addr),
        write.data.eq(data),
    ]


class Rom(wiring.Component):
    """Table in block RAM; the same latency as :class:`BlockMemory`.

    Parameters
    ----------
    shape, init : of a word, and all words
    writable : it has a write port (:func:`write_members`), for words that are not read meanwhile
    """

    latency_cycles = BlockMemory.latency_cycles

    def __init__(self, shape, init, writable: bool = False):
        self.shape, self.init, self.writable = shape, list(init), writable
        self.address_bits = max(1, (len(self.init) - 1).bit_length())
        super().__init__(
            {"addr": In(self.address_bits), "data": Out(shape)}
            | write_members(writable, self.address_bits, shape)
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.table = table = BlockMemory(self.shape, len(self.init), self.init)
        m.d.comb += [table.r_addr.eq(self.addr), self.data.eq(table.r_data)]
        if self.writable:
            m.d.comb += [
                table.w_en.eq(self.w_en),
                table.w_addr.eq(self.w_addr),
                table.w_data.eq(self.w_data),
            ]
        return m


class TableMemory(wiring.Component):
    """A table that is read at two places at once and written through the first: one block RAM.

    Members
    -------
    a_addr, b_addr : read addresses; ``w_en`` writes ``w_data`` at ``a_addr``, and then neither
        output is valid
    a_data, b_data : words, ``latency_cycles`` later

    Attributes
    ----------
    latency_cycles : 2
    """

    latency_cycles = BlockMemory.latency_cycles

    def __init__(self, shape, depth: int):
        self.shape, self.depth = shape, depth
        self.address_bits = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "a_addr": In(self.address_bits),
                "b_addr": In(self.address_bits),
                "w_en": In(1),
                "w_data": In(shape),
                "a_data": Out(shape),
                "b_data": Out(shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.storage = storage = block_storage(self.shape, self.depth)
        write = storage.write_port()
        m.d.comb += [
            write.en.eq(self.w_en),
            write.addr.eq(self.a_addr),
            write.data.eq(self.w_data),
        ]
        for address, word in ((self.a_addr, self.a_data), (self.b_addr, self.b_data)):
            registered_read(m, storage.read_port(), address, word)
        return m
