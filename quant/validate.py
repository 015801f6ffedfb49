"""Which specs are allowed: one line for the first rule that a spec breaks."""

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from model.errors import InputError
from model.names import checked_identifier, checked_name
from quant.code_section import CodeSection, to_graph
from quant.fields import choice, number, shown, whole, wholes
from quant.retries import MAX_ITERATIONS, check_retries

KINDS = ("qc_ldpc_layered", "tanner_flooding")
MAX_MAPS = 16
RUNS = 1, 2, 3  # of levels of a map, with those for ties
MAX_APP_BITS = 12
MAX_RELAXATION_SHIFT = 8
MAX_VARIABLES = 1 << 20
MAX_EDGES = 1 << 22
LSB_RANGE = 1e-9, 1e9
MAX_FRAC_BITS = 3  # app_bits + frac_bits + sign growth stays within 16 bits


def check_spec(spec) -> None:
    """Raise ``InputError`` naming the field and its value if ``spec`` is not a valid decoder."""
    if spec.kind not in KINDS:
        known = ", ".join(map(repr, KINDS))
        raise InputError(f"kind is {shown(spec.kind)}, known: {known}")
    checked_identifier("name", spec.name)
    if not isinstance(spec.early_stop, bool):
        raise InputError(f"early_stop is {shown(spec.early_stop)}, must be true or false")
    whole("iterations", spec.iterations, 1, MAX_ITERATIONS)
    whole("app_bits", spec.app_bits, 3, MAX_APP_BITS)
    whole("message_bits", spec.message_bits, 2, 6)
    _check_code(spec.code)
    _check_channel(spec)
    _check_thresholds(spec)
    _check_maps(spec)
    if spec.flooding:
        _check_sums(spec)
    else:
        _check_layer_order(spec)
    if spec.relaxation is not None:
        whole("relaxation.shift", spec.relaxation.shift, 1, MAX_RELAXATION_SHIFT)
        whole("relaxation.frac_bits", spec.relaxation.frac_bits, 0, MAX_FRAC_BITS)
    if spec.retries:
        check_retries(spec)


def largest_sums(code, channel, maps) -> list[int]:
    """Per block column the largest magnitude that channel value and messages can add up to.

    A relaxed message stays between the levels it has met, so it needs no more than they do.
    """
    level = np.array([max(levels) for levels in maps.codebook])
    largest = level[np.array(maps.index)].max(axis=0)
    sums = np.bincount(code.edge_columns, largest, minlength=code.columns).astype(np.int64)
    return (sums + channel.largest).tolist()


def _check_sums(spec) -> None:
    """Flooding adds without saturation, so the widest sum must fit."""
    if spec.layer_order:
        raise InputError(f"layer_order is {shown(spec.layer_order)}, empty is due with flooding")
    sums = largest_sums(spec.code, spec.channel, spec.maps)
    largest = max(sums)
    if largest > spec.app_max:
        raise InputError(
            f"app_bits is {spec.app_bits}: the sum of block column {sums.index(largest)} reaches "
            f"{largest}, more than {spec.app_max}"
        )


def _check_layer_order(spec) -> None:
    last = len(spec.code.rows) - 1
    wholes("layer_order", spec.layer_order, 0, last)
    if sorted(spec.layer_order) != list(range(last + 1)):
        raise InputError(
            f"layer_order is not a permutation of 0..{last}: {shown(spec.layer_order)}"
        )


def _check_code(code) -> None:
    checked_name("code.name", code.name)
    whole("code.lifting_size", code.lifting_size, 1, 1 << 16)
    whole("code.columns", code.columns, 1, 1 << 20)
    bits = code.columns * code.lifting_size
    if bits > MAX_VARIABLES:
        raise InputError(
            f"code.columns is {code.columns} and code.lifting_size {code.lifting_size}: {bits} "
            f"variables, at most {MAX_VARIABLES} are taken"
        )
    whole("code.information_bits", code.information_bits, 1, bits)
    for field in ("transmitted_lanes", "fill"):
        if len(getattr(code, field)) != code.columns:
            raise InputError(
                f"code.{field} has {len(getattr(code, field))} entries for {code.columns} columns"
            )
    wholes("code.transmitted_lanes", code.transmitted_lanes, 0, code.lifting_size)
    for column, fill in enumerate(code.fill):
        choice(f"code.fill[{column}]", fill, ("erased", "zero"))
    if sum(code.transmitted_lanes) == 0:
        raise InputError("code.transmitted_lanes: no bit is transmitted")
    edges = sum(map(len, code.rows)) * code.lifting_size
    if edges > MAX_EDGES:
        raise InputError(f"code.rows: {edges} edges, at most {MAX_EDGES} are taken")
    used = set()
    for r, row in enumerate(code.rows):
        if not row:
            raise InputError(f"code.rows[{r}] is empty")
        for e, edge in enumerate(row):
            if len(edge) != 2:
                raise InputError(
                    f"code.rows[{r}][{e}] is {shown(edge)}, must be [column, exponent]"
                )
            column, exponent = edge
            if type(column) is int and type(exponent) is int:  # the usual case, without a word
                if 0 <= column < code.columns and 0 <= exponent < code.lifting_size:
                    continue
            whole(f"code.rows[{r}][{e}]: column", column, 0, code.columns - 1)
            whole(f"code.rows[{r}] column {column}: exponent", exponent, 0, code.lifting_size - 1)
        columns = [column for column, _ in row]
        if columns != sorted(set(columns)):
            raise InputError(f"code.rows[{r}]: columns are not ascending and unique: {columns}")
        used.update(columns)
    for column in range(code.columns):
        wholly_known = code.transmitted_lanes[column] == 0 and code.fill[column] == "zero"
        if column not in used and not wholly_known:
            raise InputError(f"code: block column {column} is in no check")
        if column in used and wholly_known:
            raise InputError(f"code: block column {column} is known zero and still in a check")
    due = dimension(replace(code, name="code", information_bits=1))
    if code.information_bits != due:
        raise InputError(
            f"code.information_bits is {code.information_bits}, the true rank of the checks leaves "
            f"{due}"
        )


