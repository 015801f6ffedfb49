"""Codewords of all users through channels: what error rates and co-simulation send."""

import numpy as np

from model.encode import Encoder
from model.mimo_detector.system import Blocks
from quant.mimo_detector.monte_carlo import system_of
from quant.uplink.golden import bits_in_symbols
from quant.uplink.spec import UplinkSpec


def send(
    spec: UplinkSpec, encoder: Encoder, blocks: int, channels: int, kind: str, snr_db: float,
    rng: np.random.Generator, pilots: int = 0,
) -> tuple[np.ndarray, Blocks]:  # fmt: skip
    """Blocks of random codewords (blocks * users, n_variables), and what is received of them over
    each of ``channels`` channels, which share their vectors in turn.

    Parameters
    ----------
    encoder : of the decoder's graph
    kind, pilots : as of :meth:`model.mimo_detector.system.System.blocks`
    """
    users, bits_per_symbol = spec.users, spec.detector.bits_per_symbol
    information = rng.integers(0, 2, (blocks * users, spec.decoder.k), dtype=np.uint8)
    words = encoder.encode(information)
    bits = bits_in_symbols(words[:, encoder.graph.transmitted], users, bits_per_symbol)
    bits = bits.reshape(channels, -1, users, bits_per_symbol).swapaxes(1, 2)
    drawn = system_of(spec.detector).blocks(
        channels, bits.shape[2], kind, snr_db, rng, pilots, bits
    )
    return words, drawn
