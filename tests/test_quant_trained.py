"""Distance of a spec to its float decoder and to plain min-sum at a bit error rate."""

import json

import numpy as np
import pytest

from model.errors import InputError
from quant import trained

PARAMS = "quant/presets/bch_63_45_relaxed_noms_k1.params.npz"


def test_shipped_spec_is_near_its_float_decoder(capsys):
    argv = ["--spec", "bch_63_45", "--params", PARAMS, "--ebn0", "4", "5", "--target", "5e-3"]
    assert trained.main([*argv, "--errors", "150", "--json"]) == 0
    out = capsys.readouterr().out.splitlines()
    found = json.loads(out[-1])
    assert abs(found["loss_db"][0]) < 0.2 and found["gain_is_a_bound"]
    assert all(min(q["frame_errors"][:2]) >= 150 for q in found["points"])
    assert any(line.startswith("gain over plain float min-sum: more than") for line in out)


def test_distance_of_curves_that_are_known():
    """Ten times fewer errors a dB; the second decoder is 0.3 dB better, the third 0.5 dB worse."""
    offsets, points = np.array([0.0, -0.3, 0.5]), []
    for ebn0_db in (3.0, 4.0, 5.0):
        wrong = np.round(1e6 * 10 ** -(ebn0_db - 3 - offsets)).astype(int)
        points.append(trained.Point(ebn0_db, 1000, 10**8, wrong[None, :]))
    meets = trained.distances(points, 1e-3, 1)[0]
    np.testing.assert_allclose(meets, 4 + offsets, atol=0.01)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--params", PARAMS, "--errors", "0"], "--errors must be at least 1"),
        (["--params", PARAMS, "--target", "2"], "--target must be a rate between 0 and 1, not 2"),
        (["--params", "quant/presets/ccsds_128_64_noms_t6.params.npz"], "made for code 'ccsds"),
    ],
)
def test_bad_input_is_named(options, text):
    with pytest.raises(InputError, match=text):
        trained.main(["--spec", "bch_63_45", "--ebn0", "4", "5", *options])
