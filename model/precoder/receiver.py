"""How a user scales what it receives before deciding: s_hat = beta (H x + n).

===========  =======================================================================================
genie        one complex beta for each symbol vector, ||s||^2 / (s^H H x): the 1/alpha of C2PO's own
             problem min ||alpha s - H x||^2, as if the users were told it. The simulator that the
             authors of C2PO published decides with this one
genie-real   the same with a real beta, ||s||^2 / Re(s^H H x): the phase is not turned back
block        one real beta for each coherence block, the same ratio of sums over its vectors: what a
             user can measure
===========  =======================================================================================

Source: Castaneda et al., "1-bit massive MU-MIMO precoding in VLSI", IEEE J. Emerg. Sel. Topics
Circuits Syst. 7 (4), 2017, and its simulator.
"""

import numpy as np

from model.errors import InputError

RECEIVERS = ("genie", "genie-real", "block")


def scale(receiver: str, symbols: np.ndarray, noiseless: np.ndarray) -> np.ndarray:
    """Return beta, (blocks, 1, vectors) or (blocks, 1, 1) for "block".

    Args:
        receiver: One of ``RECEIVERS``.
        symbols: (blocks, users, vectors) complex s.
        noiseless: (blocks, users, vectors) complex H x.
    """
    if receiver not in RECEIVERS:
        raise InputError(f"receiver {receiver!r} is unknown; choose from {', '.join(RECEIVERS)}")
    axes = (1, 2) if receiver == "block" else 1
    energy = (symbols.real**2 + symbols.imag**2).sum(axis=axes, keepdims=True)
    match = (symbols.conj() * noiseless).sum(axis=axes, keepdims=True)
    if receiver != "genie":
        match = match.real
    # A vector that cancels entirely has no scale; any finite beta then decides at random.
    return energy / np.where(match == 0, 1e-12, match)
