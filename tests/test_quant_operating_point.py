"""The operating point lies in the waterfall and is the same for the same seed."""

import numpy as np

from model import catalog
from quant import golden
from quant.fit import default_spec
from quant.operating_point import RandomFrames, half_failing_db, operating_point


def test_half_the_frames_fail():
    spec = default_spec(catalog.get("wifi_1296_r34"))
    source = RandomFrames(spec, np.random.default_rng(3))
    middle = half_failing_db(source)
    assert 2.0 < middle < 3.0

    def failing(ebn0_db):
        codes = source.codes(200, ebn0_db)
        return 1 - golden.decode(spec, codes).decoded.mean()

    assert failing(middle - 0.5) > 0.5 > failing(middle + 0.5)


def test_mean_iterations_are_reproducible_and_below_full():
    spec = default_spec(catalog.get("ccsds_128_64"))
    point = operating_point(spec)
    assert point == operating_point(spec)
    assert 1 < point.mean_iterations < spec.iterations
