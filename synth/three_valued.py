"""Simulation of a design in which a bit may be unknown, of 64 runs at once.

A net is two masks with a bit for each run: it can be 0, it can be 1. Both: unknown. What comes out
holds for every value of the unknown bits, because each gate gives the union over its inputs' values
(C. Seger, R. Bryant, Formal verification by symbolic evaluation of partially-ordered trajectories,
Formal Methods in System Design 6, 1995). It is monotone: who knows more at the inputs knows at
least as much at the outputs.
"""

from collections.abc import Iterator

import numpy as np

from model.errors import InputError
from synth.gates import GATES, ONE, UNKNOWN, ZERO, Gates, Memory

RUNS = 64
ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


class Simulation:
    """Runs of a design, all from the state in which nothing is known.

    Attributes
    ----------
    can0, can1 : masks of all nets
    words0, words1 : of every memory, masks (depth, width)

    Parameters
    ----------
    chosen : runs in which a memory bit that is unknown is read as a random one, always the same;
        ``seed`` of these. Runs n and n + 32 have the same
    """

    def __init__(self, gates: Gates, chosen: int = 0, seed: int = 1):
        self.gates, self._chosen = gates, np.uint64(chosen)
        self.can0 = np.full(gates.nets, ALL)
        self.can1 = np.full(gates.nets, ALL)
        self.can1[ZERO] = self.can0[ONE] = 0
        self.words0, self.words1 = [], []
        for memory in gates.memories:
            shape, unknown = memory.known.shape, ~memory.known | bool(memory.write_ports)
            for words, value in ((self.words0, ~memory.ones), (self.words1, memory.ones)):
                words.append(np.where(unknown | value, ALL, np.uint64(0)).reshape(shape))
        rng = np.random.default_rng(seed)
        self._choice = []
        for words in self.words0 if chosen else ():
            half = rng.integers(0, 1 << 32, words.shape, dtype=np.uint64)
            self._choice.append(half | half << np.uint64(32))
        self._steps = list(_in_order(gates))

    def set(self, nets: np.ndarray, can0, can1) -> None:
        """Give input nets their masks, for all runs."""
        self.can0[nets], self.can1[nets] = can0, can1

    def settle(self) -> None:
        """Work out everything between the registers."""
        v0, v1 = self.can0, self.can1
        for kind, what in self._steps:
            if kind == "read":
                self._read(*what)
                continue
            *inputs, y = what
            a = inputs[0]
            if kind in ("$_AND_", "$_NAND_", "$_OR_", "$_NOR_", "$_ANDNOT_", "$_ORNOT_"):
                b = inputs[1]
                a0, a1, b0, b1 = v0[a], v1[a], v0[b], v1[b]
                if kind.endswith("NOT_"):
                    b0, b1 = b1, b0
                if "AND" in kind:
                    y0, y1 = a0 | b0, a1 & b1
                else:
                    y0, y1 = a0 & b0, a1 | b1
                if kind.startswith("$_N"):
                    y0, y1 = y1, y0
            elif kind in ("$_XOR_", "$_XNOR_"):
                b = inputs[1]
                a0, a1, b0, b1 = v0[a], v1[a], v0[b], v1[b]
                y0, y1 = (a0 & b0) | (a1 & b1), (a0 & b1) | (a1 & b0)
                if kind == "$_XNOR_":
                    y0, y1 = y1, y0
            elif kind == "$_MUX_":
                b, s = inputs[1:]
                s0, s1 = v0[s], v1[s]
                y0, y1 = (s0 & v0[a]) | (s1 & v0[b]), (s0 & v1[a]) | (s1 & v1[b])
            else:
                y0, y1 = v0[a], v1[a]
                if kind == "$_NOT_":
                    y0, y1 = y1, y0
            v0[y], v1[y] = y0, y1

    def clock(self) -> None:
        """The rising edge: registers and memories take what :meth:`settle` has worked out."""
        d, q = self.gates.registers[:, 0], self.gates.registers[:, 1]
        for number, memory in enumerate(self.gates.memories):
            for port in memory.write_ports:
                self._write(number, memory, *port)
        self.can0[q], self.can1[q] = self.can0[d], self.can1[d]

    def forget_memories(self) -> None:
        """Every memory with a write port may hold anything."""
        for memory, *words in zip(self.gates.memories, self.words0, self.words1, strict=True):
            for word in words if memory.write_ports else ():
                word[:] = ALL

    def _addresses(self, nets: np.ndarray, runs: np.uint64) -> Iterator[tuple[np.uint64, object]]:
        """Each address of some runs, with the mask of those: a number, or an array of numbers."""
        a0, a1 = self.can0[nets], self.can1[nets]
        # A word that is the same in all runs is the usual case.
        if not (((a0 != 0) & (a0 != ALL)) | ((a1 != 0) & (a1 != ALL))).any():
            yield runs, _numbers(a0 != 0, a1 != 0)
            return
        shifts = np.arange(RUNS, dtype=np.uint64)
        bits = [(a[:, None] >> shifts & np.uint64(1)).astype(bool) for a in (a0, a1)]
        asked = [run for run in range(RUNS) if int(runs) >> run & 1]
        groups: dict[bytes, list[int]] = {}
        both = np.ascontiguousarray(np.concatenate(bits).T)
        for run in asked:
            groups.setdefault(both[run].tobytes(), []).append(run)
        for members in groups.values():
            mask = np.uint64(sum(1 << run for run in members))
            yield mask, _numbers(bits[0][:, members[0]], bits[1][:, members[0]])

    def _read(self, number: int, memory: Memory, address: np.ndarray, data: np.ndarray) -> None:
        found = np.zeros((2, len(data)), dtype=np.uint64)
        for runs, at in self._addresses(address, ALL):
            inside = at[at < memory.depth]
            if len(inside) == 1:
                inside = inside[0]
            zero, one = self.words0[number][inside], self.words1[number][inside]
            if self._chosen:
                unknown, choice = zero & one & self._chosen, self._choice[number][inside]
                zero, one = zero & ~(unknown & choice), one & ~(unknown & ~choice)
            if zero.ndim > 1:
                zero, one = (np.bitwise_or.reduce(part, axis=0) for part in (zero, one))
            outside = np.uint64(0) if np.size(inside) == len(at) else runs
            found[0] |= zero & runs | outside
            found[1] |= one & runs | outside
        self.can0[data], self.can1[data] = found

    def _write(self, number: int, memory: Memory, enable, address, data) -> None:
        may, must = self.can1[enable], ~self.can0[enable]
        runs = np.bitwise_or.reduce(may)
        if not runs:
            return
        d0, d1 = self.can0[data], self.can1[data]
        words = self.words0[number], self.words1[number]
        for group, at in self._addresses(address, runs):
            inside = at[at < memory.depth]
            sure = must & group if len(at) == 1 else np.zeros_like(must)
            for value, new in zip(words, (d0, d1), strict=True):
                value[inside] = (value[inside] & ~sure) | (new & may & group)


