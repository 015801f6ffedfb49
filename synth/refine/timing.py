"""Static timing of a placed design: delays of cells as nextpnr says, of wires by distance."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import njit

from synth.refine.placed import WRITER, Placed

_DEDICATED = ("FCI", "DI", "WD")  # wires inside a slice or between neighbours
_CLOCKS = ("CLK", "WCK")
_TRIPLE = r"\(-?\d+:-?\d+:(-?\d+)\)"
_PATH = re.compile(rf"\(IOPATH (?:\(\w+ )?(\w+)\)? (\w+) {_TRIPLE}")
_SETUP = re.compile(rf"\(SETUPHOLD \(\w+ (\w+)\) \(\w+ \w+\) {_TRIPLE}")
_END = "end"  # what is clocked, as a node without a way on

_RESET_SETUP_NS = 0.42  # of resets that nextpnr has not seen yet (synth.refine.resets)
_NEAR = 5
_SAME_TILE_NS, _BASE_NS = 0.62, 0.77
_COLUMN_NS, _FAR_COLUMN_NS = 0.065, 0.042
_ROW_NS, _FAR_ROW_NS = 0.094, 0.054
"""A routed wire by its distance in tiles, speed 6: least squares over the 40,000 wires of the
default decoder, as nextpnr's router left them (standard deviation 0.24 ns). nextpnr's placer takes
0.48 ns and 0.16 ns a tile, beyond the fifth 0.08: too much for a long way, too little for a step.
"""
_MANY, _MANY_NS = 64, 0.25
"""Wires of nets of so many sinks take longer (half of them by 0.2 ns, a few by 0.8)."""


@dataclass(frozen=True)
class Timing:
    """Edges from one cell's output to another's, in an order in which times can be added up.

    ``source, target`` : nodes ; ``a, b`` : cells at the ends of the wire
    ``cell_ns`` : delay or setup behind the wire
    ``wired`` : whether the wire's delay depends on distance
    ``start_ns`` : by node: clock to output, else 0 ; ``ends`` : by node: it is clocked
    """

    source: np.ndarray
    target: np.ndarray
    a: np.ndarray
    b: np.ndarray
    cell_ns: np.ndarray
    wired: np.ndarray
    start_ns: np.ndarray
    ends: np.ndarray

    def wire_ns(self, x: np.ndarray, y: np.ndarray, table: np.ndarray) -> np.ndarray:
        """Delay of every edge's wire."""
        columns, rows = np.abs(x[self.a] - x[self.b]), np.abs(y[self.a] - y[self.b])
        return np.where(self.wired, table[columns, rows], 0.0)

    def slack(self, wire_ns: np.ndarray, period_ns: float) -> tuple[float, np.ndarray]:
        """Longest path in ns, and by edge what the longest through it leaves of ``period_ns``."""
        return _slack(wire_ns + self.cell_ns, self.source, self.target, self.start_ns, self.ends,
                      period_ns)  # fmt: skip


def wire_table(width: int, height: int) -> np.ndarray:
    """Delays in ns by columns and rows between two cells."""
    columns, rows = np.arange(width)[:, None], np.arange(height)[None, :]
    table = _BASE_NS + _COLUMN_NS * np.minimum(columns, _NEAR) + _ROW_NS * np.minimum(rows, _NEAR)
    table = table + _FAR_COLUMN_NS * np.maximum(columns - _NEAR, 0)
    table = table + _FAR_ROW_NS * np.maximum(rows - _NEAR, 0)
    table[0, 0] = _SAME_TILE_NS
    return table


def timing_of(placed: Placed, sdf: Iterable[str]) -> Timing:
    """Edges of a design with the cell delays of nextpnr's SDF lines. Pins are left out."""
    starts, through, setup = _cell_delays(placed, sdf)
    timed = starts.keys() | {output for outputs in through.values() for output in outputs}
    nodes: dict[tuple[int, str], int] = {}
    edges = []
    for (driver, port), sinks in placed.nets:
        if (driver, port) not in timed:
            continue
        source = nodes.setdefault((driver, port), len(nodes))
        more_ns = _MANY_NS if len(sinks) >= _MANY else 0.0
        for sink, at in sinks:
            wired = at not in _DEDICATED and placed.kind[driver] != WRITER
            found = list(through.get((sink, at), {}).items())
            late = setup.get((sink, at), _RESET_SETUP_NS if at == "LSR" else None)
            if late is not None:
                found.append(((sink, _END), late))
            for key, ns in found:
                target = nodes.setdefault(key, len(nodes))
                edges.append((source, target, driver, sink, ns + more_ns, wired))
    columns = [np.array(column) for column in zip(*_ordered(edges, len(nodes)), strict=True)]
    start_ns = np.array([starts.get(node, 0.0) for node in nodes])
    ends = np.array([port == _END for _, port in nodes])
    return Timing(*columns, start_ns, ends)


def _cell_delays(placed: Placed, sdf: Iterable[str]):
    """Clock to output; through a cell by input, then output; setup; slowest corner, in ns."""
    starts, setup = {}, {}
    through: dict = defaultdict(dict)
    cell = None
    for line in map(str.strip, sdf):
        if line.startswith("(INSTANCE"):
            name = line[len("(INSTANCE") : -1].strip().replace("\\", "")
            cell = placed.number.get(name)
        elif cell is not None and (found := _PATH.match(line)):
            source, port, ns = found[1], found[2], int(found[3]) / 1000
            if source.startswith(_CLOCKS):
                starts[cell, port] = max(ns, starts.get((cell, port), 0.0))
            else:
                through[cell, source][cell, port] = ns
        elif cell is not None and (found := _SETUP.match(line)):
            key, ns = (cell, found[1]), int(found[2]) / 1000
            setup[key] = max(ns, setup.get(key, ns))
    return starts, through, setup


def _ordered(edges: list[tuple], nodes: int) -> list[tuple]:
    """Edges into a node before those out of it. Edges of a loop are left out."""
    leaving, missing = [[] for _ in range(nodes)], [0] * nodes
    for edge in edges:
        leaving[edge[0]].append(edge)
        missing[edge[1]] += 1
    ready, ordered = [node for node in range(nodes) if not missing[node]], []
    while ready:
        for edge in leaving[ready.pop()]:
            ordered.append(edge)
            missing[edge[1]] -= 1
            if not missing[edge[1]]:
                ready.append(edge[1])
    return ordered


@njit(cache=True)
def _slack(ns, source, target, start_ns, ends, period_ns):
    arrives = start_ns.copy()
    for edge in range(len(ns)):
        arrives[target[edge]] = max(arrives[target[edge]], arrives[source[edge]] + ns[edge])
    needed = np.where(ends, period_ns, 1e9)
    for edge in range(len(ns) - 1, -1, -1):
        needed[source[edge]] = min(needed[source[edge]], needed[target[edge]] - ns[edge])
    longest = 0.0
    for node in range(len(ends)):
        if ends[node]:
            longest = max(longest, arrives[node])
    slack = np.empty(len(ns))
    for edge in range(len(ns)):
        slack[edge] = needed[target[edge]] - arrives[source[edge]] - ns[edge]
    return longest, slack
