"""The encoder's constants in C++: the steps of :class:`model.encode.Encoder` as lists of sums."""

import numpy as np

from model import gf2
from model.encode import Encoder
from quant.cmodel.tables import CONSTANT, array, counted
from quant.spec import Spec


def constants(spec: Spec) -> list[str]:
    """Members of the spec's struct: the order in which parity bits follow from information bits.

    A step is the sum of its sources. The first ``n_remaining_checks`` steps are the checks that a
    dense matrix solves (their sums are numbered after the variables), the others are peeled ones.
    """
    encoder = Encoder(spec.graph())
    rest, given = encoder.rest, np.zeros(spec.n_variables, dtype=bool)
    given[encoder.information_positions] = True
    # The bits to be solved count as 0 in the sums of the remaining checks.
    first = _Steps(spec.n_variables + np.arange(rest.shape[0]), rest, given[rest.indices])
    # Levels from the last on, each in its own order.
    level = np.repeat(np.arange(len(encoder.level_starts) - 1), np.diff(encoder.level_starts))
    order = np.argsort(-level, kind="stable")
    targets, peeled = encoder.peeled_bits[order], encoder.peeled[order]
    others = peeled.indices != np.repeat(targets, np.diff(peeled.indptr))
    steps = [first, _Steps(targets, peeled, others)]
    targets, counts, sources = (
        np.concatenate([getattr(each, name) for each in steps])
        for name in ("targets", "counts", "sources")
    )
    starts = np.cumsum([0, *counts])
    words = gf2.pack_rows(encoder.solve.astype(np.uint8))
    return [
        f"{CONSTANT} int n_remaining_checks = {rest.shape[0]};",
        f"{CONSTANT} int n_solve_words = {words.shape[1]};",
        f"{CONSTANT} int n_encode_steps = {len(targets)};",
        "// Which of the variables are the information bits, in their order.",
        *counted("information", encoder.information_positions, "int32_t"),
        *counted("pivot", encoder.pivots),
        *array("encode_target", targets if len(targets) else [0]),
        *array("encode_start", starts),
        *array("encode_source", sources if len(sources) else [0]),
        *_bit_matrix("solve", words),
    ]


class _Steps:
    """What sums are written to, how many sources each has, and these, one step's after the other.

    Of the entries of sparse ``rows`` the sources are those that ``wanted`` marks.
    """

    def __init__(self, targets: np.ndarray, rows, wanted: np.ndarray):
        row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        self.targets, self.sources = targets, rows.indices[wanted]
        self.counts = np.bincount(row[wanted], minlength=rows.shape[0])


def _bit_matrix(name: str, words: np.ndarray) -> list[str]:
    rows = words if len(words) else np.zeros((1, words.shape[1]), np.uint64)
    lines = ["    {" + ", ".join(f"0x{word:x}" for word in row.tolist()) + "}," for row in rows]
    return [f"{CONSTANT} uint64_t {name}[{len(rows)}][{rows.shape[1]}] = {{", *lines, "};"]
