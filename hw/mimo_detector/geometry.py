"""Sizes of a detector: those of its array, and the coefficients of its rounds."""

from functools import cached_property

from amaranth.hdl import signed

from hw.lib.arithmetic import signed_bits
from hw.mimo_array.geometry import CELL_VALUES, GROUP, PAIRS, ArrayGeometry, Sizes, ceil_log2
from hw.mimo_detector.options import Options
from hw.mimo_detector.residual import Residual
from model.errors import InputError
from quant.mimo_detector.preprocess import CORE, Formats
from quant.mimo_detector.spec import DetectorSpec

MOST_COEFFICIENT_BITS = 18  # what one multiplier of the device takes
FETCH_CYCLES = 4
"""Of a word of results in the collector, beside the beats that it is."""
_TABLE_PLACES = 1024  # words of 18 bits of a block RAM
_FEW_USERS, _SHORT_WINDOW, _LONG_WINDOW = 32, CELL_VALUES + 4, 24


class Geometry(ArrayGeometry):
    """The array's sizes and, between its products, the residual z of a round.

    A round without x comes first: W0's product, or W's where there is no W0.

    Attributes
    ----------
    units : that make r and x of u, users of a pass in turn
    unit_users : users of a pass that a unit serves

    ``InputError`` for a spec that hardware cannot hold.
    """

    element_cycles = Residual.latency_cycles
    conjugate = False

    def __init__(self, spec: DetectorSpec, options: Options):
        if spec.w.rise != spec.h.rise:
            raise InputError(f"w.rise is {spec.w.rise!r}, hardware needs h's, {spec.h.rise!r}")
        if spec.z.bits < 2 * 2:
            raise InputError(f"z.bits is {spec.z.bits}, hardware needs at least 4")
        if options.matrices == CORE:
            Formats(spec)  # refuses what it does not make
        self.spec, self.options = spec, options
        self.matrices = len(spec.matrices)
        self.input_bits = spec.y.bits
        super().__init__(
            Sizes(
                antennas=spec.antennas,
                users=spec.users,
                h_bits=spec.h.bits,
                h_mid_rise=spec.h.rise == "mid_rise",
                h_maximum=max(spec.h.maximum, spec.w.maximum),
                later_bits=spec.w.bits,
                x_bits=spec.z.bits,
                w_bits=spec.x.bits,
                symbol_bits=0,
                rounds=len(spec.gains),
                unfolded=False,
                table_bits=spec.table_bits,
            )
        )
        at_once = spec.z.bits // 2  # a user's two parts come one after the other
        self.units = -(-self.lanes // at_once)
        self.unit_users = -(-self.lanes // self.units)
        self.antennas_per_beat = self._antennas_per_beat()
        self.input_values = 2 * self.antennas_per_beat
        cycles = self.users + FETCH_CYCLES * len(self.word_places)
        if cycles > self.period:
            raise InputError(
                f"users is {self.users}: results take {cycles} cycles to leave, "
                f"{self.rounds} rounds take {self.period}; with more --passes they have more"
            )
        for name, bits in (("momentum", self.momentum_bits), ("gain", self.gain_bits)):
            if bits > MOST_COEFFICIENT_BITS:
                raise InputError(
                    f"{name} needs {bits} bits over all rounds, "
                    f"hardware takes {MOST_COEFFICIENT_BITS}"
                )

    def _forward_tables(self) -> int:
        passes = self.options.passes or self._passes()
        lanes = -(-self.sizes.users // passes)
        return -(-lanes // PAIRS)

    def _passes(self) -> int:
        most = _SHORT_WINDOW if self.sizes.users <= _FEW_USERS else _LONG_WINDOW
        # A half table has 128 words, and there are two buffers; places are a power of two.
        places = _TABLE_PLACES // (2 * 128 * self.forward_matrices)
        return max(1, min(places, max(most, self.backward_cycles) // self.x_bits))

    def _window(self) -> int:
        # A cell's values pass one multiplier.
        return max(self.backward_cycles, self.forward_cycles, _SHORT_WINDOW)

    def _antennas_per_beat(self) -> int:
        """As few as can reach the cells between two vectors (:mod:`hw.mimo_detector.timing`)."""
        for count in (1, 2, GROUP):
            if GROUP // count * self.cells <= self.most_beats:
                return count
        raise InputError(
            f"antennas is {self.antennas}: {self.cells} beats of {GROUP} do not fit the "
            f"{self.most_beats} cycles that {self.rounds} rounds leave them"
        )

    @property
    def most_beats(self) -> int:
        """Cycles in which no cell uses the values that new ones replace."""
        return self.period - CELL_VALUES - 2

    @property
    def beats(self) -> int:
        """Of a received vector; the last cell may be filled up."""
        return -(-self.antennas // self.antennas_per_beat)

    # --- what passes with a cell's values -----------------------------------------------------

    @property
    def element_fields(self) -> dict:
        return {"momentum": signed(self.momentum_bits), "first": 1}

    @cached_property
    def coefficients(self) -> dict[str, list[int]]:
        """Of every round, the one without x first."""
        spec = self.spec
        momenta = [r.momentum.scaled(spec.momentum_frac_bits) for r in spec.rounds]
        momenta = [0] * (self.rounds - len(momenta)) + momenta
        return {"momentum": momenta, "first": [1] + [0] * (self.rounds - 1)}

    @property
    def momentum_bits(self) -> int:
        return signed_bits(max(map(abs, self.coefficients["momentum"])))

    def element(self, round_: int) -> Residual:
        return Residual(self)

    # --- estimates ------------------------------------------------------------------------------

    @cached_property
    def gains(self) -> list[int]:
        """Of every round in units of 2^-``gain_frac_bits``."""
        return [gain.scaled(self.spec.gain_frac_bits) for gain in self.spec.gains]

    @property
    def gain_bits(self) -> int:
        return signed_bits(max(map(abs, self.gains)))

    @property
    def u_drop(self) -> int:
        """Bits that rounding takes from a forward sum; -1: it gains one, as sums are halves."""
        return self.spec.u_shift - (self.table_scale - 1)

    @property
    def u_bits(self) -> int:
        return self.u_sum_bits + 1 - self.u_drop

    # --- results --------------------------------------------------------------------------------

    @property
    def user_bytes(self) -> int:
        """Of a user's result in the stream."""
        return self.spec.bits_per_symbol if self.options.output == "llrs" else 1

    @property
    def word_places(self) -> list[tuple[int, int]]:
        """(address, users) of every word of results that a vector fills, in order."""
        found = []
        for pass_ in range(self.passes):
            for i in range(self.unit_users):
                users = [i * self.units + unit for unit in range(self.units)]
                users = [u for u in users if u < self.lanes and pass_ * self.lanes + u < self.users]
                if users:
                    found.append((pass_ * self.unit_users + i, len(users)))
        return found

    @property
    def words_depth(self) -> int:
        """Places for a vector's words of results, a power of two."""
        return 1 << ceil_log2(self.passes * self.unit_users)
