"""What the block-serial engine goes through for a frame, whatever its messages are."""

from dataclasses import dataclass
from functools import cached_property

from quant.code_section import CodeSection

MOST_OPERATIONS = 1 << 17
"""Of all slots in a schedule. More words make a program memory larger than that of most devices,
and take gigabytes and an hour to write down."""


@dataclass(frozen=True)
class Times:
    """Cycles that an arithmetic takes; the schedule keeps its distances by them.

    stored : from a stored message to the value that is used; once in the front, once in the back
    front : from the APP word behind the rotator to what the row's search and the FIFO take
    search : from a row's last edge to what the search knows of it
    message : from the FIFO's word to the message that is stored
    sum : from the message that is used to the new APP word
    """

    stored: int
    front: int
    search: int
    message: int
    sum: int


@dataclass(frozen=True)
class Job:
    """The block rows of a code, in turn, again and again.

    code : block rows of (column, exponent), lifting size, what is transmitted
    layer_order : block rows in the order in which an iteration takes them; empty for their own
    map_index : per iteration and block edge, the number of the map that the arithmetic uses
    map_count : maps that there are
    iterations : at most
    early_stop : a frame ends when an iteration finds all rows even
    restarts : iterations after which a frame that has not ended begins anew, with the values that
        it came with: the ends of all tries but the last
    value_tables : of each try the number of the arithmetic's table that its channel values are
        looked up in, 0 for none; empty where no try has one
    flooding : an iteration works on the sums of the one before, so that its verdict comes a pass
        later
    times : of the arithmetic
    """

    name: str
    code: CodeSection
    layer_order: tuple[int, ...]
    map_index: tuple[tuple[int, ...], ...]
    map_count: int
    iterations: int
    early_stop: bool
    flooding: bool
    times: Times
    restarts: tuple[int, ...] = ()
    value_tables: tuple[int, ...] = ()

    @property
    def n(self) -> int:
        """Values of a frame that are transmitted."""
        return sum(self.code.transmitted_lanes)

    @property
    def n_variables(self) -> int:
        return self.code.columns * self.code.lifting_size

    @cached_property
    def n_block_edges(self) -> int:
        return sum(len(row) for row in self.code.rows)
