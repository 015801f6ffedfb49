"""Lists of retries for a layered spec, from short texts; maps of theirs may be drawn at random."""

from dataclasses import replace

import numpy as np

from model.errors import InputError
from quant.fields import shown
from quant.retries import Retry
from quant.spec import Spec

LARGE_KIND, PARTS = 8, 4


def with_retries(
    spec: Spec,
    texts: list[str],
    iterations: int | None = None,
    seed: int = 1,
) -> Spec:
    """``spec`` with a retry for each of ``texts``, without what was measured of it.

    texts : ITERATIONS, then any of ``:order=ROW,..`` or ``:reversed``, ``:values=V,..`` or
        ``:scale=F`` (channel values times F, odd where those are odd) and ``:maps`` (drawn)
    iterations : of the first try, whose last maps go on; None as they are
    seed : of drawn maps

    Raises ``InputError`` for a text that says something else, and as :class:`Spec` does.
    """
    if spec.retries:
        raise InputError(f"{spec.name}: has {len(spec.retries)} retries already")
    spec = spec.with_iterations(iterations or spec.iterations)
    drawn = drawn_maps(spec, len(texts), seed)
    retries = (_retry(spec, text, row) for text, row in zip(texts, drawn, strict=True))
    return replace(spec, retries=tuple(retries), provenance={})


def drawn_maps(spec: Spec, count: int, seed: int) -> list[tuple[int, ...]]:
    """So many rows of a map index, each one entry at random for every class of block edges.

    A class is a kind of edges (those with the same maps in all iterations of the spec), or one of
    ``PARTS`` random parts of a kind of more than ``LARGE_KIND``: hardware looks maps up by class.
    No entry has a larger level than the kind has in the spec, so that sums stay in their range.
    """
    rng, columns = np.random.default_rng(seed), list(zip(*spec.maps.index, strict=True))
    kinds = list(dict.fromkeys(columns))
    part = rng.integers(0, PARTS, len(columns)).tolist()
    large = {kind for kind in kinds if columns.count(kind) > LARGE_KIND}
    classes = [
        (kinds.index(kind), part[edge] if kind in large else 0) for edge, kind in enumerate(columns)
    ]
    rows, every = [], sorted(set(classes))
    for _ in range(count):
        entry = {each: int(rng.choice(_fitting(spec, kinds[each[0]]))) for each in every}
        rows.append(tuple(entry[each] for each in classes))
    return rows


def _fitting(spec: Spec, kind: tuple[int, ...]) -> list[int]:
    """Entries of the codebook with no larger level than those of ``kind``."""
    largest = [max(levels) for levels in spec.maps.codebook]
    most = max(largest[entry] for entry in kind)
    return [entry for entry, level in enumerate(largest) if level <= most]


def _retry(spec: Spec, text: str, drawn: tuple[int, ...]) -> Retry:
    count, *words = text.split(":")
    found = {"iterations": _number(text, count)}
    for word in words:
        name, _, value = word.partition("=")
        if word == "reversed":
            found["layer_order"] = spec.layer_order[::-1]
        elif word == "maps":
            found["map_index"] = (drawn,)
        elif name == "scale":
            found["channel_values"] = scaled_values(spec, _number(text, value, float))
        elif name in ("order", "values"):
            field = {"order": "layer_order", "values": "channel_values"}[name]
            found[field] = tuple(_number(text, each) for each in value.split(","))
        else:
            raise InputError(
                f"retry {shown(text)}: {shown(word)} is unknown, known: order=ROW,.. reversed "
                "values=V,.. scale=F maps"
            )
    return Retry(**found)


def scaled_values(spec: Spec, factor: float) -> tuple[int, ...]:
    """Channel values times ``factor``, nearest odd ones where all are odd, each at least 1."""
    if not 0 < factor <= 4:
        raise InputError(f"scale is {factor:g}, must be more than 0 and at most 4")
    channel = spec.channel
    values = channel.steps_of(np.arange(channel.maximum_code + 1)) * factor
    nearest = 2 * np.floor(values / 2) + 1 if channel.only_odd else np.floor(values + 0.5)
    return tuple(np.maximum(nearest, 1).astype(int).tolist())


def _number(text: str, value: str, kind: type = int):
    try:
        return kind(value)
    except ValueError:
        raise InputError(f"retry {shown(text)}: {shown(value)} is no number") from None
