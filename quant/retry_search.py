"""Which maps the retries of a list have: of many drawn ones those that mend most of what is left.

Retries begin anew, so that what one makes of a frame does not depend on the others: each candidate
decodes the frames once that the first try leaves, and lists are put together from the answers.
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
    """Frames that the first try leaves unverified, with wrong information bits, at one Eb/N0.

    ebn0_db : in dB ; codes : int8 (frames, n), channel codes
    words : uint8 (frames, n_variables), what was sent ; sent : frames that they are among
    """

    ebn0_db: float
    codes: np.ndarray
    words: np.ndarray
    sent: int


@dataclass(frozen=True, eq=False)
class _Answers:
    """What a retry makes of all frames: (frames,) verified, and verified with the right bits."""

    verified: np.ndarray
    right: np.ndarray


def chosen_maps(
    spec: Spec,
    retries: Sequence[Retry],
    rows: Sequence[tuple[int, ...]],
    points: Sequence[Failures],
) -> tuple[list[Retry], list[list[int]], list[int]]:
    """The retries, those with maps with the best of the ``rows``; how many frames of each point
    are wrong behind each try; how many behind the whole list with the first rows in their order.

    spec : the first try
    rows : candidates, map entries of all block edges, of which edges of a class have the same
    points : frames to choose by; a halved error rate counts the same at each of them

    The first retry that verifies a frame decides. Retries without maps of their own stay as they
    are. Of lists that differ in one retry's row none is better than the one returned.
    """
    answers = [
        _answers(spec, retry, rows, points)
        for retry in tqdm(retries, desc="candidates of each retry", unit="retry", leave=False)
    ]
    ends = np.cumsum([len(point.codes) for point in points])

    def left(chosen: Sequence[int | None]) -> list[int]:
        wrong, waiting = np.ones((2, int(ends[-1])), dtype=bool)
        for each, choice in zip(answers, chosen, strict=True):
            if choice is not None:
                wrong &= ~(waiting & each[choice].right)
                waiting &= ~each[choice].verified
        return [int(part.sum()) for part in np.split(wrong, ends[:-1])]

    def cost(chosen: Sequence[int | None]) -> float:
        return float(np.log1p(left(chosen)).sum())

    chosen: list[int | None] = [None] * len(retries)
    before = cost(chosen)
    while True:
        for place, each in enumerate(answers):
            tried = [[*chosen[:place], c, *chosen[place + 1 :]] for c in range(len(each))]
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
    as_drawn = [min(n, len(each) - 1) for n, each in enumerate(answers)]
    return found, behind, left(as_drawn)


def _answers(
    spec: Spec, retry: Retry, rows: Sequence[tuple[int, ...]], points: Sequence[Failures]
) -> list[_Answers]:
    """For each row, or once, what the retry makes of the frames of all points."""
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


def _decoded(model: CModel, points: Sequence[Failures]) -> _Answers:
    verified, right = [], []
    information = model.spec.information_positions
    for point in points:
        found = model.decode(point.codes)
        same = (found.bits == point.words)[:, information].all(axis=1)
        verified.append(found.decoded)
        right.append(found.decoded & same)
    return _Answers(np.concatenate(verified), np.concatenate(right))
