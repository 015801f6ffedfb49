"""Decoders drawn at random from all that the generator can make: Verilog against golden."""

import random

import pytest
from small_specs import flooding_spec, small_graph, small_spec, uneven_channel

from hw.build import build
from quant.spec import Relaxation
from sim import cosim

CHANNELS = ((1, 3, 5, 7, 10, 11, 14, 20), (1, 3, 5, 7, 9, 13, 17, 25), (1, 2, 3, 4, 5, 6, 7, 9))


def drawn_spec(rng: random.Random, z: int, flooding: bool):
    """A spec of any kind for a code of Z lanes."""
    features = dict(
        z=z,
        message_bits=rng.choice((3, 3, 3, 4, 5, 6)),
        iterations=rng.choice((1, 2, 3, 5, 6)),
        early_stop=rng.random() < 0.8,
        maps=rng.choice(("one", "iteration", "edge")),
        rise=rng.choice(("mid_rise", "mid_rise", "mid_tread")),
        ties=rng.random() < 0.4,
        even=rng.random() < 0.3,
        relaxation=rng.choice((None, None, Relaxation(2, 1), Relaxation(1, 1), Relaxation(3, 3))),
        app_bits=9 if flooding else rng.choice((7, 8, 9)),
    )
    if rng.random() < 0.4:
        features["partial"] = True
    else:
        rows = rng.choice((2, 3, 4, 5))
        columns = rows + rng.choice((2, 3, 4, 5, 7))
        features["graph"] = small_graph(z, rows, columns, seed=rng.randrange(1000))
    if features["rise"] == "mid_rise" and rng.random() < 0.4:
        features["channel"] = uneven_channel(*rng.choice(CHANNELS))
    return (flooding_spec if flooding else small_spec)(**features)


def drawn_options(rng: random.Random, z: int, flooding: bool) -> dict:
    """Options that fit it."""
    options = dict(
        slots=rng.choice((1, 2, 3, 4)),
        llrs_per_beat=rng.choice((1, 2, 3, 4, 5, 8, 16)),
        bits_per_beat=rng.choice((8, 16, 32)),
        fifo=rng.choice(("block", "distributed")),
        target=rng.choice(("generic", "ecp5")),
    )
    lanes = [] if flooding else [lanes for lanes in range(2, z) if z % lanes == 0]
    if lanes and rng.random() < 0.4:
        options |= dict(lanes=rng.choice(lanes), slots=2, llrs_per_beat=0)
    elif rng.random() < 0.2:
        options |= dict(cores=rng.choice((2, 3)), order=rng.choice(("in-order", "out-of-order")))
        options["llrs_per_beat"] = 1
    return options


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16))
def test_any_decoder_is_golden(seed, tmp_path):
    rng = random.Random(seed)
    z, flooding = rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 16, 18)), rng.random() < 0.3
    spec, options = drawn_spec(rng, z, flooding), drawn_options(rng, z, flooding)
    print(f"seed {seed}: {spec.describe()}; {options}")
    build(spec, tmp_path / "drawn", options, "flooding" if flooding else None)
    result = cosim.run(tmp_path / "drawn", frames=100, seed=seed)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (100, 0)
