"""The shipped message alphabets, 2 to 6 bits. Tables found by search, not by training.

The search varied thresholds, levels, LSB and the iteration where the second stage starts, and
counted frame errors of the integer layered decoder (10 iterations, sign(0) = +) on random
codewords through AWGN. Magnitudes are the searched levels divided by 0.75: the untrained alpha
gives the levels back. The step of the channel is for rate 3/4 (``Alphabet.for_rate``).
"""

from collections.abc import Sequence

from model.errors import InputError
from quant.alphabet import Alphabet

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
    """Mid-rise alphabet whose untrained fit has these levels (APP LSB, one list per stage)."""
    magnitudes = tuple(tuple(level / UNTRAINED_ALPHA for level in stage) for stage in levels)
    return Alphabet(
        channel_bits, "mid_rise", app_shift, app_bits, lsb_llr, tuple(thresholds), magnitudes,
        tuple(stage_starts),
    )  # fmt: skip


def uniform(
    message_bits: int, step: float, channel_bits: int, app_bits: int, lsb_llr: float
) -> Alphabet:
    """Cells of equal width ``step`` (APP LSB) around 0, step, 2 step, ...; mid-rise channel."""
    cells = 1 << (message_bits - 1)
    thresholds = tuple(max(1, -int(-step * (i - 0.5) // 1)) for i in range(1, cells))
    magnitudes = (tuple(step * i for i in range(cells)),)
    return Alphabet(channel_bits, "mid_rise", 0, app_bits, lsb_llr, thresholds, magnitudes)


# Searched on IEEE 802.11n (1296,972).
PLAIN = {
    2: from_levels(4, 7, 0.949, [7], [[2, 8]]),
    3: from_levels(4, 7, 0.9019, [4, 8, 13], [[1, 4, 7, 14], [1, 4, 8, 15]], (0, 6)),
    4: from_levels(5, 8, 0.4948, [5, 9, 11, 15, 21, 25, 33], [[1, 4, 6, 9, 13, 18, 25, 31]]),
    5: uniform(5, 3.0, 5, 8, 0.5),
    6: uniform(6, 1.5, 6, 8, 0.4),
}

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
