"""The compiled float reference against ``model.inference`` on the same frames."""

import numpy as np
import pytest
import torch

from model import catalog
from model.channel import random_frames
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.inference import decode
from quant.cmodel.soft import SoftDecoder
from quant.fit import default_spec


@pytest.mark.parametrize("schedule", ["layered", "flooding"])
@pytest.mark.parametrize("early_stop", [True, False])
@pytest.mark.parametrize("code, ebn0_db", [("ccsds_128_64", 3.5), ("nr5g_bg1_z8_n400_k150", 2.5)])
def test_equals_the_torch_decoder(code, ebn0_db, schedule, early_stop):
    graph = catalog.resolve(code)
    spec = default_spec(graph, iterations=6, schedule=schedule, early_stop=early_stop)
    rng = np.random.default_rng(4)
    words, llr = random_frames(graph, Encoder(graph), 300, ebn0_db, rng)
    soft = SoftDecoder(spec, 0.8).decode(llr)
    torch_decoder = UnfoldedDecoder(graph, 6, schedule=schedule, alpha=0.8)
    due = decode(torch_decoder, torch.from_numpy(llr), early_stop=early_stop)
    wrong = (soft.bits != words).any(axis=1)
    assert 5 < wrong.sum() < 290
    # Sums in another order: where rounding decides, a frame may differ.
    assert (soft.bits != due.bits.numpy()).any(axis=1).mean() < 0.01
    assert (soft.iterations != due.iterations.numpy()).mean() < 0.01
    assert (soft.decoded != due.decoded.numpy()).mean() < 0.01


@pytest.mark.parametrize("schedule, code", [
    ("flooding", "ccsds_128_64"), ("layered", "nr5g_bg1_z8_n400_k150")
])  # fmt: skip
def test_sum_product_equals_the_torch_decoder(schedule, code):
    graph = catalog.resolve(code)
    spec = default_spec(graph, iterations=6, schedule=schedule)
    rng = np.random.default_rng(5)
    words, llr = random_frames(graph, Encoder(graph), 100, 1.5, rng)
    soft = SoftDecoder(spec, None).decode(llr)
    torch_decoder = UnfoldedDecoder(graph, 6, rule="sum-product", schedule=schedule)
    due = decode(torch_decoder, torch.from_numpy(llr), early_stop=True)
    assert 5 < (soft.bits != words).any(axis=1).sum() < 95
    assert (soft.bits != due.bits.numpy()).any(axis=1).mean() <= 0.02
    assert (soft.iterations != due.iterations.numpy()).mean() <= 0.02
    assert (soft.decoded != due.decoded.numpy()).mean() <= 0.02


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan")])
def test_refuses_a_factor_that_is_not_positive(alpha):
    with pytest.raises(InputError, match="must be positive"):
        SoftDecoder(default_spec(catalog.resolve("ccsds_128_64")), alpha)


def test_refuses_another_length():
    spec = default_spec(catalog.resolve("ccsds_128_64"))
    with pytest.raises(InputError, match=r"\(frames, 128\) is due"):
        SoftDecoder(spec).decode(np.zeros((2, 127), np.float32))
