"""Build options: one, so that explorations have something to vary."""

from dataclasses import dataclass

from hw.options import BuildOptions, option


@dataclass(frozen=True)
class Options(BuildOptions):
    """Registers of the result."""

    result_delay: int = option(1, "cycles from a frame's last beat to its result", low=1, high=8)
