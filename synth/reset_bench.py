"""Pairs of runs of a design, one after a short reset and one after a long one, with equal inputs.

Each pair has a bit in both halves of the masks of :mod:`synth.three_valued`: the low half is the
run with the short reset.
"""

import random

import numpy as np

from model.errors import InputError
from synth.gates import Gates
from synth.three_valued import ALL, Simulation

PAIRS = 32
_EVERY = (1 << PAIRS) - 1
_HALF = np.uint64(PAIRS)
_SHORT = np.uint64(_EVERY)
_LONG_RESET = 96
_STROBES = ("valid", "write")


class Bench:
    """All pairs, from the first cycle behind their resets on.

    Pair 0 gets no input, and its memories and inputs are unknown. The data of the others is random
    but known; pair 1 gets no input either, all others do from the first cycle on (:class:`Source`).

    Parameters
    ----------
    beats : of a frame of each input stream, where known

    Attributes
    ----------
    is_reset : for each register, whether one cycle of reset makes it known
    """

    def __init__(self, gates: Gates, beats: dict[str, int]):
        if "rst" not in gates.inputs or "clk" not in gates.inputs:
            raise InputError("the design has no inputs clk and rst")
        known = _EVERY - 1
        self.gates, self.simulation = gates, Simulation(gates, known | known << PAIRS)
        self._random, self._data = random.Random(1), np.random.default_rng(1)
        valids = [name for name in gates.inputs if name.endswith("_tvalid")]
        streams = [name.removesuffix("_tvalid") for name in valids]
        self._sources = [Source(stream, beats.get(stream)) for stream in streams]
        self._state = gates.registers[:, 1]
        self.is_reset = np.zeros(len(self._state), dtype=bool)
        self._reset()

    def _reset(self) -> None:
        simulation, reset = self.simulation, self.gates.inputs["rst"]
        for cycle in range(_LONG_RESET):
            if cycle == _LONG_RESET - 1:
                # The short reset is the last cycle of the long one; before, nothing is known.
                simulation.can0[self._state] |= _SHORT
                simulation.can1[self._state] |= _SHORT
                simulation.forget_memories()
            self._drive()
            simulation.set(reset, 0, ALL)
            simulation.settle()
            simulation.clock()
        simulation.forget_memories()
        self.is_reset = self.unknown(self._state) & 1 == 0
        simulation.set(reset, ALL, 0)

    def cycle(self) -> None:
        """Inputs of one cycle, and what they lead to in front of the registers."""
        self._drive()
        self.simulation.settle()

    def clock(self) -> None:
        """End of the cycle. A beat is taken if the run with the long reset says so."""
        for source in self._sources:
            ready = self.gates.outputs.get(f"{source.stream}_tready")
            if ready is not None:
                source.taken(self.says_one(ready[0]))
        self.simulation.clock()

    def lost(self, nets) -> np.ndarray:
        """For each net the pairs in which the short run knows less than the long one."""
        return _lost(self.simulation.can0[nets], self.simulation.can1[nets])

    def unknown(self, nets) -> np.ndarray:
        """For each net the pairs in which the short run does not know it."""
        both = self.simulation.can0[nets] & self.simulation.can1[nets]
        return (both & _SHORT).astype(np.uint32)

    def bad(self, nets) -> np.ndarray:
        """Lost, or unknown though all data is known: it depends on what no reset has cleared."""
        return self.lost(nets) | (self.unknown(nets) & np.uint32(_EVERY - 1))

    def lost_registers(self) -> np.ndarray:
        """For each register the pairs in which it is lost."""
        return self.lost(self._state)

    def lost_words(self) -> np.ndarray:
        """For each memory the pairs in which some of it is lost."""
        words = zip(self.simulation.words0, self.simulation.words1, strict=True)
        found = [np.bitwise_or.reduce(_lost(*each), axis=None) for each in words]
        return np.array(found, dtype=np.uint32)

    def says_one(self, net: int) -> int:
        """Pairs in which it is known to be 1 in the run with the long reset."""
        return int((self.simulation.can1[net] & ~self.simulation.can0[net]) >> _HALF)

    def _drive(self) -> None:
        choice, inputs = self._random, self.gates.inputs
        for name, nets in inputs.items():
            half = self._data.integers(0, 1 << PAIRS, len(nets), dtype=np.uint64)
            bits = half | half << _HALF
            unknown = np.uint64(1 | 1 << PAIRS) if name != "clk" else np.uint64(0)
            if name != "rst":
                self.simulation.set(nets, ~bits | unknown, bits | unknown)
        for source in self._sources:
            source.choose(choice)
            self._set(inputs[f"{source.stream}_tvalid"], source.valid, _EVERY)
            if f"{source.stream}_tlast" in inputs:
                self._set(inputs[f"{source.stream}_tlast"], source.last, _EVERY - 1)
        for name, nets in inputs.items():
            if name.endswith("_tready"):
                # With pair 0 the consumer may do anything.
                self._set(nets, choice.getrandbits(PAIRS) | choice.getrandbits(PAIRS), _EVERY - 1)
            elif name.endswith(_STROBES) and not name.endswith("_tvalid"):
                self._set(nets, 0, _EVERY)

    def _set(self, nets: np.ndarray, ones: int, known: int) -> None:
        """The same for both runs of a pair; unknown in pairs that are not in ``known``."""
        self.simulation.set(nets, _both(~ones | ~known), _both(ones | ~known))


class Source:
    """Sends frames into one stream; the masks have a bit for each pair.

    Half of them send all the time, the others with pauses; some send frames of wrong length.
    """

    def __init__(self, stream: str, beats: int | None):
        self.stream, self.beats = stream, beats
        self.valid = self.last = 0
        self._number = [0] * PAIRS

    def choose(self, choice: random.Random) -> None:
        """What they send in the next cycle."""
        self.valid = self.last = 0
        for pair in range(2, PAIRS):
            self.valid |= (pair % 2 or choice.random() < 0.6) << pair
            wrong = self.beats is None or pair % 8 == 7
            ends = choice.random() < 0.2 if wrong else self._number[pair] == self.beats - 1
            self.last |= ends << pair

    def taken(self, ready: int) -> None:
        """The beat was taken where ``ready`` has a bit."""
        for pair in range(2, PAIRS):
            if ready & self.valid & 1 << pair:
                self._number[pair] = 0 if self.last >> pair & 1 else self._number[pair] + 1


def _lost(can0: np.ndarray, can1: np.ndarray) -> np.ndarray:
    less = (can0 & ~(can0 >> _HALF)) | (can1 & ~(can1 >> _HALF))
    return (less & _SHORT).astype(np.uint32)


def _both(mask: int) -> np.uint64:
    half = mask & _EVERY
    return np.uint64(half | half << PAIRS)
