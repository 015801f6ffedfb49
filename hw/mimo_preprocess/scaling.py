"""Numbers that are needed once a user: its power of two, reciprocals, the factor of its row."""

from amaranth.hdl import Array, Const, Module, Mux, Signal, signed
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from hw.mimo_preprocess.divider import Divider
from hw.mimo_preprocess.step import Sizes
from quant.mimo_detector.preprocess import FRACTION, MANTISSA_BITS, WORD_BITS


class Wanted(enum.Enum, shape=2):
    """What is made of a number: k of |h|^2, p of a pivot, g of the norm of a row of W or of W0."""

    POWER = 0
    PIVOT = 1
    W = 2
    W0 = 3


class Scaling(wiring.Component):
    """Steps 1, 3 and 5 of :mod:`quant.mimo_detector.preprocess` for one number, a bit a cycle.

    Members
    -------
    start : strobe, with ``number`` (signed; less than 1 counts as 1) and what is ``wanted`` of it
    noise : n0, of which |h|^2 has still to become a sum; ``scale`` : k of the user, for its row
    done : strobe; ``found`` stays until the next start
    saturated : strobe with ``done``: a pivot was below 1, or what is found is beyond its word

    Attributes
    ----------
    most_cycles : from ``start`` to ``done``
    """

    def __init__(self, sizes: Sizes):
        self.sizes = sizes
        self.number_bits = sizes.sum_bits - 1
        super().__init__(
            {
                "start": In(1),
                "number": In(signed(sizes.sum_bits)),
                "wanted": In(Wanted),
                "noise": In(sizes.formats.noise_bits),
                "scale": In(sizes.scale_bits),
                "done": Out(1),
                "found": Out(WORD_BITS - 1),
                "saturated": Out(1),
            }
        )

    @property
    def most_cycles(self) -> int:
        # Behind so many places nothing is left, or too much.
        return self.number_bits + 2 * MANTISSA_BITS + 2 * WORD_BITS + 14

    @property
    def _shift_bits(self) -> int:
        """Of a number of places to shift by, with room for every sum that it is made of."""
        formats = self.sizes.formats
        parts = [self.number_bits, formats.most_shift]
        parts += [abs(s.exponent) + s.shift for s in (formats.w, formats.w0)]
        return sum(parts).bit_length()

    def elaborate(self, platform):
        m = Module()
        formats = self.sizes.formats
        m.submodules.divider = divider = Divider(2 * MANTISSA_BITS, WORD_BITS - 1, WORD_BITS - 1)
        value = Signal(self.number_bits, reset_less=True)
        length = Signal(range(self.number_bits + 1), reset_less=True)
        low = Signal(reset_less=True)  # the number was below 1
        beyond = Signal(reset_less=True)
        found, places = Signal.like(self.found), Signal(signed(self._shift_bits + 1))
        pivot, power = self.wanted == Wanted.PIVOT, self.wanted == Wanted.POWER
        constants = {Wanted.W: formats.w, Wanted.W0: formats.w0}
        numerator = Const(1 << 2 * FRACTION, 2 * MANTISSA_BITS)
        offset = Const(0)
        for wanted, scale in constants.items():
            this = self.wanted == wanted
            numerator = Mux(this, scale.constant << MANTISSA_BITS, numerator)
            offset = Mux(this, scale.exponent + scale.shift, offset)
        top = value[-MANTISSA_BITS:]
        m.d.comb += [
            self.found.eq(found),
            divider.numerator.eq(numerator),
            divider.denominator.eq(Mux(pivot, value[: WORD_BITS - 1], top)),
        ]
        energy = value[: formats.noise_bits + 1]
        with_noise = Signal.like(energy, reset_less=True)
        half = Signal.like(length)  # p of the law
        m.d.sync += [with_noise.eq(energy + self.noise), half.eq((length + 1) >> 1)]
        # Flags are registers, and what they decide comes a cycle later: numbers are wide.
        ends, full = Signal(), Signal()
        with m.FSM():
            with m.State("wait"):
                positive = ~self.number[-1].replicate(self.number_bits)
                m.d.sync += [
                    value.eq(self.number[:-1] & positive),
                    length.eq(self.number_bits), beyond.eq(0),
                ]  # fmt: skip
                with m.If(self.start):
                    m.next = "add"
            with m.State("add"):
                m.next = "added"
            with m.State("added"):
                with m.If(power):
                    m.d.sync += energy.eq(with_noise)
                m.next = "look"
            with m.State("look"):
                m.d.sync += low.eq(~value.any())
                m.next = "least"
            with m.State("least"):
                m.d.sync += value[0].eq(value[0] | low)
                m.next = "divide"
                with m.If(~pivot):
                    m.next = "normalise"
            with m.State("normalise"):
                with m.If(value[-1]):
                    m.next = "divide"
                    with m.If(power):
                        m.next = "halve"
                with m.Else():
                    m.d.sync += [value.eq(value << 1), length.eq(length - 1)]
            with m.State("halve"):
                m.next = "power"
            with m.State("power"):
                scales = Array(
                    min(formats.largest - p, formats.most_shift)
                    for p in range(formats.largest + 1)
                )
                m.d.sync += found.eq(scales[half])
                m.next = "done"
            with m.State("divide"):
                m.d.comb += divider.start.eq(1)
                m.d.sync += places.eq(self.scale + offset)
                m.next = "divided"
            with m.State("divided"):
                m.d.sync += found.eq(divider.quotient)
                with m.If(divider.done):
                    m.d.sync += places.eq(places - length)
                    m.next = "shift"
                    with m.If(pivot):
                        m.next = "done"
            with m.State("shift"):
                m.d.sync += [
                    ends.eq((places == 0) | ~found.any()),
                    full.eq(found[-1] & ~places[-1]),
                ]
                m.next = "place"
            with m.State("place"):
                m.next = "shift"
                with m.If(ends):
                    m.next = "done"
                with m.Elif(full):
                    m.d.sync += [found.eq(-1), beyond.eq(1)]
                    m.next = "done"
                with m.Elif(places[-1]):
                    m.d.sync += [found.eq(found >> 1), places.eq(places + 1)]
                with m.Else():
                    m.d.sync += [found.eq(found << 1), places.eq(places - 1)]
            with m.State("done"):
                m.d.comb += [
                    self.done.eq(1),
                    self.saturated.eq(beyond | (pivot & (low | divider.clipped))),
                ]
                m.next = "wait"
        return m
