"""A precoder's spec as C++: its numbers as constants, in front of parts that serve every spec."""

from dataclasses import dataclass

from quant.cmodel.assembled import Parts, assembled
from quant.cmodel.tables import array
from quant.precoder.spec import PrecoderSpec

_PARTS = Parts(
    "quant.precoder.cmodel",
    outer=("common.cpp", "interface.cpp"),
    inner=("operand.cpp", "matrix.cpp", "precode.cpp", "buffers.cpp", "draws.cpp", "link.cpp"),
    features=("avx512vnni",),
)


@dataclass(frozen=True)
class Arithmetic:
    """What integers hold every number of a precoder, by proven widths.

    value_bits : of a sum: 32 or 64
    pairs : sums of products may be those of int16 pairs
    bytes : sums of products may be those of unsigned by signed bytes
    """

    value_bits: int
    pairs: bool
    bytes: bool


def arithmetic(spec: PrecoderSpec) -> Arithmetic:
    """The narrowest integers that are wide enough.

    Matrix products are done with three real sums in place of four, and factors may be stored as
    their value plus their maximum: no sum on the way is four times as large as the widths say.
    One bit more is for what rounding and the lowest level of a word add. Both factors of a product
    may be the sum of two parts; a stored one then is at most four times the maximum.
    """
    widths = spec.accumulator_bits
    lifted = (spec.x.bits + spec.frac_bits + 2, spec.w.bits + spec.w_shift + 2)
    needed = max(*widths.values(), *lifted, *(widths[name] + 2 for name in ("u", "g", "y"))) + 1
    if needed > 64:  # 53 is the most that a spec may have
        raise AssertionError(f"sums of {needed} bits")
    narrow = needed <= 32
    largest = max(spec.x.maximum, spec.w.maximum, spec.largest_symbol, spec.h.maximum)
    return Arithmetic(
        32 if narrow else 64,
        pairs=narrow and 2 * largest < 1 << 15,
        bytes=narrow and 4 * largest < 1 << 8,
    )


def sources(spec: PrecoderSpec) -> dict[str, str]:
    """File name to text: ``NAME_cmodel.cpp``, which needs no other file, and its header."""
    return assembled(spec, "precoder", constants(spec), _PARTS)


def constants(spec: PrecoderSpec) -> list[str]:
    """Lines that define words, shifts, coefficients and the reciprocal table."""
    chosen = arithmetic(spec)
    words = {"h": spec.h, "x": spec.x, "w": spec.w}
    frac_bits = spec.frac_bits
    least = 2 * spec.users
    energies = range(least, spec.largest_energy + 1, 8)  # squares of odd integers are 1 modulo 8
    integers = {
        "antennas": spec.antennas,
        "users": spec.users,
        "largest_symbol": spec.largest_symbol,
        **{f"{name}_bits": word.bits for name, word in words.items()},
        "u_bits": spec.u_bits,
        "u_shift": spec.u_shift,
        "projection_bits": spec.projection_bits,
        "projection_frac_bits": spec.projection_frac_bits,
        "w_shift": spec.w_shift,
        "frac_bits": frac_bits,
    }
    truths = {
        **{f"{name}_mid_rise": word.rise == "mid_rise" for name, word in words.items()},
        "fits_pairs": chosen.pairs,
        "fits_bytes": chosen.bytes,
    }
    widths = ", ".join(f"{name} {bits}" for name, bits in spec.accumulator_bits.items())
    return [
        f'const char spec_sha[] = "{spec.sha}";',
        *(f"constexpr int {name} = {value};" for name, value in integers.items()),
        *(f"constexpr bool {name} = {str(value).lower()};" for name, value in truths.items()),
        f"constexpr double h_step = {float(spec.h_step)!r};",
        f"// Bits that sums need: {widths}.",
        f"typedef int{chosen.value_bits}_t value_t;",
        "// Coefficients in units of 2^-frac_bits.",
        f"constexpr value_t start = {spec.start.scaled(frac_bits)};",
        *array("keeps", [step.keep.scaled(frac_bits) for step in spec.rounds], "value_t"),
        *array("steps", [step.step.scaled(frac_bits) for step in spec.rounds], "value_t"),
        "// round(2^projection_bits / |s|^2) for |s|^2 from 2 users on in steps of 8.",
        *array("reciprocal", [spec.reciprocal(energy) for energy in energies], "value_t"),
    ]

