"""How a channel value is stored: the code itself, or the value where the code does not do."""

from collections.abc import Callable

from amaranth.hdl import Array, Cat, Const, Mux, Value, signed

from hw.lib.arithmetic import saturate, signed_bits
from hw.lib.target import in_logic
from quant.spec import Spec


class ChannelWord:
    """Format of one lane of the channel memory.

    Values that are all odd are stored without their last bit, which is appended on the way to the
    APP: of a uniform mid-rise channel that is the code itself. A decoder with erased bits needs a
    0 and stores whole values. A channel's table is looked up before that, once a lane of a beat
    and not once a lane of the decoder, but behind all that moves lanes: a code is never wider.
    """

    def __init__(self, spec: Spec):
        self.channel, self.code_bits = spec.channel, spec.channel.bits
        lanes = spec.code.transmitted_lanes
        self.erasures = any(count < spec.code.lifting_size for count in lanes)
        self.mid_rise = spec.channel.rise == "mid_rise"
        odd = self.mid_rise and all(value & 1 for value in self.channel.values)
        self.appends_one = odd and not self.erasures
        channels = [one.channel for one in spec.tries]
        steps = max(channel.largest for channel in channels) >> self.channel.app_shift
        self.bits = signed_bits(steps) - self.appends_one
        self._tables = list(dict.fromkeys(each for each in channels if each != self.channel))
        numbers = (self._tables.index(each) + 1 if each in self._tables else 0 for each in channels)
        self.table_of_try = tuple(numbers) if self._tables else ()

    def saturated(self, byte: Value, look_up: Callable = in_logic) -> Value:
        """Stream byte to channel code, saturating to the channel's range.

        ``look_up`` of a target, with its module: all bits ask whether the upper ones are alike.
        """
        bits = self.channel.bits
        byte = Value.cast(byte).as_signed()
        if not self.mid_rise:
            return saturate(byte, bits)[:bits]
        sign, head, low = byte[-1], byte[bits - 1 : -1], byte[: bits - 1]
        top = [sign, *head[-3:]]
        alike = look_up(_alike, *top) if len(head) else Const(1)
        overflow = ~alike | (head[:-3] ^ sign.replicate(len(head[:-3]))).any()
        return Cat(*(Mux(overflow, ~sign, bit) for bit in low), sign)

    def stored(self, code: Value) -> Value:
        """Channel code to memory word."""
        if self.channel.values:
            # In the order of the codes as unsigned numbers: the upper half is negative.
            codes = *range(self.channel.maximum_code + 1), *range(self.channel.minimum_code, 0)
            words = (Const(self._word(code), signed(self.bits)) for code in codes)
            return Array(words)[code][: self.bits]
        return Cat(Const(1, 1), code) if self.mid_rise and not self.appends_one else code

    def looked_up(self, stored: Value, number: Value) -> Value:
        """Memory word of a try whose channel values are in table ``number``; 0 is the word itself.

        A bit that is another one of the word, as the sign where a table clears it, is no look-up.
        """
        codes = range(self.channel.minimum_code, self.channel.maximum_code + 1)
        mask = (1 << self.bits) - 1
        tables = [
            {self._word(code) & mask: self._word(code, channel) & mask for code in codes}
            for channel in self._tables
        ]
        words = [stored, *(
            Cat(_bit_of(stored, bit, table) for bit in range(self.bits)) for table in tables
        )]  # fmt: skip
        if len(words) == 2:
            return Mux(number, words[1], stored)
        return Cat(
            _chosen(stored, number, [bit, *(_source_of(self.bits, bit, each) for each in tables)],
                    [word[bit] for word in words])
            for bit in range(self.bits)
        )  # fmt: skip

    def fill(self, kind: str) -> int:
        """Memory word (as unsigned bits) of a bit that is not transmitted."""
        if kind == "erased":
            return 0
        return self._word(self.channel.maximum_code)

    def _word(self, code: int, channel=None) -> int:
        return (channel or self.channel).steps_of(code) >> self.appends_one

    def app(self, stored: Value, present: Value) -> Value:
        """Memory word to APP value, signed; 0 where neither the word nor ``present`` is set."""
        steps = Cat(present, stored) if self.appends_one else stored
        return Cat(Const(0, self.channel.app_shift), steps).as_signed()


def _bit_of(word: Value, bit: int, table: dict[int, int]) -> Value:
    """A bit of what ``table`` has for ``word``; what it does not have stays as it is."""
    source = _source_of(len(word), bit, table)
    if source is not None:
        return word[source]
    every = (table.get(given, given) >> bit & 1 for given in range(1 << len(word)))
    return Array(Const(one, 1) for one in every)[word]


def _source_of(bits: int, bit: int, table: dict[int, int]) -> int | None:
    """Which bit of a word has the value of ``bit`` of what ``table`` has for it; None: none."""
    for source in (bit, *range(bits)):
        if all(to >> bit & 1 == given >> source & 1 for given, to in table.items()):
            return source
    return None


def _chosen(word: Value, number: Value, sources: list[int | None], bits: list[Value]) -> Value:
    """The one of ``bits`` that ``number`` says; ``sources`` : which bits of ``word`` they are.

    Where they are two different ones, a look-up table of four inputs chooses.
    """
    kinds = list(dict.fromkeys(sources))
    if kinds == [sources[0]]:
        return bits[0]
    if None in kinds or len(kinds) > 2:
        return Array(bits)[number]
    others = [n for n, source in enumerate(sources) if source == kinds[1]]
    return Mux(number.matches(*others), word[kinds[1]], word[kinds[0]])


def _alike(first, *others):
    """Whether bits are all the same."""
    unlike = first ^ first
    for bit in others:
        unlike = unlike | (bit ^ first)
    return unlike == 0
