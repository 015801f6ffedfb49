"""Relaxed decoders in integers beside their float decoder."""

import json

import numpy as np
import pytest

from model import catalog
from model.channel import random_frames
from model.encode import Encoder
from model.errors import InputError
from model.parameters import Parameters
from quant import golden, relaxed
from quant.alphabet_tables import even_cells
from quant.cmodel import CModel
from quant.fit import fit

SHIPPED = "quant/presets/bch_63_45_{}.params.npz"


def test_fraction_bits_and_width_bring_integers_to_the_float_decoder(capsys):
    """Seed 1; without fraction bits a factor of 1 - 2^-3 loses most of the small messages."""
    argv = ["--code", "bch_63_45", "--params", SHIPPED.format("relaxed_ms_k3")]
    argv += ["--message-bits", "6", "--frac-bits", "0", "3", "4", "--ebn0", "5"]
    assert relaxed.main([*argv, "--errors", "150", "--json"]) == 0
    out = capsys.readouterr().out.splitlines()
    points = json.loads(out[-1])["points"]
    labels = ["float", "6 bits, 0 fraction bits", "6 bits, 3 fraction bits"]
    names = [f"relaxed_ms_k3, {label}" for label in labels]
    assert list(points) == names  # the fourth fraction bit of a shift by three is left out
    soft, coarse, fine = (points[name][0]["ber"] for name in names)
    assert soft < fine < 1.25 * soft and coarse > 1.5 * soft
    assert any(line.startswith("| relaxed_ms_k3, float | ") for line in out)


def test_the_compared_integers_are_golden():
    graph = catalog.get("bch_63_36")
    parameters = Parameters.load("quant/presets/bch_63_36_relaxed_noms_k1.params.npz", graph)
    spec = fit(parameters, even_cells(5, 0.75), message_bits=5, frac_bits=1)
    _, llr = random_frames(graph, Encoder(graph), 60, 4.0, np.random.default_rng(3))
    bits, decoded, iterations = relaxed.integers(CModel(spec))(llr)
    wanted = golden.decode(spec, golden.quantise_llr(spec, llr))
    np.testing.assert_array_equal(bits, wanted.bits)
    np.testing.assert_array_equal(decoded, wanted.decoded)
    np.testing.assert_array_equal(iterations, wanted.iterations)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ([SHIPPED.format("relaxed_ms")], r"relaxed_ms\.params\.npz: gamma is 0\.\d+, 1 - 2\^-k"),
        ([SHIPPED.format("noms")], r"noms\.params\.npz: gamma is None, 1 - 2\^-k is due"),
        ([SHIPPED.format("relaxed_ms_k3"), "--steps", "1"], "--steps: 1 for 2 widths"),
        ([SHIPPED.format("relaxed_ms_k3"), "--errors", "0"], "--errors must be at least 1"),
    ],
)
def test_bad_input_is_named(options, text):
    with pytest.raises(InputError, match=text):
        relaxed.main(["--code", "bch_63_45", "--params", *options])


def test_parameters_of_another_graph_are_refused():
    with pytest.raises(InputError, match="made for code 'bch_63_45', whose edges differ"):
        relaxed.main(["--code", "bch_63_36", "--params", SHIPPED.format("relaxed_ms_k3")])
