"""Encoder: H x = 0, systematic, any graph; channel: LLR sign and size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import catalog
from model.channel import awgn_llr, noise_deviation, random_frames
from model.code import TannerGraph
from model.encode import Encoder, syndrome
from model.errors import InputError

NAMES = [name for name in catalog.names() if not name.startswith("nr5g")] + [
    "nr5g_bg1_z2",
    "nr5g_bg1_z24",
    "nr5g_bg1_z36_n1500_k700",
    "nr5g_bg2_z104",
    "nr5g_bg2_z52_n1200_k500",
    "nr5g_bg1_z384",
]


def check(graph, frames=16):
    """Encode random bits and require a code of the right size that carries them."""
    encoder = Encoder(graph)
    assert encoder.k == graph.k == len(encoder.information_positions)
    rng = np.random.default_rng(0)
    information = rng.integers(0, 2, (frames, encoder.k), dtype=np.uint8)
    words = encoder.encode(information)
    assert words.shape == (frames, graph.n_variables) and words.dtype == np.uint8
    assert not syndrome(graph, words).any()
    assert (words[:, encoder.information_positions] == information).all()
    assert not words[:, graph.shortened].any()
    return encoder


@pytest.mark.parametrize("name", NAMES)
def test_catalogue(name):
    encoder = check(catalog.get(name))
    # The information comes first, as the standards have it; others' last columns may depend.
    if not name.startswith("adaptive"):
        assert encoder.information_positions.tolist() == list(range(encoder.k))


@pytest.mark.slow
def test_every_5g_code():
    """Every lifting size. Run: pytest -m slow tests/test_model_encode.py"""
    for name in catalog.names():
        if name.startswith("nr5g"):
            check(catalog.get(name), frames=4)


def test_dual_diagonal_parity_follows_the_standard():
    """802.11n closed form: the first parity block is the sum of all information syndromes."""
    graph = catalog.get("wifi_648_r12")
    size, exponents = graph.block.lifting_size, graph.block.exponents
    information = np.random.default_rng(1).integers(0, 2, (1, graph.k), dtype=np.uint8)
    word = Encoder(graph).encode(information)[0].reshape(-1, size)
    first = np.zeros(size, np.uint8)
    for _, column, shift in graph.block.block_edges:
        if column < 12:
            first ^= np.roll(word[column], -shift)
    assert exponents[0, 12] == exponents[-1, 12] == 1
    assert (word[12] == first).all()


@st.composite
def graphs(draw):
    """Any small graph, often rank-deficient, some variables punctured or shortened."""
    rows, columns = draw(st.integers(1, 10)), draw(st.integers(2, 16))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    matrix = (rng.random((rows, columns)) < draw(st.floats(0.1, 0.6))).astype(np.uint8)
    matrix[np.arange(rows), rng.integers(0, columns, rows)] = 1
    matrix[rng.integers(0, rows, columns), np.arange(columns)] = 1
    if draw(st.booleans()):
        matrix = np.vstack([matrix, matrix[:1]])
    kind = rng.choice(3, columns, p=[0.6, 0.2, 0.2])
    kind[rng.integers(columns)] = 0
    return TannerGraph.from_dense(matrix, "random", kind == 1, kind == 2)


@settings(deadline=None, max_examples=150)
@given(graphs())
def test_random_graphs(graph):
    encoder = check(graph, frames=8)
    # Information and parity positions partition the unshortened variables.
    both = np.concatenate([encoder.information_positions, encoder.parity_positions])
    assert np.sort(both).tolist() == np.flatnonzero(~graph.shortened).tolist()


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 4), st.integers(2, 8), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_random_quasi_cyclic_codes(rows, columns, size, seed):
    rng = np.random.default_rng(seed)
    exponents = rng.integers(-1, size, (rows, columns))
    exponents[:, 0] = 0
    exponents[0] = np.maximum(exponents[0], 0)
    check(TannerGraph.from_exponents(exponents, size, "random"), frames=4)


def test_many_frames_are_encoded_in_parts():
    graph = catalog.get("ccsds_128_64")
    encoder = Encoder(graph)
    information = np.random.default_rng(2).integers(0, 2, (2500, 64), dtype=np.uint8)
    words = encoder.encode(information)
    assert not syndrome(graph, words).any()
    assert (words[2400:] == encoder.encode(information[2400:])).all()
    assert encoder.encode(information[:0]).shape == (0, 128)


def test_all_codewords_of_a_small_code():
    graph = TannerGraph.from_dense(np.array([[1, 1, 0, 1, 0], [0, 1, 1, 0, 1]]), "five_three")
    information = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])
    words = Encoder(graph).encode(information)
    assert len({tuple(word) for word in words.tolist()}) == 8


def test_bad_information():
    encoder = Encoder(catalog.get("ccsds_128_64"))
    with pytest.raises(InputError, match=r"shape \(2, 63\), \(frames, 64\) is due"):
        encoder.encode(np.zeros((2, 63)))
    with pytest.raises(InputError, match="not all 0 and 1"):
        encoder.encode(np.full((2, 64), 2))


def test_llr_sign_and_scale():
    bits = np.tile([0, 1], 50_000)
    llr = awgn_llr(bits, 3.0, 0.5, np.random.default_rng(3))
    assert llr.dtype == np.float32
    # A consistent Gaussian: mean 2/sigma^2 for bit 0, variance twice the mean.
    mean = 2 / noise_deviation(3.0, 0.5) ** 2
    signed = llr * (1 - 2 * bits)
    assert signed.mean() == pytest.approx(mean, rel=0.02)
    assert signed.var() == pytest.approx(2 * mean, rel=0.02)
    assert noise_deviation(0.0, 0.5) == pytest.approx(1.0)


def test_llr_is_the_log_likelihood_ratio():
    """Among LLRs near a value v, bits are 0 with odds e^v."""
    rng = np.random.default_rng(4)
    bits = rng.integers(0, 2, 400_000)
    llr = awgn_llr(bits, 0.0, 0.5, rng)
    near = np.abs(llr - 1.0) < 0.1
    odds = (bits[near] == 0).sum() / (bits[near] == 1).sum()
    assert np.log(odds) == pytest.approx(1.0, abs=0.1)


def test_random_frames():
    graph = catalog.get("nr5g_bg2_z8_n300_k70")
    encoder = Encoder(graph)
    words, llr = random_frames(graph, encoder, 40, 30.0, np.random.default_rng(5))
    assert words.shape == (40, graph.n_variables) and llr.shape == (40, graph.n)
    assert not syndrome(graph, words).any()
    assert ((llr < 0) == words[:, graph.transmitted]).all()
    again, llr_again = random_frames(graph, encoder, 40, 30.0, np.random.default_rng(5))
    assert (again == words).all() and (llr_again == llr).all()
