"""Where a bit that a short reset loses comes from: back through gates and registers."""

from dataclasses import dataclass

import numpy as np

from synth.gates import Gates
from synth.reset_bench import Bench

_MOST = 8
"""Names in a line."""


@dataclass(frozen=True)
class Origin:
    """Something that stays lost.

    name : of the register or memory; cycle : of the run, from which on it is lost
    with_reset : a register whose reset is in vain
    sources : registers without a reset, and memories, that it got the unknown value from
    """

    name: str
    cycle: int
    with_reset: bool
    sources: tuple[str, ...]

    def __str__(self) -> str:
        if not self.with_reset:
            return f"{self.name} keeps what it held before a reset of one cycle"
        return (
            f"register {self.name} does not keep its reset value: {self.cycle} cycles after a "
            f"reset of one cycle it depends on {_listed(self.sources)}, which no reset clears"
        )


def origins(bench: Bench, pair: int, cycles: int) -> list[Origin]:
    """Run ``bench`` from its beginning and find the first bits that stay lost in a pair.

    cycles : the moment at which they are lost
    """
    gates, bit = bench.gates, np.uint32(1 << pair)
    q = gates.registers[:, 1]
    history, state = [], [(bench.lost_registers() & bit) != 0]
    for _ in range(cycles):
        bench.cycle()
        history.append(np.packbits((bench.lost(slice(None)) & bit) != 0))
        bench.clock()
        state.append((bench.lost_registers() & bit) != 0)
    since = _since(state)
    never = cycles + 1
    for with_reset in (True, False):
        first = np.where(bench.is_reset == with_reset, since, never)
        if (first < never).any():
            break
    else:
        words = np.flatnonzero(bench.lost_words() & bit)
        return [Origin(f"memory {gates.memories[n].name}", cycles, False, ()) for n in words]
    start = int(first.min())
    found: dict[str, set[str]] = {}
    trace = _Trace(gates, bench.is_reset, history)
    for number in np.flatnonzero(first == start):
        name = _signal(gates, q[number])
        found.setdefault(name, set()).update(trace.sources(number, start - 1) if with_reset else ())
    return [
        Origin(name, start, with_reset, tuple(sorted(sources)))
        for name, sources in sorted(found.items())
    ]


def _since(state: list[np.ndarray]) -> np.ndarray:
    """For each register the moment from which it is lost to the end; behind it if it is not."""
    since = np.full(len(state[0]), len(state))
    lost = np.ones(len(state[0]), dtype=bool)
    for moment in range(len(state) - 1, -1, -1):
        lost &= state[moment]
        since[lost] = moment
    return since


class _Trace:
    def __init__(self, gates: Gates, is_reset: np.ndarray, history: list[np.ndarray]):
        self._gates, self._is_reset, self._history = gates, is_reset, history
        self._driver = {
            int(row[-1]): row[:-1].tolist() for rows in gates.gates.values() for row in rows
        }
        self._register = {int(q): number for number, q in enumerate(gates.registers[:, 1])}
        self._memory = {
            int(net): (memory, address.tolist())
            for memory in gates.memories
            for address, data in memory.read_ports
            for net in data
        }

    def sources(self, register: int, cycle: int) -> set[str]:
        """What the register's value behind ``cycle`` comes from, if it is lost there."""
        sources: set[str] = set()
        waiting, seen = [(int(self._gates.registers[register, 0]), cycle)], set()
        while waiting:
            net, now = place = waiting.pop()
            if place in seen or now < 0 or not self._lost(net, now):
                continue
            seen.add(place)
            if net in self._driver:
                waiting += [(before, now) for before in self._driver[net]]
            elif net in self._register:
                number = self._register[net]
                if self._is_reset[number]:
                    waiting.append((int(self._gates.registers[number, 0]), now - 1))
                else:
                    sources.add(_signal(self._gates, net))
            elif net in self._memory:
                memory, address = self._memory[net]
                lost = [(bit, now) for bit in address if self._lost(bit, now)]
                waiting += lost
                if not lost:
                    sources.add(f"memory {memory.name}")
        return sources

    def _lost(self, net: int, cycle: int) -> bool:
        return bool(self._history[cycle][net >> 3] >> (7 - (net & 7)) & 1)


def _signal(gates: Gates, net: int) -> str:
    return gates.names.get(int(net), "(without a name)").partition("[")[0]


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
