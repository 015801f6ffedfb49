"""Eb/N0 at a frame error rate, and the throughput that co-simulation measures there."""

import pytest
from small_specs import small_spec

from hw.build import build
from model.errors import InputError
from sim import cosim, waterfall


@pytest.fixture(scope="module")
def spec():
    return small_spec(z=4, iterations=8)


def test_the_rate_there_is_the_rate_asked_for(spec):
    ebn0_db = waterfall.point_at(spec, 1e-2)
    # Another seed, so other frames: 100 errors say the rate to a fifth or so.
    assert waterfall._rate(spec, ebn0_db, seed=9) == pytest.approx(1e-2, rel=0.4)
    assert waterfall.point_at(spec, 1e-1) < ebn0_db


@pytest.fixture(scope="module")
def built(spec, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    return folder, build(spec, folder)


def test_cosim_says_what_early_stop_gains(spec, built):
    folder, record = built
    result = cosim.run(folder, frames=150, fer=1e-2, faults=False)
    assert result.ok, result.fault
    assert result.ebn0_db == waterfall.point_at(spec, 1e-2)
    assert result.full_cycles_per_frame == record["cycles_per_frame_full"]
    assert "times their throughput" in cosim.report(result)
    assert result.cycles_per_frame < result.full_cycles_per_frame


@pytest.mark.parametrize(
    ("asked", "message"),
    [({"fer": 1e-9}, "--fer is 1e-09"), ({"fer": 0.1, "ebn0_db": 2.0}, "--ebn0 2 --fer 0.1")],
)
def test_bad_rates(built, asked, message):
    with pytest.raises(InputError, match=message):
        cosim.run(built[0], frames=10, **asked)
