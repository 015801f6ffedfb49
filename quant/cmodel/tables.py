"""The decoder's constants as a C++ struct: code, number formats, thresholds, maps, schedule."""

import bisect
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from quant.codebook import distinct_rows
from quant.golden.channel import largest_value
from quant.number_forms import odd_sums, offset_maps
from quant.spec import Spec

_COLUMNS, _INDENT = 96, "    "
_SHAPES = 8
"""Shapes of rows that are compiled apart from others of their degree, at most."""
CONSTANT = "static constexpr"
"""Of a member of a struct, and of a name of a namespace."""


@dataclass(frozen=True)
class Tunable:
    """Thresholds, levels and the channel's table are variables, that start as the spec's.

    halved : those of any call are such that the decoder may work with halves (:func:`halves`)
    """

    halved: bool = False


def struct(
    name: str, spec: Spec, tunable: Tunable | None = None, extra: Iterable[str] = ()
) -> list[str]:
    """Lines of ``struct NAME``: everything that a decoder needs to know of the spec.

    Decoders are templates over such structs, so that one program may hold several of them.

    tunable : None where all its numbers are constants
    extra : more lines of the struct
    """
    return [f"struct {name} {{", *_members(spec, tunable), *extra, "};"]


def _members(spec: Spec, tunable: Tunable | None) -> list[str]:
    changing = "inline static" if tunable else CONSTANT
    code, channel, relax = spec.code, spec.channel, spec.relaxation
    z = code.lifting_size
    lane = np.arange(z)
    unsent = np.concatenate([c * z + lane[t:] for c, t in enumerate(code.transmitted_lanes)])
    known = np.repeat([fill == "zero" for fill in code.fill], z)
    rows, profiles, index = _maps(spec)
    edges, profiles = _by_profile(code.rows, profiles)
    starts = np.cumsum([0, *(len(row) for row in code.rows)])
    shapes, row_shape = _shapes(np.split(np.array(profiles), starts[1:-1]))
    halved = halves(spec) if tunable is None else tunable.halved
    return [
        f'{CONSTANT} char spec_sha[] = "{spec.sha}";',
        *(
            f"{CONSTANT} int {name} = {value};"
            for name, value in {
                "n": spec.n,
                "n_variables": spec.n_variables,
                "lifting_size": z,
                "n_layers": len(code.rows),
                "n_edges": len(edges),
                "iterations": spec.iterations,
                "n_levels": spec.n_levels,
                "n_thresholds": len(spec.thresholds),
                "map_levels": len(spec.maps.codebook[0]),
                "runs": spec.runs,
                "app_max": spec.app_max,
                "value_limit": largest_value(spec),
                "channel_bits": channel.bits,
                "minimum_code": channel.minimum_code,
                "maximum_code": channel.maximum_code,
                "app_shift": channel.app_shift,
                "known_value": channel.largest,
                "relax_shift": relax.shift if relax else 0,
                "relax_frac_bits": relax.frac_bits if relax else 0,
                "n_profiles": len(index[0]),
                "n_map_rows": len(index),
                "largest_threshold": spec.app_max if tunable else spec.thresholds[-1],
                "n_shared_levels": 0 if tunable else _shared_levels(spec, index),
            }.items()
        ),
        f"{CONSTANT} bool flooding = {_truth(spec.flooding)};",
        f"{CONSTANT} bool early_stop = {_truth(spec.early_stop)};",
        f"{CONSTANT} bool mid_rise = {_truth(channel.rise == 'mid_rise')};",
        f"{CONSTANT} bool exact = {_truth(spec.adds_exactly)};  // no sum leaves the APP range",
        f"{CONSTANT} bool halved = {_truth(halved)};  // words are half of what is odd",
        "// Every entry of the codebook takes a number away from the index, and ends at 0.",
        f"{CONSTANT} bool offset_maps = {_truth(not tunable and offset_maps(spec))};",
        f"{CONSTANT} bool channel_table = {_truth(bool(channel.values))};",
        f"{changing} double channel_lsb_llr = {float(channel.lsb_llr)!r};",
        f"typedef int{8 if halved else value_bits(spec)}_t value_t;  // holds every word",
        "// Rows of one shape have as many edges, and their profiles begin at the same ones.",
        f"{CONSTANT} int n_shapes = {len(shapes)};",
        *array("shape_degree", [len(shape) for shape in shapes]),
        *array("shape_begins", _padded(shapes), "uint8_t"),
        *array("row_shape", row_shape),
        *array("layer_row", range(len(code.rows)) if spec.flooding else spec.layer_order),
        *array("row_start", starts),
        *array("edge_column", [column for column, _ in edges]),
        *array("edge_shift", [shift for _, shift in edges]),
        "// Edges of one profile have the same map in every iteration.",
        *array("edge_profile", profiles, "uint16_t"),
        "// Which row of map_index an iteration uses, and the map of each profile there.",
        *array("map_row", rows),
        *array("map_index", index),
        *array("codebook", spec.maps.codebook, storage=changing),
        *array("thresholds", spec.thresholds, storage=changing),
        "// What each code adds to the value of the code before it, where values are not uniform.",
        *array("channel_steps", np.diff(channel.values or (0,), prepend=0), storage=changing),
        "// LLR / channel_lsb_llr where the codes from 1 on begin, where they are not uniform.",
        *array("channel_cuts", channel.cuts or (1.0,), "double", changing),
        *array("transmitted", spec.transmitted),
        *counted("erased", unsent[~known[unsent]]),
        *counted("known_zero", unsent[known[unsent]]),
    ]


