"""Registers and their fields as plain values: all that hardware, packaging and pages need."""

from collections.abc import Sequence
from dataclasses import dataclass

CONSTANT, LIVE, COUNTER, PULSE = "constant", "live", "counter", "pulse"
"""What a field is: a number; a signal as it is now; the copy of a counter; a strobe when a 1 is
written."""


@dataclass(frozen=True)
class Field:
    """A field of a register.

    name, low, width, words : as the description has them
    kind : of the above
    value : of a constant
    step_bits : of what a counter counts in a cycle
    cleared_by, snapshot_by : (register, field) of the pulse that does it to a counter
    reset_by : name of the signal that resets a counter, or None for the reset of all
    """

    name: str
    low: int
    width: int
    words: str
    kind: str
    value: int = 0
    step_bits: int = 0
    cleared_by: tuple[str, str] | None = None
    snapshot_by: tuple[str, str] | None = None
    reset_by: str | None = None

    @property
    def written(self) -> bool:
        """Whether a write does something."""
        return self.kind == PULSE

    @property
    def volatile(self) -> bool:
        """Whether it changes by itself."""
        return self.kind in (LIVE, COUNTER)


@dataclass(frozen=True)
class Register:
    """A word: ``offset`` in bytes; ``title``, a line; ``words``, more of them, or nothing."""

    name: str
    offset: int
    title: str
    words: str
    fields: tuple[Field, ...]

    @property
    def written(self) -> bool:
        """Whether it takes writes."""
        return any(field.written for field in self.fields)

    @property
    def volatile(self) -> bool:
        """Whether it changes by itself."""
        return any(field.volatile for field in self.fields)

    @property
    def access(self) -> str:
        """``r``, or ``rw`` where it also takes writes."""
        return "rw" if self.written else "r"

    @property
    def value(self) -> int:
        """After a reset, with its constants."""
        return sum(field.value << field.low for field in self.fields)


def listed(registers: Sequence[Register]) -> dict[str, dict]:
    """As build.json has them."""
    return {each.name: {"offset": each.offset, "access": each.access} for each in registers}
