"""The parts of C models that are the same for all specs: files of a package, put together."""

from importlib import resources

WIDTH_FLAG = "CM_LANE_BYTES"
"""Defined while a generated file includes itself for one vector width (``widths.cpp``)."""
SHARED = "quant.cmodel"
BEFORE_CONSTANTS = (
    "#if defined(__clang__)  // what is a constant of the spec may not matter to this decoder",
    '#pragma clang diagnostic ignored "-Wunused-const-variable"',
    "#endif",
    "",
)
"""Lines of a generated file before its constants."""


def part(name: str, package: str = SHARED, features: tuple[str, ...] = ()) -> str:
    """Text of a part; a line ``//include FILE`` stands for another part.

    Parameters
    ----------
    name : of a file of ``package``, or else of this package
    features : of the processor that 64-byte vectors need beyond those that they always need
    """
    place = resources.files(package).joinpath(name)
    if not place.is_file():
        place = resources.files(SHARED).joinpath(name)
    text = place.read_text(encoding="utf-8")
    text = text.replace("@FEATURES@", "".join(f",{feature}" for feature in features))
    checks = (f' && __builtin_cpu_supports("{feature}")' for feature in features)
    text = text.replace("@CHECKS@", "".join(checks))
    lines = []
    for line in text.splitlines():
        included = line.startswith("//include ")
        lines.append(part(line.split()[1], package, features) if included else line)
    return "\n".join(lines) + "\n"
