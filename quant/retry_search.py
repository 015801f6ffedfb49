"""Which maps the retries of a list have: of many drawn ones those that verify most of what is left.

Retries begin anew, so that what one verifies does not depend on the others: each candidate decodes
the frames once that the first try leaves, and lists are put together from the answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from quant.cmodel import CModel
from quant.cmodel.tunable import TunableModel
from quant.retries import Retry, tries_of
from quant.spec import Maps, Spec


@dataclass(frozen=True, eq=False)
class Failures:
    """Frames that the first try leaves at one Eb/N0.

    ebn0_db : in dB ; codes : int8 (frames, n), channel codes ; sent : frames that they are among
    """

    ebn0_db: float
    codes: np.ndarray
    sent: int


def chosen_maps(
    spec: Spec,
    retries: Sequence[Retry],
    rows: Sequence[tuple[int, ...]],
    points: Sequence[Failures],
) -> tuple[list[Retry], list[list[int]], list[int]]:
    """The retries, those with maps with the best of the ``rows``; how many frames of each point
    are left behind each try; how many the whole list leaves with the first rows in their order.

    spec : the first try
    rows : candidates, map entries of all block edges, of which edges of a class have the same
    points : frames to choose by; a halved error rate counts the same at each of them

    Retries without maps of their own stay as they are. Of lists that differ in one retry's row
    none is better than the one returned.
    """
    verified = [
        _verified(spec, retry, rows, points)
        for retry in tqdm(retries, desc="candidates of each retry", unit="retry", leave=False)
    ]
    ends = np.cumsum([len(point.codes) for point in points])

    def left(chosen: Sequence[int | None]) -> list[int]:
        found = np.zeros(int(ends[-1]), dtype=bool)
        for answers, choice in zip(verified, chosen, strict=True):
            if choice is not None:
                found |= answers[choice]
        return [int((~part).sum()) for part in np.split(found, ends[:-1])]

    def cost(chosen: Sequence[int | None]) -> float:
        return float(np.log1p(left(chosen)).sum())

    chosen: list[int | None] = [None] * len(retries)
    before = cost(chosen)
    while True:
        for place, answers in enumerate(verified):
            tried = [[*chosen[:place], c, *chosen[place + 1 :]] for c in range(len(answers))]
            chosen = min([*([chosen] if chosen[place] is not None else []), *tried], key=cost)
        if cost(chosen) >= before:
            break
        before = cost(chosen)
    found = [
        replace(retry, map_index=(rows[choice],)) if retry.map_index else retry
        for retry, choice in zip(retries, chosen, strict=True)
    ]
    ignored = [None] * len(retries)
    behind = [left([*chosen[:n], *ignored[n:]]) for n in range(len(retries) + 1)]
    as_drawn = [min(n, len(answers) - 1) for n, answers in enumerate(verified)]
    return found, behind, left(as_drawn)


def _verified(
    spec: Spec, retry: Retry, rows: Sequence[tuple[int, ...]], points: Sequence[Failures]
) -> list[np.ndarray]:
    """For each row, or once, (frames of all points,) bool: those that the retry verifies."""
    (_, one) = tries_of(replace(spec, retries=(retry,)))
    if not retry.map_index:
        return [_decoded(CModel(one), points)]
    # Compiled once for all rows: every block edge has an entry of the codebook for itself.
    edges = range(spec.n_block_edges)
    of_edges = [[spec.maps.codebook[entry] for entry in row] for row in rows]
    maps = Maps(tuple(of_edges[0]), (tuple(edges),) * one.iterations)
    object.__setattr__(one, "maps", maps)  # as tries_of does: its other numbers have been checked
    model, found = TunableModel(one), []
    for levels in of_edges:
        model.set_tables(one.channel, one.thresholds, levels)
        found.append(_decoded(model, points))
    return found


def _decoded(model: CModel, points: Sequence[Failures]) -> np.ndarray:
    return np.concatenate([model.decode(point.codes).decoded for point in points])
