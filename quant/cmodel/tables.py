"""The decoder's constants as a C++ struct: code, number formats, thresholds, maps, schedule."""

import bisect
import itertools
from collections.abc import Iterable

import numpy as np

from quant.codebook import distinct_rows
from quant.golden.channel import largest_value
from quant.spec import Spec

_COLUMNS, _INDENT = 96, "    "
CONSTANT = "static constexpr"
"""Of a member of a struct, and of a name of a namespace."""


def struct(name: str, spec: Spec, tunable: bool = False, extra: Iterable[str] = ()) -> list[str]:
    """Lines of ``struct NAME``: everything that a decoder needs to know of the spec.

    Decoders are templates over such structs, so that one program may hold several of them.

    tunable : thresholds, levels and the channel's step are variables, that start as the spec's
    extra : more lines of the struct
    """
    return [f"struct {name} {{", *_members(spec, tunable), *extra, "};"]


def _members(spec: Spec, tunable: bool) -> list[str]:
    changing = "inline static" if tunable else CONSTANT
    code, channel, relax = spec.code, spec.channel, spec.relaxation
    z = code.lifting_size
    lane = np.arange(z)
    unsent = np.concatenate([c * z + lane[t:] for c, t in enumerate(code.transmitted_lanes)])
    known = np.repeat([fill == "zero" for fill in code.fill], z)
    edges = [edge for row in code.rows for edge in row]
    starts = np.cumsum([0, *(len(row) for row in code.rows)])
    rows, profiles, index = _maps(spec)
    shared = all(len(set(profiles[a:b])) == 1 for a, b in zip(starts, starts[1:], strict=False))
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
                "n_levels": 1 << (spec.message_bits - 1),
                "n_thresholds": len(spec.thresholds),
                "map_levels": len(spec.maps.codebook[0]),
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
            }.items()
        ),
        f"{CONSTANT} bool flooding = {_truth(spec.flooding)};",
        f"{CONSTANT} bool early_stop = {_truth(spec.early_stop)};",
        f"{CONSTANT} bool mid_rise = {_truth(channel.rise == 'mid_rise')};",
        f"{CONSTANT} bool tie_levels = {_truth(spec.tie_levels)};",
        f"{CONSTANT} bool rows_share_profile = {_truth(shared)};  // all edges of a row",
        f"{CONSTANT} bool channel_table = {_truth(bool(channel.values))};",
        f"{changing} double channel_lsb_llr = {float(channel.lsb_llr)!r};",
        f"typedef int{value_bits(spec)}_t value_t;  // holds every intermediate of the spec",
        *counted("degrees", sorted({len(row) for row in code.rows})),
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


def _maps(spec: Spec) -> tuple[list[int], list[int], list[list[int]]]:
    """Row of each iteration, profile of each block edge, map of each (row, profile)."""
    full = np.array(spec.maps.index)
    columns, profiles = distinct_rows(full.T)
    distinct, rows = distinct_rows(columns.T)
    return rows.tolist(), profiles.tolist(), distinct.tolist()


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
