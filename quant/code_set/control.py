"""The control word of a frame and the status word of its result: 32 bits each.

The places of the bits are those of AMD PG256 for codes other than 5G NR; ``dropped`` is our own.
"""

from dataclasses import dataclass, fields
from typing import Self

from model.errors import InputError
from quant.fields import whole

WORD_BITS = 32
MAX_MEMBERS, MAX_ITERATIONS = 128, 63

PLACES = {
    "id": (24, 8),
    "iterations": (18, 6),
    "on_no_change": (17, 1),
    "on_pass": (16, 1),
    "parity": (15, 1),
    "hard": (14, 1),
    "dropped": (13, 1),
    "code": (0, 7),
}
"""Lowest bit and width of each place of a word; ``parity``: parity bits wanted, or all even."""


@dataclass(frozen=True)
class Control:
    """What a frame asks for.

    code : number of the member, from 0
    id : comes back with the result
    max_iterations : 1 to 63; 0 and a code that the set does not have make the word invalid
    stop_on_pass : end after the iteration that verifies the frame (early stop)
    stop_on_no_change : end after an iteration in which no row's update changed a hard decision
    all_bits : return all bits of the graph, else the information bits (PG256: include_parity)
    hard : return hard decisions, else soft values in their place (PG256: hard_op)
    """

    code: int
    id: int = 0
    max_iterations: int = 10
    stop_on_pass: bool = True
    stop_on_no_change: bool = False
    all_bits: bool = True
    hard: bool = True

    def __post_init__(self) -> None:
        _check(self, _CONTROL)

    def word(self) -> int:
        """The 32 bits."""
        return _word(self, _CONTROL)

    @classmethod
    def from_word(cls, word: int) -> Self:
        """The control of a word; bits that mean nothing are ignored."""
        return _of_word(cls, _CONTROL, word)

    def valid(self, members: int) -> bool:
        """Whether a set of so many members takes it; a frame with another word is dropped."""
        return self.code < members and self.max_iterations > 0


@dataclass(frozen=True)
class Status:
    """What became of a frame.

    code, id, hard : those of its control word
    iterations : that it took (PG256: dec_iter), 0 if it was dropped
    stopped_on_no_change, stopped_on_pass : why it ended; both if both held after its last
        iteration, none if it ended for its number of iterations. A condition that the control word
        did not ask for is no reason.
    passed : the hard decisions were verified to satisfy every check
    dropped : it had a wrong length or an invalid control word; no data leave for it
    """

    code: int
    id: int = 0
    iterations: int = 0
    stopped_on_no_change: bool = False
    stopped_on_pass: bool = False
    passed: bool = False
    hard: bool = True
    dropped: bool = False

    def __post_init__(self) -> None:
        _check(self, _STATUS)

    def word(self) -> int:
        """The 32 bits."""
        return _word(self, _STATUS)

    @classmethod
    def from_word(cls, word: int) -> Self:
        """The status of a word; bits that mean nothing are ignored."""
        return _of_word(cls, _STATUS, word)

    @classmethod
    def of_dropped(cls, control: Control) -> Self:
        """Of a frame that was dropped."""
        return cls(control.code, control.id, hard=control.hard, dropped=True)


_CONTROL = {
    "code": "code", "id": "id", "max_iterations": "iterations", "stop_on_pass": "on_pass",
    "stop_on_no_change": "on_no_change", "all_bits": "parity", "hard": "hard",
}  # fmt: skip
_STATUS = {
    "code": "code", "id": "id", "iterations": "iterations", "stopped_on_pass": "on_pass",
    "stopped_on_no_change": "on_no_change", "passed": "parity", "hard": "hard",
    "dropped": "dropped",
}  # fmt: skip
"""Field to place."""


def control_fields() -> dict[str, tuple[int, int]]:
    """Fields of the control word: name to lowest bit and width."""
    return {name: PLACES[place] for name, place in _CONTROL.items()}


def status_fields() -> dict[str, tuple[int, int]]:
    """Fields of the status word: name to lowest bit and width."""
    return {name: PLACES[place] for name, place in _STATUS.items()}


def _check(word: Control | Status, places: dict[str, str]) -> None:
    for field in fields(word):
        value, (_, width) = getattr(word, field.name), PLACES[places[field.name]]
        if field.type in (bool, "bool"):
            if not isinstance(value, bool):
                raise InputError(f"{field.name} is {value!r}, must be true or false")
        else:
            whole(field.name, value, 0, (1 << width) - 1)


def _word(word: Control | Status, places: dict[str, str]) -> int:
    return sum(int(getattr(word, name)) << PLACES[place][0] for name, place in places.items())


def _of_word(kind: type, places: dict[str, str], word: int):
    whole("word", word, 0, (1 << WORD_BITS) - 1)
    values = {}
    for field in fields(kind):
        first, width = PLACES[places[field.name]]
        value = word >> first & ((1 << width) - 1)
        values[field.name] = bool(value) if field.type in (bool, "bool") else value
    return kind(**values)
