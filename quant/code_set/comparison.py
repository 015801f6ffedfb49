"""The C model of a set against golden: every bit, APP value and status word.

Random codewords of all members over AWGN, in random order, each frame with a control word of its
own at random, some of them invalid, and some frames too short; and frames that the C model makes
itself. In equal parts at eight Eb/N0, from where most frames of every code are wrong to where most
of none are, with all vector widths of this processor in turn.
"""

from functools import cached_property

import numpy as np

from quant.cmodel.binding import FrameCounts
from quant.code_set import golden
from quant.code_set.cmodel import CodeSetModel
from quant.code_set.control import Control
from quant.code_set.link import SetChannel
from quant.code_set.monte_carlo import CodeSetMonteCarlo
from quant.code_set.traffic import random_controls
from quant.comparison import Comparer, Unit
from quant.min_sum.link import Channel
from quant.monte_carlo import point_number

POINTS = 8
_BELOW_DB, _ABOVE_DB = 0.8, 1.2
_BISECTION_FRAMES = 256
_SHORT = 0.01  # share of frames that lack a code


class CodeSetComparer(Comparer):
    """See the module."""

    @cached_property
    def model(self) -> CodeSetModel:
        """The compiled model with every vector width."""
        return CodeSetModel(self.spec, every_width=True)

    def points_db(self, seed: int) -> list[float]:
        middles = [half_wrong_db(self.model, code, seed) for code in range(len(self.spec.members))]
        low, high = min(middles) - _BELOW_DB, max(middles) + _ABOVE_DB
        return np.linspace(low, high, POINTS).round(3).tolist()

    def compare(self, point_db: float, seed: int, number: int, frames: int) -> Unit:
        self.model.use_vectors_in_turn(number)
        rng = np.random.default_rng([seed, point_number(point_db), number])
        controls = random_controls(self.spec, frames, rng)
        sent, codes = self._frames(controls, point_db, seed, number)
        for short in np.flatnonzero(rng.random(frames) < _SHORT):
            codes[short] = codes[short][:-1]
        due = golden.decode(self.spec, controls, codes)
        different = self.model.decode(controls, codes).differs(due)
        different |= ~self._same_counts(point_db, seed, number, frames)
        wrong = sum(
            bool((bits != (word if control.all_bits else word[self._information(control)])).any())
            for control, bits, word in zip(controls, due.bits, sent, strict=True) if bits.size
        )  # fmt: skip
        self.model.use_vector_bytes(0)
        return Unit(frames, int(different.sum()), wrong, frames)

    def _information(self, control: Control) -> np.ndarray:
        return self.spec.members[control.code].information_positions

    def _frames(self, controls: list[Control], point_db: float, seed: int, number: int):
        """Codewords and channel codes of a frame for each control word, valid or not."""
        count = len(self.spec.members)
        members = np.array([control.code % count for control in controls])
        sent: list = [None] * len(controls)
        codes: list = [None] * len(controls)
        for code, member in enumerate(self.spec.members):
            mine = np.flatnonzero(members == code)
            if not len(mine):
                continue
            link = Channel().at(point_db, member)
            where = link, seed, point_number(point_db), number * len(controls), len(mine)
            words, llr = self.model.frames(code, *where)
            for frame, word, values in zip(mine, words, self.model.quantise(code, llr),
                                           strict=True):  # fmt: skip
                sent[frame], codes[frame] = word, values
        return sent, codes

    def _same_counts(self, point_db: float, seed: int, number: int, frames: int) -> np.ndarray:
        """Frames, (frames,) bool, whose counts in a simulation are those of golden."""
        measured = CodeSetMonteCarlo.of_spec(self.spec)
        measured.compiled = self.model
        stop = ("pass", "no-change", "both", "never")[number % 4]
        link = SetChannel(max_iterations=1 + number % 20, stop=stop)
        where = link, point_db, seed, number * frames, frames
        ours, due = (measured.count(model, *where).counts for model in ("c", "golden"))
        same = np.ones(frames, dtype=bool)
        for name, values in due.items():
            same &= ours[name] == values
        return same


def half_wrong_db(model: CodeSetModel, code: int, seed: int) -> float:
    """Eb/N0 in dB where about half the frames of a member have a wrong information bit."""
    member, low, high = model.spec.members[code], -2.0, 14.0
    while high - low > 0.1:
        middle = (low + high) / 2
        zeros = (np.zeros(_BISECTION_FRAMES, dtype) for dtype in (np.uint32, np.uint8, np.uint8))
        found = FrameCounts(*zeros)
        control = Control(code, max_iterations=member.iterations)
        link = Channel().at(middle, member)
        model.simulate(control, link, seed, point_number(middle), 0, found)
        low, high = (middle, high) if (found.bit_errors > 0).mean() > 0.5 else (low, middle)
    return (low + high) / 2
