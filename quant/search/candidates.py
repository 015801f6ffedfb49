"""What a search changes in a spec, and the steps it may take."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from model.errors import InputError
from quant.spec import Channel, Maps, Spec
from quant.validate import RUNS

LSB_STEPS = (0.985, 1.015)
CUT_STEP = 0.06  # of the channel step


@dataclass(frozen=True)
class Tables:
    """The numbers of a spec that a search moves.

    channel : its step moves, and its table if it has one
    thresholds, codebook : as in :class:`quant.spec.Spec`
    """

    channel: Channel
    thresholds: tuple[int, ...]
    codebook: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, spec: Spec) -> "Tables":
        return cls(spec.channel, spec.thresholds, spec.maps.codebook)

    def inside(self, spec: Spec, **changes) -> Spec:
        """``spec`` with these numbers."""
        return replace(
            spec,
            channel=replace(self.channel, lsb_llr=round(self.channel.lsb_llr, 5)),
            thresholds=self.thresholds,
            maps=Maps(self.codebook, spec.maps.index),
            **changes,
        )

    @property
    def cells(self) -> int:
        """Levels of a run: one for each magnitude index."""
        return len(self.thresholds) + 1

    @property
    def value_step(self) -> int:
        """What a step moves a channel value by.

        All odd values stay odd: hardware then does not store their last bit.
        """
        return 2 if all(value & 1 for value in self.channel.values) else 1

    @property
    def level_step(self) -> int:
        """What a step moves a level by.

        Levels that are all even stay even where all channel values are odd: then every APP value
        is odd, and hardware keeps half of it.
        """
        channel = self.channel
        odd = channel.rise == "mid_rise" and channel.app_shift == 0 and self.value_step == 2
        return 2 if odd and not any(v & 1 for levels in self.codebook for v in levels) else 1

    @property
    def one_bit_tables(self) -> int:
        """Tables of one bit that a lane of hardware reads its levels from.

        Per bit of the levels as many as the entries have different functions of index and tie. A
        bit that is 0 everywhere needs none: even levels, of which hardware may keep half, count the
        same whole. No edge is above the largest index, which the last run would answer.
        """
        ties = len(self.codebook[0]) > self.cells
        runs = [levels[:-1] if ties else levels for levels in self.codebook]
        count = 0
        for bit in range(max(map(max, runs)).bit_length()):
            functions = {tuple(level >> bit & 1 for level in levels) for levels in runs}
            count += len(functions) if any(map(any, functions)) else 0
        return count

    def valid(self, threshold_limit: int, level_limits: Sequence[int]) -> bool:
        """Thresholds and the channel's table ascend from 1, levels of a run do not fall from 0.

        ``level_limits`` : of each entry; ``threshold_limit`` is that of channel values too
        """
        for numbers in (self.thresholds, self.channel.values, self.channel.cuts):
            if any(b <= a for a, b in pairwise((0, *numbers, threshold_limit + 1))):
                return False
        cells = self.cells
        for levels, limit in zip(self.codebook, level_limits, strict=True):
            for start in range(0, len(levels), cells):
                run = (0, *levels[start : start + cells], limit)
                if any(b < a for a, b in zip(run, run[1:], strict=False)):
                    return False
        return True


@dataclass(frozen=True)
class Step:
    """One move: the channel's step times ``scale``, what is listed of the others by ``by`` steps.

    thresholds, values, cuts : numbers of thresholds, channel values and channel cuts (a step of
    these is ``CUT_STEP``) ; levels : (entry, level) pairs ; by : whole steps up or, negative, down
    """

    scale: float = 1.0
    thresholds: tuple[int, ...] = ()
    levels: tuple[tuple[int, int], ...] = ()
    values: tuple[int, ...] = ()
    cuts: tuple[int, ...] = ()
    by: int = 0

    def taken(self, tables: Tables) -> Tables:
        thresholds, codebook = list(tables.thresholds), [list(row) for row in tables.codebook]
        channel = tables.channel
        values, cuts = list(channel.values), list(channel.cuts)
        for i in self.thresholds:
            thresholds[i] += self.by
        for i in self.values:
            values[i] += tables.value_step * self.by
        for i in self.cuts:
            cuts[i] = round(cuts[i] + CUT_STEP * self.by, 2)
        for entry, level in self.levels:
            codebook[entry][level] += tables.level_step * self.by
        channel = replace(
            channel, lsb_llr=channel.lsb_llr * self.scale, values=tuple(values), cuts=tuple(cuts)
        )
        return Tables(channel, tuple(thresholds), tuple(tuple(row) for row in codebook))


def entries_by_column(spec: Spec) -> set[tuple[int, ...]]:
    """Sets of entries that a column's edges use over the iterations."""
    return {tuple(sorted(set(entries))) for entries in zip(*spec.maps.index, strict=True)}


