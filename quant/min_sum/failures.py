"""Frames that a decoder leaves unverified: what other numbers or other decoders are to mend.

Nothing but the numbers of such frames is kept while they are counted; they are made again then.
"""

import numpy as np
from tqdm import tqdm

from model.errors import InputError
from quant.cmodel import CModel
from quant.min_sum.link import Channel
from quant.monte_carlo import point_number
from quant.spec import Spec

BATCH, MOST_FRAMES = 1 << 16, 1 << 27


def failed_frames(
    spec: Spec, ebn0_db: float, count: int, seed: int, most: int = MOST_FRAMES, fewest: int = 0
) -> tuple[np.ndarray, int]:
    """Channel codes int8 (failures, n) of the first frames that ``spec`` leaves; of how many sent.

    count : as many as are wanted ; most : frames sent
    fewest : ``InputError`` if there are not so many; 0: ``count``
    """
    model, where = CModel(spec), (Channel().at(ebn0_db, spec), seed, point_number(ebn0_db))
    numbers, sent = np.zeros(0, dtype=np.int64), 0
    with tqdm(total=count, desc=f"frames that fail at {ebn0_db:g} dB", leave=False) as bar:
        while len(numbers) < count and sent < most:
            frames = min(BATCH, most - sent)
            found = model.simulate(*where, sent, frames)
            numbers = np.append(numbers, sent + np.flatnonzero(~found.decoded))[:count]
            sent += frames
            bar.update(len(numbers) - bar.n)
    if len(numbers) < (fewest or count):
        raise InputError(
            f"{spec.name}: {len(numbers)} of {sent:,} frames fail at {ebn0_db:g} dB, "
            f"{fewest or count} are needed (--ebn0, --failures)"
        )
    made = [model.frames(*where, int(number), 1)[1] for number in numbers]
    return model.quantise(np.concatenate(made)), sent
