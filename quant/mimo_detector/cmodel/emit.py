"""A detector's spec as C++: its numbers as constants, in front of parts that serve every spec."""

import numpy as np

from quant.cmodel.assembled import Parts, assembled
from quant.cmodel.tables import array
from quant.mimo_detector import preprocess, tables
from quant.mimo_detector.spec import GROUP, DetectorSpec

_PARTS = Parts(
    "quant.mimo_detector.cmodel",
    outer=("common.cpp", "interface.cpp", "prepare.cpp"),
    inner=("grouped.cpp", "detect.cpp"),
)


def sources(spec: DetectorSpec) -> dict[str, str]:
    """File name to text: ``NAME_cmodel.cpp``, which needs no other file, and its header."""
    return assembled(spec, "detector", constants(spec), _PARTS)


def value_bits(spec: DetectorSpec) -> int:
    """The narrowest integers that hold every sum; one bit more is for what rounding adds."""
    return 32 if max(spec.accumulator_bits.values()) < 32 else 64


def constants(spec: DetectorSpec) -> list[str]:
    """Lines that define words, shifts, coefficients and tables."""
    words = {name: getattr(spec, name) for name in ("h", "w", "y", "z", "x", "r")}
    integers = {
        "antennas": spec.antennas,
        "users": spec.users,
        "bits_per_axis": spec.bits_per_axis,
        "group": GROUP,
        **{f"{name}_bits": word.bits for name, word in words.items()},
        "h_step": 2 if spec.h.rise == "mid_rise" else 1,
        "w_step": 2 if spec.w.rise == "mid_rise" else 1,
        "table_maximum": spec.table_maximum,
        "y_shift": spec.y_shift,
        "z_shift": spec.z_shift,
        "u_shift": spec.u_shift,
        "start_shift": 0 if spec.start is None else spec.start.shift,
        "r_shift": spec.gain_frac_bits - spec.r_frac_bits,
        "gain_frac_bits": spec.gain_frac_bits,
        "momentum_frac_bits": spec.momentum_frac_bits,
        "rounds": len(spec.rounds),
    }
    momenta = [each.momentum.scaled(spec.momentum_frac_bits) for each in spec.rounds]
    gains = [gain.scaled(spec.gain_frac_bits) for gain in spec.gains]
    etas = [tables.eta_table(spec, eta) for eta in spec.etas[:-1]]
    etas = etas or [np.zeros(1 << spec.r.bits, dtype=np.int64)]  # one round alone has none
    widths = ", ".join(f"{name} {bits}" for name, bits in spec.accumulator_bits.items())
    return [
        f'const char spec_sha[] = "{spec.sha}";',
        *(f"constexpr int {name} = {value};" for name, value in integers.items()),
        f"constexpr bool has_start = {str(spec.start is not None).lower()};",
        f"// Bits that sums need: {widths}.",
        f"typedef int{value_bits(spec)}_t value_t;",
        "// In units of 2^-gain_frac_bits, the start's first, and of 2^-momentum_frac_bits.",
        *array("gains", gains, "value_t"),
        *array("momenta", momenta, "value_t"),
        "// By the offset code of r: x after each product, the symbol, the LLRs.",
        *array("etas", etas, "int16_t"),
        *array("levels", tables.level_table(spec), "int8_t"),
        *array("llrs_of", tables.llr_table(spec), "int8_t"),
        *_of_preparation(spec),
    ]


def _of_preparation(spec: DetectorSpec) -> list[str]:
    """Numbers of :mod:`quant.mimo_detector.preprocess`; placeholders where a spec has no use."""
    can = preprocess.serves(spec)
    formats = preprocess.Formats(spec) if can else None
    integers = {
        "word_bits": preprocess.WORD_BITS,
        "fraction": preprocess.FRACTION,
        "mantissa_bits": preprocess.MANTISSA_BITS,
        "largest": formats.largest if can else preprocess.FRACTION,
        "most_shift": formats.most_shift if can else 0,
        "sum_shift": formats.sum_shift if can else 0,
        "half_bits": formats.half_bits if can else 8,
    }
    scales = {"w": formats.w, "w0": formats.w0} if can else dict.fromkeys(("w", "w0"))
    rows = {
        name: (scale.constant, scale.exponent, scale.shift) if scale else (0, 0, 0)
        for name, scale in scales.items()
    }
    return [
        f"constexpr bool can_prepare = {str(can).lower()};",
        *(f"constexpr int prepare_{name} = {value};" for name, value in integers.items()),
        *(f"const int prepare_{name}[3] = {{{', '.join(map(str, row))}}};"
          for name, row in rows.items()),
    ]  # fmt: skip
