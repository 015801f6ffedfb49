"""Message alphabets: where magnitudes are cut, what each cell stands for, on which integer grid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from model.errors import InputError
from quant.qformat import bits_for_magnitude, round_half_up
from quant.validate import RUNS

REFERENCE_RATE = 0.75
RATE_EXPONENT = 0.2  # follows the best LSB over codes of rate 0.2 to 0.83, see docs/alphabets.md

# Size of a channel step in LLR at the reference rate, by number of channel bits.
CHANNEL_LSB = {2: 2.6, 3: 1.6, 4: 0.949, 5: 0.5, 6: 0.4, 7: 0.2, 8: 0.1}


@dataclass(frozen=True)
class Alphabet:
    """A magnitude alphabet on the grid of its channel quantiser.

    Parameters
    ----------
    channel_bits, rise, app_shift, app_bits : as in :class:`quant.spec.Spec`
    lsb_llr : channel step in LLR
    thresholds : 2^(b-1)-1 ascending whole numbers in APP LSB
    magnitudes : per stage 2^(b-1) representative magnitudes of the cells in APP LSB,
        nondecreasing; what a message of that index is taken for before weight and offset.
        Or two or three runs of as many: the later ones for ties, see :class:`quant.spec.Maps`
    stage_starts : first iteration of each stage, ascending from 0
    odd_grid : channel values are 1, 5, 9, ... on a grid twice as fine, and levels are even, so that
        every APP value is odd (:meth:`on_odd_grid`)
    """

    channel_bits: int
    rise: str
    app_shift: int
    app_bits: int
    lsb_llr: float
    thresholds: tuple[int, ...]
    magnitudes: tuple[tuple[float, ...], ...]
    stage_starts: tuple[int, ...] = (0,)
    odd_grid: bool = False

    def __post_init__(self) -> None:
        if self.rise not in ("mid_rise", "mid_tread"):
            raise InputError(f"rise is {self.rise!r}, must be 'mid_rise' or 'mid_tread'")
        for name, value, low, high in (
            ("channel bits", self.channel_bits, 2, 8),
            ("app_shift", self.app_shift, 0, 8),
            ("app bits", self.app_bits, 3, 12),
        ):
            if not low <= value <= high:
                raise InputError(f"{name} is {value}, must be {low}..{high}")
        if not 0 < self.lsb_llr < math.inf:
            raise InputError(f"lsb is {self.lsb_llr}, a positive LLR is due")
        cells = len(self.thresholds) + 1
        if cells not in (2, 4, 8, 16, 32):
            raise InputError(
                f"thresholds: {cells - 1} given, 1, 3, 7, 15 or 31 are due (2 to 6 message bits)"
            )
        _ascending("thresholds", self.thresholds, 1, strict=True)
        for stage, magnitudes in enumerate(self.magnitudes):
            if len(magnitudes) not in [cells * runs for runs in RUNS]:
                raise InputError(
                    f"magnitudes: {len(magnitudes)} given, {cells - 1} thresholds need {cells}, "
                    f"or {2 * cells} or {3 * cells} with those for ties"
                )
            if len(magnitudes) != len(self.magnitudes[0]):
                raise InputError(
                    f"magnitudes: {len(magnitudes)} given in stage {stage}, "
                    f"{len(self.magnitudes[0])} in stage 0"
                )
            for half in range(0, len(magnitudes), cells):
                ascending = magnitudes[half : half + cells]
                _ascending(f"magnitudes[{stage}]", ascending, 0, strict=False)
                if not ascending[-1] < math.inf:
                    raise InputError(f"magnitudes[{stage}][{half + cells - 1}] is {ascending[-1]}")
        if len(self.stage_starts) != len(self.magnitudes) or self.stage_starts[0] != 0:
            raise InputError(
                f"stages start at iterations {self.stage_starts}: one start for each of "
                f"{len(self.magnitudes)} stages is due, the first 0"
            )
        _ascending("stage_starts", self.stage_starts, 0, strict=True)

    @property
    def message_bits(self) -> int:
        """Sign and magnitude index."""
        return len(self.thresholds).bit_length() + 1

    @property
    def app_lsb_llr(self) -> float:
        """Size of one APP LSB in LLR."""
        parts = 2 if self.rise == "mid_rise" else 1
        return self.lsb_llr / (1 << self.app_shift) / (2 * parts if self.odd_grid else parts)

    @property
    def level_step(self) -> int:
        """What levels are multiples of."""
        return 2 if self.odd_grid else 1

    @property
    def channel_table(self) -> dict[str, tuple]:
        """``values`` and ``cuts`` of the channel on the odd grid, nothing elsewhere."""
        if not self.odd_grid:
            return {}
        codes = range(1 << (self.channel_bits - 1))
        return {"values": tuple(4 * code + 1 for code in codes),
                "cuts": tuple(map(float, codes[1:]))}  # fmt: skip

    def magnitudes_at(self, iteration: int) -> tuple[float, ...]:
        """Representative magnitudes of an iteration (from 0) in APP LSB."""
        stage = sum(start <= iteration for start in self.stage_starts) - 1
        return self.magnitudes[stage]

    def without_ties(self) -> "Alphabet":
        """The same without levels for ties."""
        cells = len(self.thresholds) + 1
        return replace(self, magnitudes=tuple(stage[:cells] for stage in self.magnitudes))

    def on_grid(
        self,
        channel_bits: int | None = None,
        rise: str | None = None,
        app_shift: int | None = None,
        app_bits: int | None = None,
    ) -> "Alphabet":
        """The same alphabet in other number formats; None keeps what is there.

        Thresholds and magnitudes keep their size in LLR and move to the new grid. Another channel
        width changes the channel step as ``CHANNEL_LSB`` does. Without ``app_bits`` the APP range
        in LLR does not shrink.
        """
        bits = self.channel_bits if channel_bits is None else channel_bits
        if bits not in CHANNEL_LSB:
            raise InputError(f"channel bits is {bits}, must be 2..8")
        grid = replace(
            self,
            channel_bits=bits,
            rise=self.rise if rise is None else rise,
            app_shift=self.app_shift if app_shift is None else app_shift,
            lsb_llr=self.lsb_llr * (CHANNEL_LSB[bits] / CHANNEL_LSB[self.channel_bits]),
        )
        factor = self.app_lsb_llr / grid.app_lsb_llr
        if app_bits is None:
            reach = round_half_up(((1 << (self.app_bits - 1)) - 1) * factor)
            app_bits = min(12, max(3, bits_for_magnitude(reach)))
        thresholds: list[int] = []
        for threshold in self.thresholds:
            low = thresholds[-1] + 1 if thresholds else 1
            thresholds.append(max(low, round_half_up(threshold * factor)))
        magnitudes = tuple(tuple(m * factor for m in stage) for stage in self.magnitudes)
        return replace(grid, app_bits=app_bits, thresholds=tuple(thresholds), magnitudes=magnitudes)

    def on_odd_grid(self) -> "Alphabet":
        """The same alphabet where every APP value is odd, and of which hardware keeps half.

        A code's channel value is next to the middle of its interval, at the side of 0.
        """
        if self.rise != "mid_rise" or self.app_shift:
            raise InputError(
                f"the odd grid is for a mid_rise channel that is not shifted, not for {self.rise} "
                f"and app_shift {self.app_shift}"
            )
        return replace(
            self, app_bits=self.app_bits + 1, odd_grid=True,
            thresholds=tuple(2 * threshold for threshold in self.thresholds),
            magnitudes=tuple(tuple(2 * m for m in stage) for stage in self.magnitudes),
        )  # fmt: skip

    def for_rate(self, rate: float) -> "Alphabet":
        """The same integers with the channel step that suits a code of this rate."""
        scale = (rate / REFERENCE_RATE) ** RATE_EXPONENT
        return replace(self, lsb_llr=round(self.lsb_llr * scale, 4))


def _ascending(name: str, values: Sequence[float], lowest: float, strict: bool) -> None:
    for i, value in enumerate(values):
        low = values[i - 1] if i else lowest
        if not value >= low or (strict and i and value == low):
            relation = "more than" if strict and i else "at least"
            raise InputError(f"{name}[{i}] is {value}, must be {relation} {low}")
