"""The integer reference: golden of every member, and whose result counts."""

import numpy as np

from quant import golden
from quant.best_of.spec import BestOfSpec
from quant.golden import Decoded


def decode(spec: BestOfSpec, codes: np.ndarray) -> Decoded:
    """Decode channel codes int8 (frames, n); without soft values, whose units members differ in."""
    return decode_and_choose(spec, codes)[0]


def decode_and_choose(spec: BestOfSpec, codes: np.ndarray) -> tuple[Decoded, np.ndarray]:
    """Beside the result the number of its member, (frames,)."""
    answers = [golden.decode(member, codes) for member in spec.members]
    chosen, frames = choice(answers), np.arange(len(codes))

    def of_chosen(name: str) -> np.ndarray:
        return np.stack([getattr(answer, name) for answer in answers])[chosen, frames]

    bits, decoded, iterations, unsatisfied = map(
        of_chosen, ("bits", "decoded", "iterations", "unsatisfied")
    )
    return Decoded(bits, decoded, iterations, unsatisfied=unsatisfied), chosen


def choice(answers: list[Decoded]) -> np.ndarray:
    """Whose result counts, (frames,): a verified one, then the fewest odd checks, then the first.

    A layered decoder may leave a frame unverified without an odd check: bits have changed since.
    """
    odd = [np.where(each.decoded, -1, each.unsatisfied) for each in answers]
    return np.stack(odd).argmin(axis=0)
