"""A variable node: channel value and messages to the magnitudes and signs it tells its checks."""

from amaranth.hdl import Cat, Const, Module, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.direct.messages import Values, stored_bits
from hw.direct.quantiser import Quantiser
from hw.lib.arithmetic import signed_bits
from hw.lib.delay import delayed
from hw.lib.magnitude import Binary, Thermometer


class VariableNode(wiring.Component):
    """Sum of all operands, less each message in turn, quantised.

    Where channel and messages are all odd, their lowest bit is constant and only halves are added:
    v = 2 h + 1. The channel's half then carries half the number of odd words that a sum for a
    check has (``bias``), so that such a sum is 2 h + (degree modulo 2).

    Parameters
    ----------
    channel, messages : the values of the operands
    fraction : fraction bits of the messages, which are rounded to whole APP LSB here: the bit
        below the point is the carry into an adder
    code : how a magnitude index is coded
    cut : a register after the sum
    decides, tells : what is asked of the node: its decision, what it tells its checks, or both
    soft : with ``decides``, whether it has ``sum``

    Members
    -------
    channel : the channel word: its value, or half and ``bias``
    messages : ``m0`` .. stored messages with their fraction; halves where all words are odd
    x, negative : per edge magnitude index and sign of the sum of all others; 0 unless ``tells``
    decision : the sum of everything is negative; 0 unless ``decides``
    sum : that sum, in APP LSB

    Attributes
    ----------
    latency_cycles : 1 with ``cut``, else 0
    bias : what the channel's half carries; None where whole words are added
    made_of : all parameters
    """

    def __init__(
        self,
        channel: Values,
        messages: list[Values],
        fraction: int,
        code: Thermometer | Binary,
        cut: bool,
        decides: bool = True,
        tells: bool = True,
        soft: bool = False,
    ):
        self.made_of = channel, messages, fraction, code, cut, decides, tells, soft
        self.values, self.message_values, self.soft = channel, messages, soft
        self.fraction, self.code, self.cut = fraction, code, cut
        self.decides, self.tells = decides, tells
        self.latency_cycles = int(cut)
        degree = len(messages)
        odd = channel.odd and all(values.odd for values in messages)
        self.bias = degree >> 1 if odd else None
        self.word_bits = channel.bits
        if odd:
            self.word_bits = signed_bits((channel.largest >> 1) + 1 + self.bias)
        most = channel.largest + sum(values.largest for values in messages)
        words = {
            f"m{i}": signed(stored_bits(values, fraction)) for i, values in enumerate(messages)
        }
        super().__init__(
            {
                "channel": In(signed(self.word_bits)),
                "messages": In(data.StructLayout(words)),
                "x": Out(data.ArrayLayout(code.width, degree)),
                "negative": Out(degree),
                "decision": Out(1),
            }
            | ({"sum": Out(signed(signed_bits(most)))} if soft else {})
        )

    def elaborate(self, platform):
        m = Module()
        self._m, self._names = m, 0
        degree = len(self.message_values)
        odd = self.bias is not None
        words, carries = [], []
        for i in range(degree):
            word = self.messages[f"m{i}"]
            carries.append(word[self.fraction - 1] if self.fraction else None)
            # A message that is odd is kept as its half, which is all that is added if all are.
            whole = Cat(1, word) if self.message_values[i].odd and not odd else word
            words.append(whole[self.fraction :].as_signed())
        spans = [values.largest for values in self.message_values]
        sums, total = self._sums(words, carries, spans)
        if self.tells:
            widths = [len(value) + odd for value in sums]
            m.submodules.quantiser = quantiser = Quantiser(widths, self.code)
            for i, value in enumerate(sums):
                m.d.comb += [
                    quantiser.values[i].eq(Cat(Const(degree & 1, 1), value) if odd else value),
                    self.x[i].eq(quantiser.x[i]),
                    self.negative[i].eq(value[-1]),
                ]
        if not self.decides:
            return m
        if odd and degree & 1:  # the sum is 2 (total + 1)
            m.d.comb += self.decision.eq(total[-1] & ~total[:-1].all())
        else:
            m.d.comb += self.decision.eq(total[-1])
        if self.soft:
            # Of odd words there are degree + 1, and the bias has counted most of their halves.
            m.d.comb += self.sum.eq(2 * total + 1 + (degree & 1) if odd else total)
        return m

    def _sums(self, words, carries, spans) -> tuple[list[Value], Value]:
        """Per edge the sum without it, and the sum of everything."""
        degree, channel, top = len(words), self.channel, self._span(self.values.largest)
        every = top + sum(spans)
        if degree == 1:
            total = self._add(channel, words[0], carries[0], every)
            return [self._cut(channel)], self._cut(total)
        if degree == 2 and self.tells:
            (a, b), (ca, cb), (sa, sb) = words, carries, spans
            with_a = self._add(channel, a, ca, top + sa)
            with_b = self._add(channel, b, cb, top + sb)
            total = self._add(with_a, b, cb, every)
            return [self._cut(with_b), self._cut(with_a)], self._cut(total)
        if degree == 3 and self.tells:
            return self._three(words, carries, spans)
        waiting = [carry for carry in carries if carry is not None]
        # Words wrap, so that a total from which a message is taken need not hold more than is left.
        held = every if self.decides else every - min(spans)
        terms = [(channel, top), *zip(words, spans, strict=True)]
        while len(terms) > 1:  # neighbours in pairs: a balanced tree
            pairs = []
            for (a, sa), (b, sb) in zip(terms[::2], terms[1::2], strict=False):
                carry = waiting.pop() if waiting else None
                pairs.append((self._add(a, b, carry, min(sa + sb, held)), sa + sb))
            terms = pairs + ([terms[-1]] if len(terms) % 2 else [])
        total = self._cut(terms[0][0])
        if not self.tells:
            return [], total
        if not self.fraction:
            return [
                self._add(total, self._cut(word), None, every - own, subtract=True)
                for word, own in zip(words, spans, strict=True)
            ], total
        # ~(total - word - carry) = ~total + word + carry: one inverted word in place of one an edge
        turned = Signal(signed(len(total)), name="turned")
        self._m.d.comb += turned.eq(~total)
        sums = [
            ~self._add(turned, self._cut(word), self._cut(carry), every - own)
            for word, carry, own in zip(words, carries, spans, strict=True)
        ]
        return sums, total

    def _three(self, words, carries, spans) -> tuple[list[Value], Value]:
        """Degree 3: each sum directly, an adder less than by way of the total."""
        channel, top = self.channel, self._span(self.values.largest)
        (a, b, c), (ca, cb, cc), (sa, sb, sc) = words, carries, spans
        with_a = self._cut(self._add(channel, a, ca, top + sa))
        both = self._cut(self._add(b, c, cb, sb + sc))
        channel, b, c, cb, cc = (self._cut(value) for value in (channel, b, c, cb, cc))
        without_a = self._add(channel, both, cc, top + sb + sc)
        without_b = self._add(with_a, c, cc, top + sa + sc)
        without_c = self._add(with_a, b, cb, top + sa + sb)
        if not self.decides:
            return [without_a, without_b, without_c], without_c
        total = self._add(without_c, c, cc, top + sa + sb + sc)
        return [without_a, without_b, without_c], total

    def _span(self, largest: int) -> int:
        return largest + (2 * self.bias + 2 if self.bias is not None else 0)

    def _add(self, a: Value, b: Value, carry: Value | None, span: int, subtract=False) -> Value:
        """a + b + carry, or a - b, in a wire for +-``span`` (halves where those are added)."""
        shape = signed(signed_bits(span >> 1 if self.bias is not None else span))
        # InOrder: merged into sums of many operands these adders would become look-up tables.
        result = Signal(shape, name=f"sum{self._names}", attrs={"keep": 1})
        self._names += 1
        if carry is None:
            self._m.d.comb += result.eq(a - b if subtract else a + b)
        else:
            self._m.d.comb += result.eq((Cat(1, a).as_signed() + Cat(carry, b).as_signed())[1:])
        return result

    def _cut(self, value: Value | None) -> Value | None:
        if value is None or not self.cut:
            return value
        self._names += 1
        return delayed(self._m, value, 1, f"cut{self._names}")
