"""Decoders left and entered again after any iteration: the same as in one go."""

from dataclasses import fields

import numpy as np
import pytest
from small_specs import flooding_spec, small_spec, uneven_channel

from model.encode import syndrome
from quant import golden
from quant.golden.channel import initial_app, largest_value
from quant.spec import Relaxation, Spec

SPECS = {
    "layered": small_spec(3),
    "layered, every iteration": small_spec(3, early_stop=False),
    "layered, punctured and shortened, edge maps": small_spec(6, maps="edge", partial=True),
    "layered, relaxed": small_spec(3, relaxation=Relaxation(2, 3)),
    "layered, levels for ties": small_spec(5, ties=True, message_bits=4),
    "layered, a table of channel values": small_spec(4, channel=uneven_channel(), partial=True),
    "layered, nothing saturates": small_spec(4, app_bits=8),
    "flooding": flooding_spec(z=3),
    "flooding, punctured and shortened, relaxed": flooding_spec(
        z=6, partial=True, relaxation=Relaxation(1, 2), maps="edge"
    ),
    "flooding, levels for ties": flooding_spec(z=3, ties=True),
    "flooding, every iteration": flooding_spec(z=2, early_stop=False),
}


@pytest.fixture(params=SPECS.values(), ids=SPECS)
def spec(request) -> Spec:
    return request.param


def codes_of(spec: Spec, frames: int = 60) -> np.ndarray:
    """Easy and impossible frames."""
    rng = np.random.default_rng(3)
    quiet = rng.integers(0, 8, (frames, spec.n)) - (rng.random((frames, spec.n)) < 0.08) * 8
    noise = rng.integers(-128, 128, (frames, spec.n))
    return np.where(rng.random((frames, 1)) < 0.8, quiet, noise).astype(np.int8)


def assert_same(found: golden.Decoded, due: golden.Decoded) -> None:
    for name in (field.name for field in fields(golden.Decoded)):
        mine, its = getattr(found, name), getattr(due, name)
        assert mine.dtype == its.dtype and (mine == its).all(), name
    assert not found.differs(due).any()


def test_stopping_anywhere_changes_nothing(spec):
    codes = codes_of(spec)
    due = golden.decode(spec, codes, batch=25)
    for stop in range(spec.iterations + 1):
        state = golden.start(spec, codes)
        golden.iterate(spec, state, stop)
        early = golden.finish(spec, state)
        ended = due.iterations <= stop
        assert (early.iterations == np.minimum(due.iterations, stop)).all()
        assert not early.differs(due)[ended & (stop > 0)].any()
        golden.iterate(spec, state, spec.iterations)
        assert_same(golden.finish(spec, state), due)


def test_one_iteration_at_a_time(spec):
    codes = codes_of(spec)
    state = golden.start(spec, codes)
    while len(state.running):
        golden.iterate(spec, state)
    assert_same(golden.finish(spec, state), golden.decode(spec, codes))


def test_channel_values_stand_for_codes(spec):
    codes = codes_of(spec)
    state = golden.start(spec, values=initial_app(spec, codes))
    golden.iterate(spec, state, spec.iterations)
    assert_same(golden.finish(spec, state), golden.decode(spec, codes))


def test_soft_values_and_odd_checks_agree_with_the_bits(spec):
    codes = codes_of(spec, 300)
    found = golden.decode(spec, codes)
    assert (found.bits == (found.soft < 0)).all() and found.soft.dtype == np.int16
    assert np.abs(found.soft).max() <= spec.app_max
    assert 0 < found.decoded.sum() < 300 and not found.unsatisfied[found.decoded].any()
    assert found.unsatisfied.max() <= len(spec.code.rows) * spec.code.lifting_size
    if spec.flooding:
        assert (found.unsatisfied == syndrome(spec.graph(), found.bits).sum(axis=1)).all()


def test_odd_checks_of_layers_are_those_right_after_their_update():
    """With one layer the checks are those of the final bits; a second changes bits under it."""
    spec = small_spec(5, iterations=1)
    codes = codes_of(spec, 200)
    found = golden.decode(spec, codes)
    state = golden.start(spec, codes)
    odd = np.zeros(200, dtype=int)
    app, messages = state.app.copy(), state.messages.copy()
    for layer in state.rows:
        golden.layered._update_layer(spec, layer, 0, app, messages)
        odd += ((app[layer.variables] < 0).sum(axis=0) % 2).sum(axis=0)
    assert (found.unsatisfied == odd).all() and odd.max() > 1
    assert (odd != syndrome(spec.graph(), found.bits).sum(axis=1)).any()


def test_before_the_first_iteration_the_channel_answers(spec):
    codes = codes_of(spec)
    found = golden.finish(spec, golden.start(spec, codes))
    assert (found.soft == initial_app(spec, codes)).all()
    assert not found.decoded.any() and not found.iterations.any()
    assert (found.unsatisfied == syndrome(spec.graph(), found.bits).sum(axis=1)).all()


def test_values_have_the_limits_that_widths_are_made_for():
    saturating, exact = small_spec(3), small_spec(3, app_bits=8)
    assert largest_value(saturating) == saturating.app_max
    assert largest_value(exact) == exact.channel.largest < exact.app_max
    assert largest_value(flooding_spec(z=3)) == flooding_spec(z=3).channel.largest
    for spec in (saturating, exact):
        values = np.full((2, spec.n_variables), -largest_value(spec))
        golden.start(spec, values=values)
        with pytest.raises(ValueError, match="values: .* must be -"):
            golden.start(spec, values=values - 1)
    with pytest.raises(ValueError, match="integers of shape"):
        golden.start(exact, values=np.zeros((2, exact.n_variables)))
    with pytest.raises(ValueError, match="integers of shape"):
        golden.start(exact, values=np.zeros((2, exact.n_variables - 1), int))
    for given in ({}, {"codes": values, "values": values}):
        with pytest.raises(ValueError, match="either codes or values"):
            golden.start(exact, **given)
