"""Compares the C model with golden on random channels and symbols."""

from dataclasses import dataclass

import numpy as np

from quant.precoder import golden
from quant.precoder.cmodel.binding import Downlink, PrecoderModel
from quant.precoder.spec import PrecoderSpec

BLOCK = 500
"""Symbol vectors that share a channel: golden is fastest near so many."""


@dataclass(frozen=True)
class Comparison:
    """What :func:`compare` found.

    vectors : compared
    differing : of them, those in which a bit differs
    saturated : vectors whose H v saturated, by golden
    counts_agree : golden and the C model counted as many in every block, also of channel parts
    """

    vectors: int
    differing: int
    saturated: int
    counts_agree: bool


def compare(spec: PrecoderSpec, vectors: int, seed: int = 1) -> Comparison:
    """Precode at least ``vectors`` random vectors with both, a channel for ``BLOCK`` of them."""
    model = PrecoderModel(spec)
    found = [compare_block(model, number, seed) for number in range(-(-vectors // BLOCK))]
    return Comparison(
        sum(one.vectors for one in found),
        sum(one.differing for one in found),
        sum(one.saturated for one in found),
        all(one.counts_agree for one in found),
    )


def compare_block(model: PrecoderModel, number: int, seed: int) -> Comparison:
    """The vectors of one channel. Every fourth channel is three times as strong, so that entries
    and sums saturate."""
    spec = model.spec
    drawn = model.vectors(Downlink(0.0, BLOCK), seed, 0, number, 1)
    channel = drawn.channel[0] * np.float32(3 if number % 4 == 1 else 1)
    h, clipped = golden.quantise_channel(spec, channel)
    found_h, found_clipped = model.quantise_channel(channel)
    odd = _odd_integers(spec, drawn.symbols[0])
    due, found = golden.precode(spec, h, odd), model.precode(found_h, odd)
    agree = bool((h == found_h).all()) and clipped == found_clipped
    return Comparison(
        BLOCK,
        int((due.bits != found.bits).any(axis=(-1, -2)).sum()),
        due.saturated,
        agree and due.saturated == found.saturated,
    )


def _odd_integers(spec: PrecoderSpec, symbols: np.ndarray) -> np.ndarray:
    """(users, vectors) complex symbols to (vectors, users, 2) int8."""
    parts = np.stack([symbols.real, symbols.imag], axis=-1).swapaxes(0, 1)
    return np.rint(parts / spec.system.constellation.unit).astype(np.int8)
