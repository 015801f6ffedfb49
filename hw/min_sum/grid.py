"""What the lanes count in: the spec's integers, or half of them where every APP value is odd."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Value

from hw.lib.gray import serial_code
from hw.min_sum.channel_word import ChannelWord
from quant.number_forms import odd_sums
from quant.spec import Spec


@dataclass(frozen=True)
class Grid:
    """Words of APP values, messages and thresholds.

    Where channel values are odd and levels even, an APP value v is odd too. Then its word is
    (v - 1) / 2 and a message's word half the message: words are a bit narrower, the word of -v is
    the complement of that of v, and abs(v) >= T asks whether one of the two is >= T / 2, without a
    carry.
    """

    spec: Spec

    @cached_property
    def _stored(self) -> ChannelWord:
        return ChannelWord(self.spec)

    @cached_property
    def halved(self) -> bool:
        """Whether words are of half the spec's integers."""
        return odd_sums(self.spec)

    @property
    def app_bits(self) -> int:
        """Width of an APP word."""
        return self.spec.app_bits - self.halved

    @property
    def level_max(self) -> int:
        """Largest message word."""
        return self.spec.level_max >> self.halved

    @property
    def codebook(self) -> list[list[int]]:
        """Message words by entry of the spec's codebook."""
        return [[level >> self.halved for level in entry] for entry in self.spec.maps.codebook]

    def code(self):
        """Magnitude code of the messages, for words."""
        return serial_code(tuple(threshold >> self.halved for threshold in self.spec.thresholds))

    def value(self, word: Value) -> Value:
        """The spec's APP value that a word stands for, signed."""
        return (Cat(Const(1, 1), word) if self.halved else word).as_signed()

    def channel(self, stored: Value, present: Value) -> Value:
        """APP word of a channel memory word; 0 where neither it nor ``present`` is set."""
        if self.halved:
            return stored.as_signed()
        return self._stored.app(stored, present)
