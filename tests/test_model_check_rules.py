"""The check rules of the float decoder by hand, by definition, and their gradients."""

import itertools

import pytest
import torch

from model import check_rules


def test_min_sum_by_hand():
    incoming = torch.tensor([[3.0], [-1.0], [-2.0], [5.0]])
    assert check_rules.min_sum(incoming)[:, 0].tolist() == [1.0, -2.0, -1.0, 1.0]


def test_min_sum_with_equal_minima_and_zeros():
    assert check_rules.min_sum(torch.tensor([[2.0], [-2.0], [3.0]]))[:, 0].tolist() == [-2, 2, -2]
    # Zero counts as positive: the sign of the others stays.
    assert check_rules.min_sum(torch.tensor([[0.0], [-2.0], [3.0]]))[:, 0].tolist() == [-2, 0, 0]


def test_normalised_offset_by_hand():
    incoming = torch.tensor([[3.0], [-1.0], [-2.0], [5.0]])
    out = check_rules.normalised_offset(incoming, torch.tensor(0.5), torch.tensor(1.5))
    assert out[:, 0].abs().tolist() == [0.0, 0.25, 0.0, 0.0]
    assert out[1, 0] == -0.25


def test_boxplus_matches_the_definition_and_survives_extremes():
    values = torch.tensor([-3.0, -0.5, 0.0, 0.1, 2.0, 6.0], dtype=torch.float64)
    for a, b in itertools.product(values, values):
        expected = 2 * torch.atanh(torch.tanh(a / 2) * torch.tanh(b / 2))
        assert torch.isclose(check_rules.boxplus(a, b), expected, atol=1e-12)
    big = torch.tensor([1e4, -1e4, 3e38 / 4])
    out = check_rules.boxplus(big, torch.tensor([1e4, 2e4, 1.0]))
    assert torch.isfinite(out).all()
    assert out.tolist() == pytest.approx([1e4, -1e4, 1.0], abs=1.0)


def test_sum_product_is_the_tanh_rule():
    torch.manual_seed(1)
    incoming = 2 * torch.randn(6, 4, 3, dtype=torch.float64)
    half = torch.tanh(incoming / 2)
    for j in range(6):
        others = torch.cat([half[:j], half[j + 1 :]]).prod(dim=0)
        out = check_rules.sum_product(incoming)[j]
        assert torch.allclose(out, 2 * torch.atanh(others), atol=1e-10)


@pytest.mark.parametrize("rule", [check_rules.min_sum, check_rules.sum_product])
def test_rule_gradients(rule):
    torch.manual_seed(2)
    incoming = torch.randn(5, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(rule, (incoming,))


def test_gradient_at_a_punctured_variable_is_exact():
    incoming = torch.tensor([[0.0], [1.5], [-0.7]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(check_rules.sum_product, (incoming,))


def test_check_of_degree_one_says_known():
    for rule in (check_rules.min_sum, check_rules.sum_product):
        assert rule(torch.tensor([[-1.0]])).tolist() == [[check_rules.KNOWN_LLR]]
