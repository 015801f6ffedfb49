"""Sizes of a precoder: those of its array, and the coefficients of its rounds."""

from functools import cached_property

from amaranth.hdl import signed

from hw.lib.arithmetic import signed_bits
from hw.mimo_array.geometry import ArrayGeometry, Sizes
from hw.precoder.options import Options
from hw.precoder.update import Update
from model.errors import InputError
from quant.precoder.spec import PrecoderSpec

MOST_COEFFICIENT_BITS = 18  # what one multiplier of the device takes


class Geometry(ArrayGeometry):
    """The array's sizes and, between its products, the update of an iterate.

    ``InputError`` for a spec that hardware cannot hold.
    """

    element_cycles = Update.latency_cycles

    def __init__(self, spec: PrecoderSpec, options: Options):
        for name in ("x", "w"):
            if getattr(spec, name).rise != "mid_rise":
                raise InputError(
                    f"{name}.rise is {getattr(spec, name).rise!r}, hardware needs 'mid_rise'"
                )
        self.spec, self.options = spec, options
        super().__init__(
            Sizes(
                antennas=spec.antennas,
                users=spec.users,
                h_bits=spec.h.bits,
                h_mid_rise=spec.h.rise == "mid_rise",
                h_maximum=spec.h.maximum,
                x_bits=spec.x.bits,
                w_bits=spec.w.bits,
                symbol_bits=spec.largest_symbol.bit_length(),
                rounds=len(spec.rounds) + 1,
                unfolded=options.form == "unfolded",
            )
        )
        for name, widths in self._needed_bits.items():
            if widths > MOST_COEFFICIENT_BITS:
                raise InputError(
                    f"{name} needs {widths} bits over all rounds, "
                    f"hardware takes {MOST_COEFFICIENT_BITS}"
                )

    @property
    def element_fields(self) -> dict:
        """Coefficients of the round whose values pass, unless they are hard-wired."""
        if self.hard_wired:
            return {}
        return {name: signed(bits) for name, bits in self.coefficient_bits.items()}

    def element(self, round_: int) -> Update:
        return Update(self, round_)

    # --- coefficients -------------------------------------------------------------------------

    @cached_property
    def frac_bits(self) -> int:
        """Fraction bits in which all rounds' coefficients are whole numbers."""
        spec = self.spec
        return max(spec.start.frac_bits, *(step.frac_bits for step in spec.rounds))

    @cached_property
    def _scaled(self) -> dict[str, list[int]]:
        spec, frac, scale = self.spec, self.frac_bits, self.table_scale
        return {
            "keep": [0, *(r.keep.scaled(frac) for r in spec.rounds)],
            "step": [
                spec.start.scaled(frac) * scale,
                *(r.step.scaled(frac) * scale for r in spec.rounds),
            ],
        }

    @cached_property
    def shifts(self) -> dict[str, int]:
        """Zeros at the low end of all rounds' coefficients: they need no multiplier."""
        if self.options.writable:
            return {"keep": 0, "step": 0}
        return {
            name: min((value & -value).bit_length() - 1 for value in values if value)
            for name, values in self._scaled.items()
        }

    @cached_property
    def coefficients(self) -> dict[str, list[int]]:
        """``keep`` and ``step`` of every round, the matched filter's first, without ``shifts``.

        ``step`` is in units of ``g``, which is in units of the tables' scale.
        """
        return {
            name: [value >> self.shifts[name] for value in values]
            for name, values in self._scaled.items()
        }

    @property
    def hard_wired(self) -> bool:
        """Every array serves one round, whose coefficients are in its logic."""
        return self.unfolded and not self.options.writable

    def terms(self, round_: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """``keep`` and ``step`` of a round as (sign, exponent) pairs, exponents from 0 on."""
        spec, scale_bits = self.spec, self.table_scale - 1
        pair = (None, spec.start)
        if round_ > 0:
            pair = (spec.rounds[round_ - 1].keep, spec.rounds[round_ - 1].step)
        keep, step = (
            [(sign, exponent + self.frac_bits + extra) for sign, exponent in c.terms] if c else []
            for c, extra in zip(pair, (0, scale_bits), strict=True)
        )
        return keep, step

    @property
    def coefficient_bits(self) -> dict[str, int]:
        if self.options.writable:
            return {"keep": MOST_COEFFICIENT_BITS, "step": MOST_COEFFICIENT_BITS}
        return self._needed_bits

    @property
    def _needed_bits(self) -> dict[str, int]:
        return {
            name: signed_bits(max(map(abs, values))) for name, values in self.coefficients.items()
        }

    @property
    def y_bits(self) -> int:
        """keep x + step g, exact, in every round."""
        rounds = list(zip(*self._scaled.values(), strict=True))
        if self.options.writable:
            rounds = [(1 << (MOST_COEFFICIENT_BITS - 1),) * 2]
        return signed_bits(
            max(
                abs(keep) * self.spec.x.maximum + abs(step) * self.g_maximum
                for keep, step in rounds
            )
        )
