"""Frames that a decoder fails on: what other numbers or other decoders are to mend.

Nothing but the numbers of such frames is kept while they are counted; they are made again then.
"""

from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from model.errors import InputError
from quant.cmodel import CModel
from quant.cmodel.binding import FrameCounts
from quant.min_sum.link import Channel
from quant.monte_carlo import point_number
from quant.spec import Spec

BATCH, MOST_FRAMES = 1 << 16, 1 << 27


def unverified_frames(
    spec: Spec, ebn0_db: float, count: int, seed: int, most: int = MOST_FRAMES, fewest: int = 0
) -> tuple[np.ndarray, int]:
    """Channel codes int8 (failures, n) of the first frames that ``spec`` leaves unverified.

    Also returns of how many frames sent.

    count : as many as are wanted ; most : frames sent
    fewest : ``InputError`` if there are not so many; 0: ``count``
    """
    codes, _, sent = _frames(
        spec, lambda found: ~found.decoded, ebn0_db, count, seed, most, fewest or count
    )
    return codes, sent


def wrong_frames(
    spec: Spec, ebn0_db: float, count: int, seed: int, most: int = MOST_FRAMES, fewest: int = 0
) -> tuple[np.ndarray, np.ndarray, int]:
    """Of frames left unverified those with a wrong information bit: codes, sent words, of how many.

    Words are uint8 (failures, n_variables); the rest as of :func:`unverified_frames`.
    """
    return _frames(
        spec, lambda found: ~found.decoded & (found.bit_errors > 0), ebn0_db, count, seed, most,
        fewest or count,
    )  # fmt: skip


def _frames(
    spec: Spec,
    fails: Callable[[FrameCounts], np.ndarray],
    ebn0_db: float,
    count: int,
    seed: int,
    most: int,
    fewest: int,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Channel codes and words of the first frames whose counts say so; of how many sent."""
    model, where = CModel(spec), (Channel().at(ebn0_db, spec), seed, point_number(ebn0_db))
    numbers, sent = np.zeros(0, dtype=np.int64), 0
    with tqdm(total=count, desc=f"frames that fail at {ebn0_db:g} dB", leave=False) as bar:
        while len(numbers) < count and sent < most:
            frames = min(BATCH, most - sent)
            found = fails(model.simulate(*where, sent, frames))
            numbers = np.append(numbers, sent + np.flatnonzero(found))[:count]
            sent += frames
            bar.update(len(numbers) - bar.n)
    if len(numbers) < fewest:
        raise InputError(
            f"{spec.name}: {len(numbers)} of {sent:,} frames fail at {ebn0_db:g} dB, {fewest} are "
            "needed (--ebn0, --failures)"
        )
    made = [model.frames(*where, int(number), 1) for number in numbers]
    words, llr = (np.concatenate(part) for part in zip(*made, strict=True))
    return model.quantise(llr), words, sent
