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
    peeled = [
        (variable, [source for source in rows[i].indices.tolist() if source != variable])
        for rows, variables in reversed(encoder.levels)
        for i, variable in enumerate(variables.tolist())
    ]
    rest, given = encoder.rest, set(encoder.information_positions.tolist())
    steps = [  # the bits to be solved count as 0 in these sums
        (spec.n_variables + i, [source for source in rest[i].indices.tolist() if source in given])
        for i in range(rest.shape[0])
    ]
    steps += peeled
    starts = np.cumsum([0, *(len(found) for _, found in steps)])
    words = gf2.pack_rows(encoder.solve.astype(np.uint8))
    return [
        f"{CONSTANT} int n_remaining_checks = {rest.shape[0]};",
        f"{CONSTANT} int n_solve_words = {words.shape[1]};",
        f"{CONSTANT} int n_encode_steps = {len(steps)};",
        "// Which of the variables are the information bits, in their order.",
        *counted("information", encoder.information_positions, "int32_t"),
        *counted("pivot", encoder.pivots),
        *array("encode_target", [target for target, _ in steps] or [0]),
        *array("encode_start", starts),
        *array("encode_source", [source for _, found in steps for source in found] or [0]),
        *_bit_matrix("solve", words),
    ]


def _bit_matrix(name: str, words: np.ndarray) -> list[str]:
    rows = words if len(words) else np.zeros((1, words.shape[1]), np.uint64)
    lines = ["    {" + ", ".join(f"0x{word:x}" for word in row.tolist()) + "}," for row in rows]
    return [f"{CONSTANT} uint64_t {name}[{len(rows)}][{rows.shape[1]}] = {{", *lines, "};"]
