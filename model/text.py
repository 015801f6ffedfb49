"""Lines of integers, with the file and line number that an error has to name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from model.limits import MOST_NUMBERS

_DIGITS = 9
_OTHER_SPACES = re.compile("[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_IS_SPACE = np.zeros(256, dtype=bool)
_IS_SPACE[[*range(9, 14), *range(28, 33)]] = True  # those of str.split
_NEWLINE, _HASH, _PLUS, _MINUS, _ZERO, _NINE = b"\n#+-09"


@dataclass(frozen=True)
class Line:
    """One line of integers and its number in the file (from 1)."""

    place: str
    values: list[int]


@dataclass(frozen=True)
class Lines:
    """Lines of integers, as one array.

    path : the file, for errors
    numbers : (lines,) int64 number in the file of each line, from 1
    starts : (lines + 1,) int64 where the integers of each line begin in ``values``
    values : (integers,) int64
    """

    path: str
    numbers: np.ndarray
    starts: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def place(self, line: int) -> str:
        """File and number of a line, for errors."""
        return f"{self.path}: line {self.numbers[line]}"

    def __getitem__(self, line: int) -> Line:
        part = self.values[self.starts[line] : self.starts[line + 1]]
        return Line(self.place(line), part.tolist())

    def __iter__(self) -> Iterator[Line]:
        return (self[line] for line in range(len(self)))

    @property
    def lengths(self) -> np.ndarray:
        """(lines,) int64 integers in each line."""
        return np.diff(self.starts)


def integer_lines(text: str, path: str) -> Lines:
    """Lines of ``text`` as integers; blank lines and lines starting with # are left out.

    ``InputError`` names file, line and word of what is no integer of at most nine digits. Time and
    memory are linear in the text, and more than ``MOST_NUMBERS`` integers are refused.
    """
    if not text.isascii():
        text = _OTHER_SPACES.sub(" ", text)
    octets = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    begins, ends = _words(octets, path)
    line_of_word = np.searchsorted(np.flatnonzero(octets == _NEWLINE), begins).astype(np.int32)
    if len(begins):
        first = np.flatnonzero(np.diff(line_of_word, prepend=-1))
        comments = line_of_word[first[octets[begins[first]] == _HASH]]
        kept = ~np.isin(line_of_word, comments)
        begins, ends, line_of_word = begins[kept], ends[kept], line_of_word[kept]
    values, bad = _integers(octets, begins, ends)
    if bad is not None:
        word = octets[begins[bad] : min(ends[bad], begins[bad] + 160)].tobytes()
        shown = word.decode("utf-8", "replace")[:40]
        raise InputError(f"{path}: line {line_of_word[bad] + 1}: {shown!r} is not an integer")
    first = np.flatnonzero(np.diff(line_of_word, prepend=-1))
    return Lines(path, line_of_word[first] + 1, np.append(first, len(values)), values)


def check_words(text: str, path: str) -> None:
    """``InputError`` for more words than ``MOST_NUMBERS``, before there is a text for each."""
    if len(text) > 2 * MOST_NUMBERS:  # fewer characters hold fewer words
        _changes(np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8), path)


def _changes(octets: np.ndarray, path: str) -> np.ndarray:
    """Where words begin and end, int8: not 0 at the first byte and behind the last one."""
    space = _IS_SPACE[octets].view(np.int8)
    changes = np.diff(space, prepend=np.int8(1), append=np.int8(1))
    count = np.count_nonzero(changes) // 2
    if count > MOST_NUMBERS:
        raise InputError(f"{path}: {count} words, at most {MOST_NUMBERS} are read")
    return changes


def _words(octets: np.ndarray, path: str) -> tuple[np.ndarray, np.ndarray]:
    """Where each word begins and ends (one past its last byte), int32."""
    changes = _changes(octets, path)
    edges = np.flatnonzero(changes).astype(np.int32)
    return edges[::2], edges[1::2]


def _integers(
    octets: np.ndarray, begins: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, int | None]:
    """The words' values, and the number of the first word that is no integer, if one is not."""
    values = np.zeros(len(begins), dtype=np.int32)
    if not len(begins):
        return values, None
    sign = octets[begins]
    first = begins + ((sign == _PLUS) | (sign == _MINUS))
    digits = ends - first
    good = (digits >= 1) & (digits <= _DIGITS)
    for place in range(_DIGITS):
        more = place < digits
        digit = octets[np.where(more, first + place, first - 1)]
        is_digit = (digit >= _ZERO) & (digit <= _NINE)
        good &= is_digit | ~more
        values = np.where(more, 10 * values + (digit - _ZERO), values)
    values = np.where(sign == _MINUS, -values, values).astype(np.int64)
    return values, None if good.all() else int(np.argmin(good))
