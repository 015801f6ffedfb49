"""Frames that are counted: a source that does not drive tlast (``--frame-end count``)."""

import pytest
from small_precoders import small_precoder
from small_specs import flooding_spec, small_spec

from hw.build import build
from model.errors import InputError
from sim import cosim, soak

DESIGNS = {
    "layered": lambda: (small_spec(z=3, iterations=2), {}),
    "two cores": lambda: (small_spec(z=3, iterations=2), {"cores": 2, "slots": 1}),
    "direct": lambda: (flooding_spec(z=3, iterations=2), {"form": "iterated"}),
    "precoder": lambda: (small_precoder(antennas=4, users=2, iterations=1), {}),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_tlast_does_not_matter(name, tmp_path):
    """The bench drives it at random; resets in mid-frame begin a new count."""
    spec, options = DESIGNS[name]()
    build(spec, tmp_path, options | {"frame_end": "count"})
    found = cosim.run(tmp_path, 60)
    assert found.ok, found.fault
    assert found.mismatches == 0 and found.fault_frames >= 6


def test_a_soak_with_wrong_frames_says_that_there_are_none(tmp_path):
    build(small_spec(z=3, iterations=2), tmp_path, {"frame_end": "count"})
    with pytest.raises(InputError, match="--wrong 0.99: its frames are counted"):
        soak.run(tmp_path, frames=100, wrong=0.99)
    assert soak.run(tmp_path, frames=2000, wrong=0.0).fault is None
