"""Which codebook entry an edge uses in an iteration, looked up beside the datapath."""

from amaranth.hdl import Array, Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.layered.job import Job
from hw.layered.map_kinds import MapKinds
from hw.layered.schedule import passes
from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.memory import Rom

LARGEST_TABLE = 32
"""Entries up to which a table is made of look-up tables and not of block RAM."""


class MapSelect(wiring.Component):
    """``map`` = ``job.map_index[iteration][edge]`` for an edge of a kind (:class:`MapKinds`).

    Attributes
    ----------
    latency_cycles : 3, from ``iteration``, ``kind`` to ``map``
    """

    latency_cycles = 1 + Rom.latency_cycles

    def __init__(self, job: Job):
        self.job, self.kinds = job, MapKinds(job)
        super().__init__(
            {
                "iteration": In(bits_for(passes(job, job.iterations))),
                "kind": In(bits_for(self.kinds.edges)),
                "map": Out(bits_for(job.map_count)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        table, width = self.kinds.table, len(self.map)
        if len(table) * self.kinds.edges > LARGEST_TABLE:
            m.d.comb += self.map.eq(self._block_ram(m))
            return m
        row, kind = Signal(range(max(2, len(table)))), Signal.like(self.kind)
        m.d.sync += [row.eq(Array(self.kinds.of_pass)[self.iteration]), kind.eq(self.kind)]
        rows = [_padded(entries, 1 << len(kind)) for entries in _padded(table, 1 << len(row))]
        found = Signal(width)
        entries = Array(Const(entry, width) for entries in rows for entry in entries)
        m.d.sync += found.eq(entries[Cat(kind, row)])
        m.d.comb += self.map.eq(delayed(m, found, self.latency_cycles - 2, "map"))
        return m

    def _block_ram(self, m: Module) -> Signal:
        if self.job.restarts:  # of many passes: a look-up of the row alone, and no addition
            return self._by_row(m)
        words = [entry for row in self.kinds.table for entry in row]
        m.submodules.table = table = Rom(len(self.map), words)
        base = Array(row * self.kinds.edges for row in self.kinds.of_pass)
        address = Signal(table.address_bits)
        m.d.sync += address.eq(base[self.iteration] + self.kind)
        m.d.comb += table.addr.eq(address)
        return table.data

    def _by_row(self, m: Module) -> Signal:
        rows = [_padded(row, 1 << len(self.kind)) for row in self.kinds.table]
        m.submodules.table = table = Rom(len(self.map), [entry for row in rows for entry in row])
        address, row = Signal(table.address_bits), Array(self.kinds.of_pass)[self.iteration]
        m.d.sync += address.eq(Cat(self.kind, row))
        m.d.comb += table.addr.eq(address)
        return table.data


def _padded(items: list, count: int) -> list:
    """The last item once more for what never occurs."""
    return items + items[-1:] * (count - len(items))
