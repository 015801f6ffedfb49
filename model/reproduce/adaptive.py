"""Weights that depend on the word (Tasdighi and Yousefi 2025), beside static ones of equal cost.

Each is compared with a static decoder at equal iterations in a row and at equal iterations in all,
and with the same frame tried again.
"""

from model.reproduce import adaptive_rows
from model.reproduce.adaptive_cases import CASES
from model.reproduce.adaptive_training import Training
from model.reproduce.side_by_side import SideBySide

TABLE = SideBySide(
    name="adaptive",
    about="decoders whose weights depend on the word, beside static ones of equal cost",
    example="""  python -m model.reproduce adaptive --codes bch_63_36_cycle_reduced
  python -m model.reproduce adaptive --codes ccsds_128_64 --only static parallel retry
""",
    cases=CASES,
    rows=adaptive_rows.rows,
    training=Training,
)