def steps(tables: Tables, groups: Iterable[Sequence[int]] = ()) -> Iterator[Step]:
    """Single levels; a cell's levels of all entries, of the later half, with its threshold.

    The channel's step moves too: against fixed integers that scales everything else. ``groups`` :
    further sets of entries whose levels move together.
    """
    cells, entries = tables.cells, range(len(tables.codebook))
    width = len(tables.codebook[0])

    def of_cell(cell: int, chosen: Sequence[int]) -> tuple[tuple[int, int], ...]:
        return tuple((e, k) for e in chosen for k in range(cell, width, cells))

    for scale in LSB_STEPS:
        yield Step(scale=scale)
    for by in (1, -1):
        for entry in entries:
            for level in range(width):
                yield Step(levels=((entry, level),), by=by)
        for cell in range(cells):
            if len(tables.codebook) > 1 or width > cells:
                yield Step(levels=of_cell(cell, entries), by=by)
            if len(tables.codebook) > 2:
                yield Step(levels=of_cell(cell, entries[len(entries) // 2 :]), by=by)
            for group in groups:
                if 1 < len(group) < len(entries):
                    yield Step(levels=of_cell(cell, group), by=by)
        for i in range(len(tables.channel.values)):
            yield Step(values=(i,), by=by)
        for i in range(len(tables.channel.cuts)):
            yield Step(cuts=(i,), by=by)
        for i in range(cells - 1):
            yield Step(thresholds=(i,), by=by)
            yield Step(thresholds=(i,), levels=of_cell(i + 1, entries), by=by)


def staged(spec: Spec, starts: Sequence[int], runs: int, apart: int | None = None) -> Spec:
    """``spec`` with entries of its own from each iteration of ``starts`` on, as they were there.

    runs : of levels, more than one for ties; one that was not there starts as the last that was
    apart : columns of at most that many edges have entries of their own, the others share theirs;
        None: all share
    """
    columns = spec.code.edge_columns
    low = [apart is not None and columns.count(column) <= apart for column in columns]
    classes = sorted(set(low))
    entries, index = [], []
    for start, end in zip(starts, (*starts[1:], spec.iterations), strict=True):
        numbers = {}
        for chosen in classes:
            numbers[chosen] = len(entries)
            levels = spec.maps.codebook[spec.maps.index[start][low.index(chosen)]]
            entries.append(_of_runs(levels, spec.n_levels, runs))
        index += [tuple(numbers[chosen] for chosen in low)] * (end - start)
    return replace(spec, maps=Maps(tuple(entries), tuple(index)))


def _of_runs(levels: tuple[int, ...], cells: int, runs: int) -> tuple[int, ...]:
    """``levels`` with so many runs, further ones as its last."""
    missing = runs - len(levels) // cells
    return (*levels, *levels[-cells:] * missing)[: runs * cells]


def with_runs(spec: Spec, runs: int) -> Spec:
    """``spec`` with at least so many runs of levels, at first as its last one."""
    if spec.runs >= runs:
        return spec
    codebook = tuple(_of_runs(levels, spec.n_levels, runs) for levels in spec.maps.codebook)
    return replace(spec, maps=Maps(codebook, spec.maps.index))


def restaged(spec: Spec, stages: str | None, runs: int, apart: int | None = None) -> Spec:
    """``spec`` as the options --stages ("0,3,6"), --ties and --apart of a command ask for it.

    runs : of levels that maps have at least (:func:`add_ties_to`). Without ``stages`` maps change
    where they change already. Raises ``InputError``.
    """
    if stages is None and apart is None:
        return with_runs(spec, runs)
    if any(len(set(row)) > 1 for row in spec.maps.index):
        raise InputError(f"{spec.name}: --stages and --apart are for maps by iteration")
    if apart is not None and apart < 1:
        raise InputError(f"--apart must be at least 1, not {apart}")
    return staged(spec, _stage_starts(stages, spec), max(runs, spec.runs), apart)


def add_ties_to(group) -> None:
    """Add --ties to an option group: runs of levels, of which the later ones are for ties."""
    group.add_argument(
        "--ties", nargs="?", type=int, choices=RUNS[1:], const=2, default=1, metavar="2|3",
        help="levels of their own for ties: where the smallest index of a row is there twice "
        "(default of the option), or also where it is there three times",
    )  # fmt: skip


def _stage_starts(text: str | None, spec: Spec) -> list[int]:
    """First iterations of the maps; None: where they change already."""
    if text is None:
        maps = [row[0] for row in spec.maps.index]
        return [t for t in range(spec.iterations) if t == 0 or maps[t] != maps[t - 1]]
    try:
        starts = [int(part) for part in text.split(",")]
    except ValueError:
        starts = []
    ascending = all(a < b for a, b in zip(starts, starts[1:], strict=False))
    if not starts or starts[0] != 0 or not ascending or starts[-1] >= spec.iterations:
        raise InputError(
            f"--stages {text}: ascending iterations from 0, below {spec.iterations}, are due"
        )
    return starts
