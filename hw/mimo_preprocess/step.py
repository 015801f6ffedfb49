"""What a step of the pre-processing is: one complex product, and what becomes of it."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.lib import data, enum

from hw.mimo_array.bundle import place_bits
from quant.mimo_detector.preprocess import FRACTION, WORD_BITS, Formats


class Left(enum.Enum, shape=2):
    """First factor: scaled H of ``left_user``, a of ``row``, ``pivot``; x; or a constant one."""

    H = 0
    A = 1
    X = 2
    ONE = 3


class Right(enum.Enum, shape=2):
    """Second factor: scaled H of ``right_user``, the number held, or a real one."""

    H = 0
    HELD = 1
    REAL = 2


class Initial(enum.Enum, shape=2):
    """What a sum begins with, beside half a step of its result: nothing, a, or n0."""

    NONE = 0
    A = 1
    NOISE = 2


class Result(enum.Enum, shape=3):
    """Where a complete sum goes, and with that how it is rounded.

    NONE : nowhere; GRAM : to a, there and, conjugated, across the diagonal; A : to a; X : to x;
    NUMBER : its real part, whole; W, W0 : to the output, as codes; RAW : H of the left user as it
    came, to the output
    """

    NONE = 0
    GRAM = 1
    A = 2
    X = 3
    NUMBER = 4
    W = 5
    W0 = 6
    RAW = 7


@dataclass(frozen=True)
class Sizes:
    """Widths of the parts, of a spec's :class:`quant.mimo_detector.preprocess.Formats`."""

    formats: Formats

    @property
    def antennas(self) -> int:
        return self.formats.spec.antennas

    @property
    def users(self) -> int:
        return self.formats.spec.users

    @property
    def user_bits(self) -> int:
        return place_bits(self.users)

    @property
    def antenna_bits(self) -> int:
        return place_bits(self.antennas)

    @property
    def scale_bits(self) -> int:
        """Of k_u."""
        return max(1, self.formats.most_shift.bit_length())

    @property
    def sum_bits(self) -> int:
        """Of a sum of products, signed."""
        return 2 * WORD_BITS + max(self.antennas, self.users).bit_length() + 2

    @cached_property
    def shifts(self) -> dict[Result, int]:
        """Bits that a result loses."""
        formats = self.formats
        odd = formats.spec.w.rise == "mid_rise"
        return {
            Result.GRAM: 2 * formats.largest - FRACTION,
            Result.A: FRACTION,
            Result.X: formats.sum_shift,
            Result.W: formats.w.shift + odd,
            Result.W0: formats.w0.shift + odd,
        }

    @cached_property
    def halves(self) -> dict[Result, int]:
        """What is added before, so that results are rounded; codes of mid-rise words are floors."""
        odd = self.formats.spec.w.rise == "mid_rise"
        floors = (Result.W, Result.W0) if odd else ()
        return {
            result: 0 if result in floors else 1 << shift >> 1
            for result, shift in self.shifts.items()
        }

    @cached_property
    def layout(self) -> data.StructLayout:
        """A step.

        antenna : of H and x; ``row``, ``column``: of a, where the result goes as well
        pivot : row of a's element in ``column`` as the first factor
        conjugate : the second factor is; ``unscaled``: H is
        hold : keep minus the first factor, and do nothing else
        first, last : of a sum, whose steps follow each other without a gap
        """
        return data.StructLayout(
            {
                "antenna": self.antenna_bits,
                "left_user": self.user_bits,
                "right_user": self.user_bits,
                "row": self.user_bits,
                "column": self.user_bits,
                "pivot": self.user_bits,
                "left": Left,
                "right": Right,
                "initial": Initial,
                "result": Result,
                "conjugate": 1,
                "unscaled": 1,
                "hold": 1,
                "first": 1,
                "last": 1,
            }
        )
