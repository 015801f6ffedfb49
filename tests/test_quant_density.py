"""Density evolution: the rules against golden, thresholds against published ones."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from small_specs import small_spec

from model.channel import awgn_llr
from model.encode import Encoder
from model.errors import InputError
from quant import golden, kinds
from quant.code_section import CodeSection
from quant.density import integers
from quant.density.__main__ import main
from quant.density.check_rule import MinSumRule
from quant.density.evolution import Evolution
from quant.density.floats import FloatEnsemble
from quant.density.integers import IntegerEnsemble, channel_values, deviation
from quant.density.protograph import Protograph
from quant.density.threshold import error_rate, threshold_db
from quant.golden import layered
from quant.golden.check import check_messages

EBN0_DB = 2.9


def regular(variable_degree: int, check_degree: int) -> CodeSection:
    """A base graph of the regular ensemble: all its edges are alike."""
    rows = (tuple((column, 0) for column in range(check_degree)),) * variable_degree
    return CodeSection(
        "regular", 4, check_degree, rows, (4,) * check_degree, ("erased",) * check_degree,
        4 * (check_degree - variable_degree),
    )  # fmt: skip


@pytest.mark.parametrize("ties", [0, 1, 2])
def test_the_check_rule_is_golden_of_all_messages(ties):
    """Every word of a row's messages, weighed with its probability and golden's answer."""
    spec = small_spec(3, ties=ties)
    edges = np.arange(4)  # of the first row, whose degree is more: the rule takes any row
    values = np.array([-12, -3, -1, 0, 2, 9, 20])
    rng = np.random.default_rng(3)
    v2c = rng.random((4, 2, len(values)))
    v2c /= v2c.sum(axis=-1, keepdims=True)
    density = np.zeros((4, 2, 2 * 31 + 1))
    density[:, :, values + 31] = v2c
    rule = MinSumRule(spec.thresholds, spec.maps.codebook, spec.maps.index)
    messages = rule.messages(1, edges, density)
    found = (rule.cells_of(density)[..., None] * messages).sum(axis=2)
    expected = np.zeros_like(found)
    words = np.array(list(itertools.product(range(len(values)), repeat=4)))
    sent = check_messages(spec, 1, edges, values[words].T[:, None].astype(np.int16))[:, 0]
    for bits in itertools.product((0, 1), repeat=4):
        if sum(bits) % 2:
            continue
        weight = np.prod([v2c[e, bits[e], words[:, e]] for e in edges], axis=0) / 4
        for e in edges:
            np.add.at(expected[e, bits[e]], sent[e] + rule.largest, weight)
    assert np.allclose(found, expected, rtol=0, atol=1e-14)
    assert np.allclose(found.sum(axis=-1), 1)


@pytest.mark.parametrize(
    "name", ["qc_ldpc", "qc_ldpc_ties", "qc_ldpc_5bit", "qc_ldpc_4bit", "nr5g_bg2_z16"]
)
def test_messages_of_the_first_iteration_are_distributed_as_in_golden(name):
    """On the real code: the first layer, and where nothing depends on ties also the second."""
    spec = replace(kinds.resolve(name), early_stop=False)
    rng, frames = np.random.default_rng(8), 200
    graph = spec.graph()
    words = Encoder(graph).encode(rng.integers(0, 2, (frames, spec.k), dtype=np.uint8))
    llr = np.stack([awgn_llr(w[spec.transmitted], EBN0_DB, graph.rate, rng) for w in words])
    state = golden.start(spec, golden.quantise_llr(spec, llr))
    golden.iterate(spec, state, 1)
    evolution, rows = IntegerEnsemble(spec).at(EBN0_DB), Protograph(spec.code).rows
    order = spec.layer_order
    for place in range(1 if spec.tie_levels else 2):
        evolution.layers, evolution.iteration = order[:place], 0
        if place:
            evolution.iterate()
            evolution.iteration = 0
        row = rows[order[place]]
        expected = evolution.to_variables(row)
        reach = expected.shape[-1] // 2
        for i, variables in enumerate(state.rows[place].variables):
            bit, message = words[:, variables].T, state.messages[row[i]]
            if expected.shape[1] == 1:  # the mirror image for bit 1
                message, bit = np.where(bit, -message, message), np.zeros_like(bit)
            for b in range(expected.shape[1]):
                there = message[bit == b]
                count = np.bincount(there + reach, minlength=2 * reach + 1)
                p = expected[i, b].clip(0, 1)
                allowed = 5 * np.sqrt(len(there) * p * (1 - p)) + 5
                assert (np.abs(count - len(there) * p) <= allowed).all(), (place, i, b)


def test_a_mid_rise_channel_is_symmetric_and_the_default_treats_both_bits_alike(monkeypatch):
    spec = kinds.resolve("qc_ldpc")
    zero, one = channel_values(spec.channel, deviation(EBN0_DB, 0.75))
    assert np.allclose(zero, one[::-1], rtol=1e-9, atol=1e-15)
    assert integers.odd_symmetric(spec)
    alone = IntegerEnsemble(spec).at(EBN0_DB)
    monkeypatch.setattr(integers, "odd_symmetric", lambda spec: False)
    both = IntegerEnsemble(spec).at(EBN0_DB)
    for _ in range(3):
        assert next(iter(both)) == pytest.approx(next(iter(alone)), rel=1e-9)
    sent = both.to_variables(both.graph.rows[0])
    assert np.allclose(sent[:, 0], sent[:, 1, ::-1], rtol=0, atol=1e-12)
    assert _zeros(both) < 1e-12
    # Where a sum may be 0, which counts as positive, wrong bits are not as many of both.
    monkeypatch.undo()
    other = kinds.resolve("wifi_1944_r56")
    assert not integers.odd_symmetric(other)
    evolution = IntegerEnsemble(other).at(EBN0_DB)
    evolution.iterate()
    assert _zeros(evolution) > 1e-4


def _zeros(evolution: Evolution) -> float:
    """The largest probability of a message 0 to the first row."""
    return evolution.to_checks(evolution.graph.rows[0])[..., evolution.saturation].max()


def _lifted(spec, z: int):
    """The decoder on a lift of its base graph so large that cycles hardly matter."""
    rng = np.random.default_rng(z)
    rows = tuple(tuple((c, int(rng.integers(z))) for c, _ in row) for row in spec.code.rows)
    code = replace(spec.code, lifting_size=z, rows=rows, transmitted_lanes=(z,) * spec.code.columns,
                   information_bits=spec.k * z // spec.code.lifting_size)  # fmt: skip
    return replace(spec, code=code, early_stop=False)


@pytest.mark.parametrize("ties", [False, True])
def test_error_rates_are_those_of_golden_on_a_large_lift(ties):
    """All-zero words, which the test above allows. With ties the densities are an approximation."""
    spec = kinds.resolve("qc_ldpc")
    if not ties:
        plain = tuple(levels[:4] for levels in spec.maps.codebook)
        spec = replace(spec, maps=replace(spec.maps, codebook=plain))
    evolution = IntegerEnsemble(spec).at(EBN0_DB)
    large, rng = _lifted(spec, 2430), np.random.default_rng(4)
    zeros = np.zeros(large.n, np.uint8)
    llr = np.stack([awgn_llr(zeros, EBN0_DB, 0.75, rng) for _ in range(40)])
    state = golden.start(large, golden.quantise_llr(large, llr))
    for _, rate in zip(range(3), evolution, strict=False):
        layered.iteration(large, state)
        state.iteration += 1
        wrong = (state.app < 0)[: 18 * 2430].mean(axis=0)
        allowed = 4 * wrong.std() / np.sqrt(len(wrong)) + (0.05 if ties else 0.01) * rate
        assert wrong.mean() == pytest.approx(rate, abs=allowed)


def test_thresholds_of_the_regular_ensemble_are_the_published_ones():
    """Richardson and Urbanke 2001, table II: sigma 0.8809 for (3, 6), which is 1.10 dB; Chen and
    Fossorier 2002: min-sum 1.7 dB.
    """
    for alpha, step, published in ((None, 0.15, 1.1014), (1.0, 0.1, 1.70)):
        ensemble = FloatEnsemble(regular(3, 6), None, alpha, step)
        assert error_rate(ensemble.at(published + 0.02), 1000, 1e-6) <= 1e-6, alpha
        assert error_rate(ensemble.at(published - 0.02), 1000, 1e-6) > 1e-6, alpha


@pytest.mark.parametrize("levels, published", [([0, 1], 0.0708), ([1], 0.0394)])
def test_thresholds_of_gallagers_algorithms_are_the_published_ones(levels, published):
    """Algorithm E (messages -1, 0, 1; the received bit counts twice in the first iteration and once
    then) and A for (3, 6) on the binary symmetric channel: Richardson and Urbanke 2001, table I.

    Twice the levels are half the weight of the received bit, 2.
    """
    graph = Protograph(regular(3, 6))
    index = np.repeat(np.array(levels)[:, None], graph.edges, axis=1)
    rule = MinSumRule([1], [[0, 1], [0, 2]], index)

    def rate(flipped: float) -> float:
        channel = np.zeros((6, 1, 1, 5))
        channel[..., 0], channel[..., 4] = flipped, 1 - flipped
        return error_rate(Evolution(graph, channel, rule, None, 8), 2000, 1e-7)

    assert rate(published - 3e-4) <= 1e-7 < rate(published + 3e-4)


def test_a_threshold_does_not_depend_on_where_the_search_begins():
    ensemble = IntegerEnsemble(kinds.resolve("qc_ldpc_5bit"))
    found = threshold_db(ensemble.at, 10)
    for near_db in (found + 0.02, found - 0.9):
        assert threshold_db(ensemble.at, 10, near_db=near_db) == pytest.approx(found, abs=0.003)
    assert error_rate(ensemble.at(found + 0.01), 10) < 1e-5 < error_rate(
        ensemble.at(found - 0.01), 10
    )
    with pytest.raises(InputError, match="stays above 1e-30 at 16 dB"):
        threshold_db(ensemble.at, 1, 1e-30)


def test_what_densities_are_not_for_is_refused():
    with pytest.raises(InputError, match="qc_ldpc_flooding: its messages are relaxed"):
        IntegerEnsemble(kinds.resolve("qc_ldpc_flooding"))
    code = regular(2, 3)
    with pytest.raises(InputError, match="block row 1 has one block only"):
        Protograph(replace(code, rows=(code.rows[0], code.rows[0][:1])))


def test_the_command_prints_both_thresholds(capsys):
    argv = ["--spec", "qc_ldpc_5bit", "--no-float", "--many", "30", "--target", "1e-4", "--json"]
    assert main(argv) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    own, many = record["thresholds_db"]["qc_ldpc_5bit"]
    assert many < own == pytest.approx(2.385, abs=0.01)
    for argv, message in (
        (["--target", "0"], "--target must be more than 0"),
        (["--many", "0"], "--many must be 1 to 10000"),
    ):
        with pytest.raises(InputError, match=message):
            main(["--spec", "qc_ldpc", *argv])
