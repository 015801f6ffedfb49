"""What programs that are written at run time may need: places for codes, and their limits."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """Places for the programs of codes behind those that a decoder is built with.

    Parameters
    ----------
    places : codes that can be there at once; all others are nothing without
    columns, edges, rows : of a code, at most
    degree : edges of a row, at most
    map_rows : rows of the table of maps that a code has
    """

    places: int = 0
    columns: int = 0
    edges: int = 0
    rows: int = 0
    degree: int = 0
    map_rows: int = 0

    def chunks(self, lifting_sizes: Iterable[int], llrs_per_beat: int) -> int:
        """Beats of a frame, at most."""
        return self.columns * max(-(-size // llrs_per_beat) for size in lifting_sizes)

    def windows(self, lifting_sizes: Iterable[int], beat_bits: int) -> int:
        """Windows of the bits of a frame, at most, where all bits of a column follow each other."""
        return self.columns * max((size - 2) // beat_bits + 2 for size in lifting_sizes)


NO_ROOM = Room()


@dataclass(frozen=True)
class Area:
    """The words of a table that a program brings.

    Parameters
    ----------
    table : its name
    bits : of a word
    words : that a program has of it
    first : of each place the number of the area's first word in the table
    """

    table: str
    bits: int
    words: int
    first: tuple[int, ...]

    @property
    def bytes_per_word(self) -> int:
        return -(-self.bits // 8)

    @property
    def bytes(self) -> int:
        return self.bytes_per_word * self.words