def _numbers(can0: np.ndarray, can1: np.ndarray) -> np.ndarray:
    """All addresses that bits allow, lowest bit first."""
    numbers = np.zeros(1, dtype=np.int64)
    for place, (zero, one) in enumerate(zip(can0, can1, strict=True)):
        if zero and one:
            numbers = np.concatenate([numbers, numbers | 1 << place])
        elif one:
            numbers = numbers | 1 << place
    return numbers


def _in_order(gates: Gates) -> Iterator[tuple[str, object]]:
    """Gates and read ports, level by level, those of one level and type together."""
    left = dict(gates.gates)
    reads = [
        (number, memory, *port)
        for number, memory in enumerate(gates.memories)
        for port in memory.read_ports
    ]
    driven = np.zeros(gates.nets, dtype=bool)
    for outputs in (*(part[:, -1] for part in left.values()), *(data for *_, data in reads)):
        driven[outputs] = True
    driven[[ZERO, ONE, UNKNOWN]] = False
    done = ~driven
    while any(len(part) for part in left.values()) or reads:
        ready = []
        for kind, part in left.items():
            if len(part):
                now = done[part[:, : len(GATES[kind])]].all(axis=1)
                if now.any():
                    ready.append((kind, part[now]))
                    left[kind] = part[~now]
        now_read = [read for read in reads if done[read[2]].all()]
        reads = [read for read in reads if not done[read[2]].all()]
        if not ready and not now_read:
            raise InputError("the design has a loop without a register")
        for kind, part in ready:
            done[part[:, -1]] = True
            yield kind, tuple(np.ascontiguousarray(part.T))
        for read in now_read:
            done[read[3]] = True
            yield "read", read
