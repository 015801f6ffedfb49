"""Proofs of blocks for every input and for ever: one file a group of properties.

Each block is read as RTLIL from Amaranth, as it is built. :data:`ALL` are the proofs, in the order
of the table that ``python -m tests.formal_table`` prints.
"""

from formal import arithmetic, collectors, frames, minimum, queues, slots, stages, turns
from formal.proofs import Proof

ALL: list[Proof] = [
    *stages.PROOFS, *queues.PROOFS, *frames.PROOFS, *turns.PROOFS, *collectors.PROOFS,
    *slots.PROOFS, *minimum.PROOFS, *arithmetic.PROOFS,
]  # fmt: skip
