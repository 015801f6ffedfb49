"""Retries: what a layered decoder does with a frame whose checks are still odd in the end.

They are a field of the spec, and not a wrapper around two specs, because all tries share code,
alphabet, memories and lanes: only the numbers here change, in the slot that the frame has already.
"""

from dataclasses import dataclass, field, fields, replace
from itertools import pairwise

import numpy as np

from model.errors import InputError
from quant import document
from quant.fields import shown, whole, wholes

MAX_RETRIES = 7
MAX_ITERATIONS = 127
"""Of all tries together: as many as a result's status counts."""


@dataclass(frozen=True)
class Retry:
    """One more try at a frame that no try before has verified. What is empty is as at first.

    iterations : of this try, at most
    layer_order : a permutation of the block rows
    channel_values : what channel codes stand for in this try, as ``Channel.values``; codes may
        have the same value
    map_index : entry of the codebook for each iteration and block edge; the last row is also that
        of all iterations behind it

    It starts anew, with channel values and no messages: to go on longer with those that there are
    is what more ``iterations`` of the try before say.
    """

    iterations: int
    layer_order: tuple[int, ...] = field(default=(), metadata=document.OPTIONAL)
    channel_values: tuple[int, ...] = field(default=(), metadata=document.OPTIONAL)
    map_index: tuple[tuple[int, ...], ...] = field(default=(), metadata=document.OPTIONAL)


def tries_of(spec) -> tuple:
    """A spec without retries for each try: the first one, then those of ``spec.retries``."""
    first = replace(spec, retries=(), provenance={})
    return (first, *(_of_retry(first, retry) for retry in spec.retries))


def _of_retry(first, retry: Retry):
    rows = list(retry.map_index or first.maps.index)
    rows += rows[-1:] * (retry.iterations - len(rows))
    changes = {
        "iterations": retry.iterations,
        "layer_order": retry.layer_order or first.layer_order,
        "channel": first.channel,
        "maps": replace(first.maps, index=tuple(rows[: retry.iterations])),
    }
    if retry.channel_values:
        changes["channel"] = replace(first.channel.with_table(), values=retry.channel_values)
    # Its own numbers have been checked, and of one try's values two may be the same.
    one = object.__new__(type(first))
    for each in fields(first):
        object.__setattr__(one, each.name, changes.get(each.name, getattr(first, each.name)))
    return one


def check_retries(spec) -> None:
    """Raise ``InputError`` for retries that the decoder ``spec`` cannot have."""
    if spec.flooding:
        raise InputError(f"retries: kind is {spec.kind!r}, only layered decoders have retries")
    if not spec.early_stop:
        raise InputError("retries: early_stop is false, no frame is known to need another try")
    whole("retries: entries", len(spec.retries), 1, MAX_RETRIES)
    for number, retry in enumerate(spec.retries):
        _check_retry(spec, f"retries[{number}]", retry)
    total = spec.most_iterations
    if total > MAX_ITERATIONS:
        raise InputError(
            f"retries: {total} iterations in all tries together, at most {MAX_ITERATIONS} are taken"
        )


def _check_retry(spec, place: str, retry: Retry) -> None:
    whole(f"{place}.iterations", retry.iterations, 1, MAX_ITERATIONS)
    last = len(spec.code.rows) - 1
    wholes(f"{place}.layer_order", retry.layer_order, 0, last)
    if retry.layer_order and sorted(retry.layer_order) != list(range(last + 1)):
        raise InputError(
            f"{place}.layer_order is not a permutation of 0..{last}: {shown(retry.layer_order)}"
        )
    if retry.channel_values:
        _check_channel_values(spec, f"{place}.channel_values", retry.channel_values)
    if len(retry.map_index) > retry.iterations:
        raise InputError(
            f"{place}.map_index has {len(retry.map_index)} rows for {retry.iterations} iterations"
        )
    for t, row in enumerate(retry.map_index):
        if len(row) != spec.n_block_edges:
            raise InputError(
                f"{place}.map_index[{t}] has {len(row)} entries for {spec.n_block_edges} block "
                "edges"
            )
        wholes(f"{place}.map_index[{t}]", row, 0, len(spec.maps.codebook) - 1)


def _check_channel_values(spec, place: str, values: tuple[int, ...]) -> None:
    channel = spec.channel
    if channel.rise != "mid_rise" or channel.app_shift:
        raise InputError(
            f"{place}: only for rise 'mid_rise' and app_shift 0, not {channel.rise!r} and "
            f"{channel.app_shift}"
        )
    if len(values) != channel.maximum_code + 1:
        raise InputError(f"{place} has {len(values)} entries, {channel.maximum_code + 1} are due")
    wholes(place, values, 1, spec.app_max)
    if any(low > high for low, high in pairwise(values)):
        raise InputError(f"{place} are not ascending: {shown(values)}")
    for i, value in enumerate(values):
        if channel.only_odd and value % 2 == 0:
            raise InputError(f"{place}[{i}] is {value}, must be odd as channel.values are")


def values_of_try(spec, number: int, values: np.ndarray) -> np.ndarray:
    """Channel values of the first try as those of another one, integers of the same shape.

    ``ValueError`` for a value that no code stands for, where the try has values of its own.
    """
    first, now = (spec.tries[n].channel for n in (0, number))
    if now == first:
        return values
    codes = np.arange(first.maximum_code + 1)
    before = np.concatenate([[0], first.steps_of(codes)])
    after = np.concatenate([[0], now.steps_of(codes)])
    place = np.searchsorted(before, np.abs(values)).clip(max=len(codes))
    if (before[place] != np.abs(values)).any():
        raise ValueError("values: one that no code stands for, and a try has its own for codes")
    return (np.sign(values) * after[place]).astype(values.dtype)


def try_of(spec, decoded: np.ndarray, iterations: np.ndarray) -> np.ndarray:
    """Number of the try whose result each frame has, uint8: 0 the first, also where all failed.

    decoded, iterations : of the frames, as a decoder returns them
    """
    number = np.searchsorted(spec.restarts, iterations)
    return np.where(decoded, number, 0).astype(np.uint8)
