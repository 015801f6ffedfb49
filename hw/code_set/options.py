"""What a user may choose about a decoder of a set of codes without changing a bit of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import gcd

from hw.code_set.room import NO_ROOM, Room
from hw.frame import options as streams
from hw.layered.job import Job
from hw.layered.options import FIFOS
from hw.lib.target import choice, named
from hw.options import BuildOptions, option
from model.errors import InputError
from quant.code_set.spec import CodeSetSpec
from quant.spec import Spec

_REGIONS = (4, 8, 16)
_OUT_WIDTHS = (8, 16, 32, 64)
_MOST_LLRS = 64


_MOST_PROGRAMS = 8
_MOST_OF_PROGRAM = 4096


def _limit(words: str, default: str) -> int | None:
    return option(
        None, f"with --programs: {words} of a code, at most (default {default})",
        low=1, high=_MOST_OF_PROGRAM,
    )  # fmt: skip


@dataclass(frozen=True)
class Options(BuildOptions):
    """Size of the buffers and streams.

    A beat of ``s_axis`` never holds values of two block columns: its width divides the transmitted
    bits of every column of every code.
    """

    slots: int | None = option(
        None, "frames decoded at once; each has the row of its own code (default 4)", low=2, high=8
    )
    regions: int | None = option(
        None, "frames that the channel memory and the memory of hard decisions hold, more than "
        "slots (default 8 or more)",
        choices=_REGIONS,
    )  # fmt: skip
    llrs_per_beat: int | None = streams.llrs_per_beat(_MOST_LLRS)
    bits_per_beat: int | None = streams.bits_per_beat(_OUT_WIDTHS)
    decisions: str = streams.decisions(
        "soft: of frames whose control word asks for it a-posteriori values, a signed byte each, "
        "saturated, negative where the decision is 1; of others bits, eight times as many a beat"
    )
    programs: int = option(
        0, "places for codes that are not in the set: their programs are written at run time over "
        "s_axis_program (unfoldhw program makes them)",
        low=0, high=_MOST_PROGRAMS,
    )  # fmt: skip
    program_columns: int | None = _limit("block columns", "as many as the set has")
    program_rows: int | None = _limit("block rows", "a fifth more than the set has")
    program_edges: int | None = _limit("block edges", "a fifth more than the set has")
    program_degree: int | None = _limit("block edges of a row", "as many as the set has")
    fifo: str = option(
        FIFOS[0],
        "memory of the edges between the halves of the datapath: block RAM, or distributed in "
        "look-up tables",
        choices=FIFOS,
    )
    rotate_in_ram: int | None = option(
        None,
        "bits of an APP value whose widest rotation is a read of block RAM (default all with "
        "--target ecp5 or nexus, else 0)",
        low=0, high=16,
    )  # fmt: skip
    input_error: bool = streams.input_error()
    target: str = choice()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rotate_in_ram is None:
            both = 16 if named(self.target).wide_writes else 0
            object.__setattr__(self, "rotate_in_ram", both)

    @property
    def input_regions(self) -> int:
        """Of the channel memory; a frame has the same one in both."""
        return self.regions

    @property
    def output_regions(self) -> int:
        """Of the memory of hard decisions."""
        return self.regions

    def hard_regions(self, job: Job) -> int:
        """The same, as :mod:`hw.layered` asks for it."""
        return self.regions

    def resolved(self, spec: CodeSetSpec) -> "Options":
        """The same options with every size and width chosen."""
        members = spec.members
        slots = self.slots or 4
        regions = self.regions or max(8, 1 << slots.bit_length())
        if regions <= slots:
            raise InputError(f"regions is {regions}, must be more than slots ({slots})")
        return replace(
            self,
            slots=slots,
            regions=regions,
            llrs_per_beat=self._llrs_per_beat(members),
            bits_per_beat=self.bits_per_beat or self._bits_per_beat(members),
            **self._limits(members),
        )

    def _limits(self, members: Sequence[Spec]) -> dict[str, int | None]:
        """Of programs: what is chosen, at least that of the set's largest code."""
        counts = {
            "program_columns": max(member.code.columns for member in members),
            "program_rows": max(len(member.code.rows) for member in members),
            "program_edges": max(member.n_block_edges for member in members),
            "program_degree": max(len(row) for member in members for row in member.code.rows),
        }
        chosen: dict[str, int | None] = {}
        for name, most in counts.items():
            value = getattr(self, name)
            if value is not None and not self.programs:
                raise InputError(f"{name} is {value}, means nothing without programs")
            if self.programs and value is None:
                more = -(-most // 5) if name in ("program_rows", "program_edges") else 0
                value = most + more
            chosen[name] = value
        return chosen

    def room(self, members: Sequence[Spec]) -> Room:
        """For programs; of resolved options."""
        if not self.programs:
            return NO_ROOM
        return Room(
            places=self.programs,
            columns=self.program_columns,
            edges=self.program_edges,
            rows=self.program_rows,
            degree=self.program_degree,
            map_rows=max(member.iterations for member in members),
        )

    def _llrs_per_beat(self, members: Sequence[Spec]) -> int:
        for member in members:
            _check_columns(member)
        lanes = {lanes for member in members for lanes in member.code.transmitted_lanes if lanes}
        unit = reduce(gcd, lanes | {member.code.lifting_size for member in members})
        fitting = [w for w in range(1, _MOST_LLRS + 1) if unit % w == 0]
        if self.llrs_per_beat is not None:
            if self.llrs_per_beat not in fitting:
                raise InputError(
                    f"llrs_per_beat is {self.llrs_per_beat}, must divide the transmitted bits of "
                    f"every block column: one of {', '.join(map(str, fitting))}"
                )
            return self.llrs_per_beat
        enough = [w for w in fitting if all(member.n / w <= _budget(member) for member in members)]
        return min(enough or fitting[-1:])

    def _bits_per_beat(self, members: Sequence[Spec]) -> int:
        enough = [w for w in _OUT_WIDTHS if all(j.n_variables / w <= _budget(j) for j in members)]
        return min(enough or _OUT_WIDTHS[-1:])


def _check_columns(member: Spec) -> None:
    """``InputError`` for a block column of which a part is transmitted."""
    size = member.code.lifting_size
    for column, lanes in enumerate(member.code.transmitted_lanes):
        if lanes not in (0, size):
            raise InputError(
                f"{member.code.name}: {lanes} of {size} bits of block column {column} are "
                "transmitted, in a set of codes it must be all or none"
            )


def _budget(member: Spec) -> float:
    """Cycles that a stream may take for a frame, where most frames stop early."""
    return member.iterations * member.n_block_edges / 2
