"""What a decoder of a set of codes returns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quant.code_set.control import Control, Status
from quant.code_set.spec import CodeSetSpec


@dataclass(frozen=True)
class SetDecoded:
    """Results of frames of several codes, in the order in which they were given.

    status : (frames,) uint32 status words (:class:`quant.code_set.control.Status`)
    bits : of each frame uint8 hard decisions in graph order: n_variables of its code, or the k
        information bits, ascending, where its control word asks for these; none if it was dropped
    soft : of each frame int16 APP values in APP LSB of the same bits, where its control word asks
        for them, else None. Or None from a decoder that does not return them.
    """

    status: np.ndarray
    bits: list[np.ndarray]
    soft: list[np.ndarray | None] | None = None

    def __len__(self) -> int:
        return len(self.status)

    def status_of(self, frame: int) -> Status:
        """The fields of a frame's status."""
        return Status.from_word(int(self.status[frame]))

    def differs(self, other: "SetDecoded") -> np.ndarray:
        """Frames, (frames,) bool, in which anything differs that both answer."""
        found = self.status != other.status
        for mine, its in ((self.bits, other.bits), (self.soft, other.soft)):
            if mine is not None and its is not None:
                found |= [not _same(one, two) for one, two in zip(mine, its, strict=True)]
        return found


def _same(one: np.ndarray | None, two: np.ndarray | None) -> bool:
    if one is None or two is None:
        return one is two
    return np.array_equal(one, two)


def frames_of_members(
    spec: CodeSetSpec, controls: Sequence[Control], lengths: Sequence[int]
) -> list[np.ndarray]:
    """Per member the numbers of the frames that it decodes: all but those that are dropped.

    A frame is dropped if its control word is invalid or if it has not the n codes of its code.
    """
    code = np.array([control.code for control in controls], dtype=np.int64)
    right = np.array([control.valid(len(spec.members)) for control in controls], dtype=bool)
    n = np.array([member.n for member in spec.members])
    right[right] = np.asarray(lengths)[right] == n[code[right]]
    return [np.flatnonzero(right & (code == number)) for number in range(len(spec.members))]
