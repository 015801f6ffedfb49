"""Losses by hand: values, signs, iteration weights, stability."""

import math

import pytest
import torch

from model.errors import InputError
from model.losses import LOSSES, cross_entropy, iteration_weights, soft_bit_error, soft_frame_error


def test_cross_entropy_by_hand():
    soft = torch.tensor([[[math.log(3.0), math.log(3.0)]]])
    # P(0) = 3/4: bit 0 costs ln 4/3, bit 1 costs ln 4.
    loss = cross_entropy(soft, torch.tensor([[0, 1]], dtype=torch.uint8))
    assert loss.item() == pytest.approx((math.log(4 / 3) + math.log(4)) / 2, rel=1e-6)


def test_soft_bit_error_by_hand():
    soft = torch.tensor([[[math.log(3.0), -math.log(9.0)]]])
    assert soft_bit_error(soft, torch.tensor([[0, 1]])).item() == pytest.approx((0.25 + 0.1) / 2)
    assert soft_bit_error(soft, torch.tensor([[1, 0]])).item() == pytest.approx((0.75 + 0.9) / 2)


def test_soft_frame_error_by_hand():
    soft = torch.tensor([[[math.log(3.0), -math.log(9.0)], [0.0, 0.0]]])
    frames = [0.35 / 1.35, 1 / 2]
    value = soft_frame_error(soft, torch.tensor([[0, 1], [0, 1]])).item()
    assert value == pytest.approx(sum(frames) / 2)


@pytest.mark.parametrize("loss", [cross_entropy, soft_bit_error])
def test_no_information_is_one_half(loss):
    value = loss(torch.zeros(3, 2, 5), torch.zeros(2, 5, dtype=torch.uint8)).item()
    assert value == pytest.approx(0.5 if loss is soft_bit_error else math.log(2))


@pytest.mark.parametrize("loss", LOSSES.values())
def test_symmetric_in_the_bits_and_finite_at_extremes(loss):
    soft = torch.tensor([[[1e4, -1e4, 0.3]]])
    bits = torch.tensor([[1, 0, 1]])
    assert torch.isfinite(loss(soft, bits))
    torch.testing.assert_close(loss(soft, bits), loss(-soft, 1 - bits))


def test_iteration_weights():
    assert iteration_weights(4, 1.0).tolist() == [0.25] * 4
    assert iteration_weights(3, 0.0).tolist() == [0, 0, 1]
    assert iteration_weights(3, 0.5).tolist() == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    with pytest.raises(InputError, match=r"1\.5"):
        iteration_weights(3, 1.5)


@pytest.mark.parametrize("loss", LOSSES.values())
def test_multiloss_is_the_weighted_mean(loss):
    torch.manual_seed(1)
    soft, bits = torch.randn(3, 4, 6), torch.randint(0, 2, (4, 6))
    single = torch.stack([loss(soft[i : i + 1], bits) for i in range(3)])
    torch.testing.assert_close(loss(soft, bits), single.mean())
    torch.testing.assert_close(loss(soft, bits, 0.0), single[2])
    weights = iteration_weights(3, 0.5).float()
    torch.testing.assert_close(loss(soft, bits, 0.5), (weights * single).sum())


@pytest.mark.parametrize("loss", LOSSES.values())
def test_gradient(loss):
    torch.manual_seed(2)
    soft = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    bits = torch.randint(0, 2, (3, 4))
    assert torch.autograd.gradcheck(lambda s: loss(s, bits, 0.7), (soft,))
