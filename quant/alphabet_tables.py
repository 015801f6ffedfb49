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


def whole_numbers(message_bits: int, channel_bits: int, lsb_llr: float) -> Alphabet:
    """Cells of one APP LSB on a mid-tread channel: a message is its magnitude, clipped.

    The quantiser is then a saturation, and gates count few of them (``hw.direct``).
    """
    cells = range(1 << (message_bits - 1))
    bits = max(message_bits, channel_bits)
    return Alphabet(
        channel_bits, "mid_tread", 0, bits, lsb_llr, tuple(cells[1:]), (tuple(map(float, cells)),)
    )


# Searched on IEEE 802.11n (1296,972).
PLAIN = {
    2: from_levels(4, 7, 0.949, [7], [[2, 8]]),
    3: from_levels(
        4, 7, 0.8642, [4, 8, 14],
        [[1, 3, 7, 15, 0, 2, 6, 14], [1, 4, 7, 14, 0, 2, 6, 15],
         [1, 4, 8, 16, 0, 2, 5, 17], [2, 6, 10, 18, 1, 4, 6, 19]], (0, 3, 6, 8),
    ),
    4: from_levels(
        5, 8, 0.4948, [5, 8, 11, 15, 20, 25, 33],
        [[1, 3, 6, 9, 13, 18, 25, 30, 1, 2, 5, 8, 12, 17, 26, 30],
         [1, 4, 6, 9, 13, 18, 25, 30, 1, 3, 5, 9, 13, 16, 24, 30],
         [1, 4, 7, 10, 13, 17, 24, 31, 1, 4, 6, 10, 12, 17, 25, 31],
         [1, 5, 7, 11, 15, 19, 26, 31, 1, 4, 6, 11, 15, 19, 24, 31]], (0, 3, 6, 8),
    ),
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


def even_cells(message_bits: int, step_llr: float, channel_bits: int | None = None) -> Alphabet:
    """Evenly spaced cells of ``step_llr``, each standing for its middle: no prior knowledge.

    The APP step equals the cell, twelve APP bits hold any sum; ``channel_bits`` default to the
    message's, at least 5.
    """
    cells = 1 << (message_bits - 1)
    return Alphabet(
        channel_bits=max(5, message_bits) if channel_bits is None else channel_bits,
        rise="mid_rise", app_shift=0, app_bits=12, lsb_llr=step_llr,
        thresholds=tuple(range(1, cells)),
        magnitudes=(tuple(cell + 0.5 for cell in range(cells)),),
    )  # fmt: skip
