"""Products of a matrix with mid-rise words as the array computes them: through tables of sums.

The law is in :mod:`quant.mimo_detector.spec`. Where no table saturates the product is exact, and a
matrix product in floating point computes it; only what saturated groups change is looked up.
"""

import numpy as np

from quant.golden.words import product
from quant.mimo_detector.spec import GROUP
from quant.words import Word


def limit(word: Word, table_maximum: int) -> int:
    """Largest sum of a group that its table holds, in value steps of the matrix."""
    return table_maximum * (2 if word.rise == "mid_rise" else 1)


def peaks(values: np.ndarray) -> np.ndarray:
    """(..., rows, groups) int64: the largest sum that signs give the groups of each row.

    values : (..., rows, columns, 2)
    """
    *lead, columns, _ = values.shape
    padded = np.zeros((*lead, -(-columns // GROUP) * GROUP), dtype=np.int64)
    padded[..., :columns] = np.abs(values).sum(axis=-1)
    return padded.reshape(*lead, -1, GROUP).sum(axis=-1)


class GroupedProduct:
    """M v for many channels and vectors.

    Parameters
    ----------
    values : (..., rows, columns, 2) integer values of ``word``
    word : of the matrix
    operand : word of v, mid-rise
    table_maximum : largest table word, in table steps
    real : floating point format that holds every partial sum

    Attributes
    ----------
    saturated : groups whose tables saturate for some signs, of all channels
    """

    def __init__(
        self, values: np.ndarray, word: Word, operand: Word, table_maximum: int, real: type
    ):
        self.operand = operand
        self.limit = limit(word, table_maximum)
        # Of row vectors v^T M^T.
        self.matrix = [values[..., part].astype(real).swapaxes(-1, -2) for part in (0, 1)]
        self.flat = values.reshape(-1, *values.shape[-3:])
        self.places = np.argwhere(peaks(self.flat) > self.limit)
        self.saturated = len(self.places)

    def __call__(self, re: np.ndarray, im: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Parts (..., vectors, rows) of the product with parts (..., vectors, columns) of v."""
        found = product(self.matrix, re, im)
        if self.saturated:
            flat = [part.reshape(-1, *part.shape[-2:]) for part in found]
            self._saturate(flat, *(part.reshape(-1, *part.shape[-2:]) for part in (re, im)))
            found = tuple(f.reshape(part.shape) for f, part in zip(flat, found, strict=True))
        return found

    def _saturate(self, found: list[np.ndarray], re: np.ndarray, im: np.ndarray) -> None:
        """Change ``found`` (channels, vectors, rows) by what saturation takes away."""
        planes = np.arange(self.operand.bits)
        offset = self.operand.maximum

        def signs(values: np.ndarray) -> np.ndarray:
            """(vectors, columns) to +-1 (vectors, columns, planes)."""
            return 2 * (((values + offset) >> 1)[..., None] >> planes & 1) - 1

        for channel, row, group in self.places:
            columns = slice(GROUP * group, GROUP * group + GROUP)
            m_re, m_im = self.flat[channel, row, columns].T
            s_re, s_im = signs(re[channel, :, columns]), signs(im[channel, :, columns])
            for part, (a, b) in enumerate(((s_re, -s_im), (s_im, s_re))):
                sums = np.einsum("vcp,c->vp", a, m_re) + np.einsum("vcp,c->vp", b, m_im)
                change = np.clip(sums, -self.limit, self.limit) - sums
                found[part][channel, :, row] += (change << planes).sum(axis=-1).astype(re.dtype)
