"""In lock-step: in what order a frame's codes become channel words, and its decisions beats."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.lib import data

from hw.frame.options import CODEWORD, INFORMATION
from hw.layered.program import Addressing, final_exponents
from hw.lib.arithmetic import bits_for
from quant.code_section import information_positions


@dataclass(frozen=True)
class _FrameOrder:
    """What a frame in lock-step goes through, some codes or bits at once."""

    addressing: Addressing

    @property
    def _lanes(self) -> int:
        return self.addressing.lifted.code.lifting_size

    def _enough(self, counts: dict[int, int]) -> int:
        """The least number at once that is no slower than decoding, or else the quickest."""
        job = self.addressing.job
        most = job.iterations * job.n_block_edges
        fitting = [at_once for at_once, cycles in counts.items() if cycles <= most]
        return min(fitting) if fitting else min(counts, key=counts.get)


class InputPermutation(_FrameOrder):
    """Which codes of a frame, in the order of the input, make up the words (n, 0), (n, 1), ...

    Lane v of word (n, r) is bit r + v * frames of column n, turned to the word's first layer. A
    word is shifted together, the same number of codes in every cycle, its lowest lanes first.
    """

    _most_at_once = 4

    @cached_property
    def stored_beat(self) -> int:
        """Places of a beat in memory, a power of two."""
        return 1 << (self.addressing.llrs_per_beat - 1).bit_length()

    @cached_property
    def beats(self) -> int:
        """Of a frame."""
        return -(-self.addressing.job.n // self.addressing.llrs_per_beat)

    @cached_property
    def fills(self) -> list[str]:
        """Kinds of bits that are not transmitted; their words are stored behind the frame's."""
        code = self.addressing.job.code
        columns = self.addressing.loaded_columns
        partial = (c for c in columns if code.transmitted_lanes[c] < code.lifting_size)
        return sorted({code.fill[column] for column in partial})

    @cached_property
    def words(self) -> list[list[int]]:
        """By channel index: the place in memory of every lane's code."""
        addressing, code = self.addressing, self.addressing.job.code
        width, frames, first, words = addressing.llrs_per_beat, addressing.frames, 0, []
        for column in addressing.loaded_columns:
            sent = code.transmitted_lanes[column]
            places = []
            for bit in range(code.lifting_size):
                beat, lane = divmod(first + bit, width)
                if bit >= sent:
                    beat, lane = self.beats, self.fills.index(code.fill[column])
                places.append(beat * self.stored_beat + lane)
            first += sent
            for part in range(frames):
                turn = addressing.first_exponents[column * frames + part]
                lanes = ((lane + turn) % self._lanes for lane in range(self._lanes))
                words.append([places[part + lane * frames] for lane in lanes])
        return words

    @cached_property
    def at_once(self) -> int:
        """Codes in a cycle."""
        counts = {
            codes: self.beats + len(self.words) * -(-self._lanes // codes) + 16
            for codes in range(1, self._most_at_once + 1)
        }
        return self._enough(counts)

    @property
    def layout(self) -> data.StructLayout:
        """What the loader has to know of a cycle.

        place0, place1, ... : of the codes, in their order
        ends : the word is complete then, that of ``index`` ; last : it is the frame's last
        """
        place, index = bits_for((self.beats + 1) * self.stored_beat), bits_for(len(self.words))
        fields = {f"place{n}": place for n in range(self.at_once)}
        return data.StructLayout(fields | {"index": index, "ends": 1, "last": 1})

    @cached_property
    def steps(self) -> list[dict]:
        """One of ``layout`` for every cycle."""
        steps = []
        for index, word in enumerate(self.words):
            # What is shifted in first may fall out at the other end.
            padded = [word[0]] * (-len(word) % self.at_once) + word
            for first in range(0, len(padded), self.at_once):
                codes = padded[first : first + self.at_once]
                step = {f"place{n}": place for n, place in enumerate(codes)}
                steps.append(step | {"index": index, "ends": 0, "last": 0})
            steps[-1]["ends"] = 1
        steps[-1]["last"] = 1
        return steps


@dataclass(frozen=True)
class BeatOrder(_FrameOrder):
    """Which bits of a frame's hard-decision words follow each other in its beats.

    Parameters
    ----------
    beat_bits : width of a beat
    output : of :data:`hw.frame.options.OUTPUTS`
    """

    beat_bits: int
    output: str = CODEWORD

    _most_at_once = 8

    @cached_property
    def stored_bits(self) -> int:
        """Places of a word in memory, a power of two."""
        return 1 << (self._lanes - 1).bit_length()

    @cached_property
    def _places(self) -> list[int]:
        """Of the bits that leave in natural order, and some more to the end of the last beat."""
        frames, finals = self.addressing.frames, final_exponents(self.addressing.lifted)
        job = self.addressing.job
        places, leaving = [], range(job.n_variables)
        if self.output == INFORMATION:
            leaving = information_positions(job.code)
        for variable in leaving:
            column, bit = divmod(variable, job.code.lifting_size)
            lane, part = divmod(bit, frames)
            word = column * frames + part
            places.append(word * self.stored_bits + (lane - finals[word]) % self._lanes)
        return places + places[:1] * (-len(places) % self.beat_bits)

    @cached_property
    def at_once(self) -> int:
        """Bits in a cycle."""
        counts = {bits: len(self._places) // bits + 16 for bits in (1, 2, 4, self._most_at_once)}
        return self._enough(counts)

    @property
    def layout(self) -> data.StructLayout:
        """What the unloader has to know of a cycle.

        place0, place1, ... : of the bits, in their order
        whole : the beat is complete then ; last : it is the frame's last
        """
        bits = self.addressing.hard_bits + (self.stored_bits - 1).bit_length()
        places = {f"place{n}": bits for n in range(self.at_once)}
        return data.StructLayout(places | {"whole": 1, "last": 1})

    @cached_property
    def words(self) -> list[dict]:
        """One of ``layout`` for every cycle."""
        steps = []
        for first in range(0, len(self._places), self.at_once):
            bits = self._places[first : first + self.at_once]
            whole = (first + self.at_once) % self.beat_bits == 0
            step = {f"place{n}": place for n, place in enumerate(bits)}
            steps.append(step | {"whole": int(whole), "last": 0})
        steps[-1]["last"] = 1
        return steps