def value_bits(spec: Spec) -> int:
    """8 if no intermediate of the decoder leaves an int8, else 16.

    Largest magnitudes: the sum before saturation, APP less old message plus new message, if there
    is any saturation; with relaxation also the new message at full fraction less the state.
    """
    largest = spec.app_max + (0 if spec.adds_exactly else 2 * spec.level_max)
    if spec.relaxation:
        half = 1 << spec.relaxation.frac_bits >> 1
        largest = max(largest, (spec.level_max << spec.relaxation.frac_bits) * 2 + half)
    return 8 if largest <= 127 else 16


def halves(spec: Spec) -> bool:
    """Whether the decoder works with halves of its odd sums, because they fit into an int8."""
    return odd_sums(spec) and value_bits(spec) > 8 and spec.app_max <= 255


def _shared_levels(spec: Spec, index: list[list[int]]) -> int:
    """Levels, from index 0 on, that all profiles of an iteration have in common."""
    entries = np.array(spec.maps.codebook).reshape(len(spec.maps.codebook), -1, spec.n_levels)
    same = [np.ptp(entries[row], axis=0).any(axis=0) for row in index]
    different = np.any(same, axis=0)
    return int(different.argmax()) if different.any() else spec.n_levels


def _maps(spec: Spec) -> tuple[list[int], list[int], list[list[int]]]:
    """Row of each iteration, profile of each block edge, map of each (row, profile)."""
    full = np.array(spec.maps.index)
    columns, profiles = distinct_rows(full.T)
    distinct, rows = distinct_rows(columns.T)
    return rows.tolist(), profiles.tolist(), distinct.tolist()


def _by_profile(
    rows: Sequence[Sequence[tuple[int, int]]], profiles: Sequence[int]
) -> tuple[list[tuple[int, int]], list[int]]:
    """Edges of all rows, those of one profile side by side within a row, and their profiles."""
    edges, sorted_profiles = [], []
    given = iter(profiles)
    for row in rows:
        of_row = sorted(((next(given), edge) for edge in row), key=lambda pair: pair[0])
        sorted_profiles += [profile for profile, _ in of_row]
        edges += [edge for _, edge in of_row]
    return edges, sorted_profiles


def _shapes(profiles_of_rows: Sequence[np.ndarray]) -> tuple[list[tuple[int, ...]], list[int]]:
    """Distinct shapes of rows, and that of each row: per edge 1 where a profile begins, else 0.

    Each shape is compiled by itself; where there are too many, all rows of a degree share one, of
    which any edge may begin a profile (2).
    """
    exact = [(1, *(np.diff(row) != 0).astype(int).tolist()) for row in profiles_of_rows]
    degrees = {len(shape) for shape in exact}
    if len(set(exact)) > max(_SHAPES, len(degrees)):
        exact = [(2,) * len(shape) for shape in exact]
    shapes = sorted(set(exact), key=lambda shape: (len(shape), shape))
    return shapes, [shapes.index(shape) for shape in exact]


def _padded(shapes: Sequence[tuple[int, ...]]) -> list[list[int]]:
    longest = max(map(len, shapes))
    return [[*shape, *[0] * (longest - len(shape))] for shape in shapes]


def array(
    name: str, values: Iterable, kind: str = "int", storage: str = CONSTANT
) -> list[str]:
    """Lines of an array, nested as ``values`` is."""
    values = np.asarray(list(values))
    dimensions = "".join(f"[{size}]" for size in values.shape)
    return [f"{storage} {kind} {name}{dimensions} = {{", *_wrapped(_body(values)), "};"]


def counted(name: str, values: Iterable, kind: str = "int") -> list[str]:
    """An array that may be empty, and its count ``n_NAME``."""
    values = list(values)
    return [f"{CONSTANT} int n_{name} = {len(values)};", *array(name, values or [0], kind)]


def _body(values: np.ndarray) -> str:
    if values.ndim == 1:
        return ", ".join(str(value) for value in values.tolist())
    return ", ".join("{" + _body(inner) + "}" for inner in values)


def _wrapped(text: str) -> list[str]:
    words = text.split(" ")
    ends = list(itertools.accumulate((len(word) + 1 for word in words), initial=0))
    lines, first = [], 0
    while first < len(words):  # a search a line, not a step a word
        last = bisect.bisect_right(ends, ends[first] + _COLUMNS - len(_INDENT) + 1) - 1
        last = max(last, first + 1)
        lines.append(_INDENT + " ".join(words[first:last]))
        first = last
    return lines


def _truth(value: bool) -> str:
    return "true" if value else "false"
