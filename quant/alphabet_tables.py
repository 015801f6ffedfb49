"""The shipped message alphabets, 2 to 6 bits. Tables found by search, not by training.

The search varied thresholds, levels, LSB and the iteration where a stage starts, and counted
frame errors of the integer layered decoder (10 iterations, sign(0) = +) on random
codewords through AWGN. Magnitudes are the searched levels divided by 0.75: the untrained alpha
gives the levels back. The step of the channel is for rate 3/4 (``Alphabet.for_rate``).
"""

import math
from collections.abc import Sequence

from model.errors import InputError
from quant.alphabet import Alphabet
from quant.qformat import round_half_up

UNTRAINED_ALPHA = 0.75


def from_levels(
    channel_bits: int,
    app_bits: int,
    lsb_llr: float,
    thresholds: Sequence[int],
    levels: Sequence[Sequence[int]],
    stage_starts: Sequence[int] = (0,),
    app_shift: int = 0,
) -> Alphabet:
    """Mid-rise alphabet whose untrained fit has these levels (APP LSB, one list per stage).

    A list is the levels, or the levels and then those for ties.
    """
    magnitudes = tuple(tuple(level / UNTRAINED_ALPHA for level in stage) for stage in levels)
    return Alphabet(
        channel_bits, "mid_rise", app_shift, app_bits, lsb_llr, tuple(thresholds), magnitudes,
        tuple(stage_starts),
    )  # fmt: skip


def uniform(
    message_bits: int, step: float, offset: float, channel_bits: int, app_bits: int, lsb_llr: float
) -> Alphabet:
    """Cells of equal width ``step`` around 0, step, 2 step, ...; levels 0.8 (step i - offset).

    ``step`` and ``offset`` in APP LSB; mid-rise channel.
    """
    cells = range(1 << (message_bits - 1))
    thresholds = [max(1, math.ceil(step * (i - 0.5))) for i in cells[1:]]
    levels = [round_half_up(0.8 * max(step * i - offset, 0)) for i in cells]
    return from_levels(channel_bits, app_bits, lsb_llr, thresholds, [levels])


# Searched on IEEE 802.11n (1296,972).
PLAIN = {
    2: from_levels(4, 7, 0.949, [7], [[2, 8]]),
    3: from_levels(
        4, 7, 0.8735, [4, 8, 14],
        [[1, 3, 7, 15], [1, 4, 7, 13], [1, 4, 7, 14], [1, 5, 9, 17]], (0, 3, 5, 7),
    ),
    4: from_levels(5, 8, 0.4948, [5, 9, 11, 15, 21, 25, 33], [[1, 4, 6, 9, 13, 18, 25, 31]]),
    5: uniform(5, 3, 1, 5, 8, 0.5),
    6: uniform(6, 2, 2, 6, 8, 0.4),
}  # fmt: skip

# Searched on six codes, four of them 5G NR. A punctured bit enters with value 0; while such bits
# are many, the lowest cell must say nothing (level 0).
PUNCTURED = {
    **PLAIN,
    2: from_levels(4, 7, 0.84, [7], [[0, 8], [2, 8]], (0, 2)),
    3: from_levels(4, 7, 0.8407, [5, 8, 14], [[0, 4, 7, 17], [1, 4, 8, 16]], (0, 2)),
    4: from_levels(
        5, 8, 0.5094, [5, 9, 12, 17, 21, 23, 30],
        [[0, 3, 7, 11, 14, 18, 24, 32], [1, 4, 7, 10, 14, 19, 24, 34]], (0, 2),
    ),
}  # fmt: skip


def default_alphabet(message_bits: int, punctured: bool = False) -> Alphabet:
    """The shipped alphabet of 2 to 6 message bits, for codes without or with punctured bits."""
    tables = PUNCTURED if punctured else PLAIN
    if message_bits not in tables:
        raise InputError(f"message bits is {message_bits}, must be 2..6")
    return tables[message_bits]