@lru_cache(maxsize=64)
def dimension(code: CodeSection) -> int:
    """k of a code section, from the true rank of its checks; kept for codes met before."""
    return to_graph(code).k


def _check_channel(spec) -> None:
    channel = spec.channel
    whole("channel.bits", channel.bits, 2, 8)
    whole("channel.app_shift", channel.app_shift, 0, 8)
    choice("channel.rise", channel.rise, ("mid_rise", "mid_tread"))
    number("channel.lsb_llr", channel.lsb_llr, *LSB_RANGE)
    _check_channel_table(channel)
    if channel.largest > spec.app_max:
        raise InputError(
            f"channel: largest value {channel.largest} exceeds the {spec.app_bits}-bit APP range "
            f"+-{spec.app_max}"
        )


def _check_channel_table(channel) -> None:
    if not channel.values and not channel.cuts:
        return
    if channel.rise != "mid_rise" or channel.app_shift:
        raise InputError(
            f"channel.values: only for rise 'mid_rise' and app_shift 0, not {channel.rise!r} and "
            f"{channel.app_shift}"
        )
    wholes("channel.values", channel.values, 1, (1 << MAX_APP_BITS - 1) - 1)
    for i, cut in enumerate(channel.cuts):
        number(f"channel.cuts[{i}]", cut, *LSB_RANGE)
    for name, due in (("values", channel.maximum_code + 1), ("cuts", channel.maximum_code)):
        numbers = getattr(channel, name)
        if len(numbers) != due:
            raise InputError(f"channel.{name} has {len(numbers)} entries, {due} are due")
        if any(low >= high for low, high in pairwise(numbers)):
            raise InputError(f"channel.{name} are not ascending: {shown(numbers)}")


def _check_thresholds(spec) -> None:
    due = (1 << (spec.message_bits - 1)) - 1
    if len(spec.thresholds) != due:
        raise InputError(
            f"thresholds: {len(spec.thresholds)} given, {spec.message_bits}-bit messages need {due}"
        )
    for i, threshold in enumerate(spec.thresholds):
        low = spec.thresholds[i - 1] + 1 if i else 1
        whole(f"thresholds[{i}]", threshold, low, spec.app_max)


def _check_maps(spec) -> None:
    size = 1 << (spec.message_bits - 1)
    whole("maps.codebook: entries", len(spec.maps.codebook), 1, MAX_MAPS)
    for m, levels in enumerate(spec.maps.codebook):
        if len(levels) not in [size * runs for runs in RUNS]:
            raise InputError(
                f"maps.codebook[{m}] has {len(levels)} levels, {size} are due, or {2 * size} or "
                f"{3 * size} with those for ties"
            )
        if len(levels) != len(spec.maps.codebook[0]):
            raise InputError(
                f"maps.codebook[{m}] has {len(levels)} levels, maps.codebook[0] has "
                f"{len(spec.maps.codebook[0])}"
            )
        for i, level in enumerate(levels):
            low = levels[i - 1] if i % size else 0
            whole(f"maps.codebook[{m}][{i}]", level, low, spec.app_max)
    if len(spec.maps.index) != spec.iterations:
        raise InputError(
            f"maps.index has {len(spec.maps.index)} rows for {spec.iterations} iterations"
        )
    for t, row in enumerate(spec.maps.index):
        if len(row) != spec.n_block_edges:
            raise InputError(
                f"maps.index[{t}] has {len(row)} entries for {spec.n_block_edges} block edges"
            )
        wholes(f"maps.index[{t}]", row, 0, len(spec.maps.codebook) - 1)
