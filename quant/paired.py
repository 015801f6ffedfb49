"""A spec and its float reference on the same blocks: the SNR between equal error counts.

The spec is measured at one SNR, the reference at several (``OFFSETS_DB``), with the same symbols,
channels and noise, and interpolated linearly in the logarithm of its error rate.
"""

from dataclasses import dataclass

import numpy as np

from model.errors import InputError

OFFSETS_DB = (0.25, 0.0, -0.25, -0.5, -1.0)
"""Of the reference."""
RESAMPLINGS = 2000


@dataclass(frozen=True, eq=False)
class Paired:
    """Errors on the same blocks.

    Attributes
    ----------
    snr_db : where the spec was measured, and ``float_snr_db`` where the reference was
    spec_errors : (blocks,) int64
    float_errors : (SNRs, blocks) int64
    block_trials : bits or symbols of a block
    saturated : parts of channel matrices that saturated
    """

    snr_db: float
    float_snr_db: tuple[float, ...]
    spec_errors: np.ndarray
    float_errors: np.ndarray
    block_trials: int
    saturated: int

    def loss_db(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Loss in dB; with (resamplings, blocks) weights, one for each row; nan outside."""
        weights = np.ones((1, len(self.spec_errors))) if weights is None else weights
        rate = np.log(np.maximum(weights @ self.spec_errors, 1e-9))
        curve = np.log(np.maximum(weights @ self.float_errors.T, 1e-9))
        found = [
            self.snr_db - np.interp(r, c, self.float_snr_db, left=np.nan, right=np.nan)
            for r, c in zip(rate, curve, strict=True)
        ]
        return np.array(found)


def stated(paired: Paired) -> tuple[float, float, float]:
    """Print the loss and its interval; both, low end first behind the loss.

    ``InputError`` if the reference's rates do not enclose the spec's.
    """
    loss_db = float(paired.loss_db()[0])
    if not np.isfinite(loss_db):
        trials = paired.block_trials * len(paired.spec_errors)
        first, last = (paired.float_errors[end].sum() / trials for end in (0, -1))
        raise InputError(
            f"--snr {paired.snr_db:g}: the float rates from {first:.3e} to {last:.3e} do not "
            "enclose the spec's"
        )
    low, high = interval(paired)
    print(
        f"loss at {paired.snr_db:g} dB: {loss_db:.3f} dB, 95 % interval {low:.3f} to {high:.3f}"
    )
    return loss_db, low, high


def interval(paired: Paired, seed: int = 1) -> tuple[float, float]:
    """95 % interval of the loss from resampled channels."""
    rng, blocks = np.random.default_rng(seed), len(paired.spec_errors)
    drawn = []
    for _ in range(RESAMPLINGS // 100):
        weights = rng.multinomial(blocks, np.full(blocks, 1 / blocks), 100).astype(float)
        drawn.append(paired.loss_db(weights))
    low, high = np.nanpercentile(np.concatenate(drawn), [2.5, 97.5])
    return float(low), float(high)
