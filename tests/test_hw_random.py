"""Designs drawn at random from all that the generators can make: Verilog against golden.

By default the same 16 every time. ``UNFOLDHW_NIGHT=N`` draws the 16 of night N instead, with resets
and a soak test on each: ``UNFOLDHW_NIGHT=$(date +%Y%m%d) pytest -m slow tests/test_hw_random.py``.
"""

import os
import random

import pytest
from small_detectors import small_detector
from small_precoders import NARROW, small_precoder
from small_specs import flooding_spec, small_graph, small_spec, uneven_channel

from hw.build import build
from quant.precoder.fit import Words
from quant.precoder.spec import Word
from quant.spec import Relaxation
from quant.uplink.joined import joined
from sim import cosim, resets, soak

CHANNELS = ((1, 3, 5, 7, 10, 11, 14, 20), (1, 3, 5, 7, 9, 13, 17, 25), (1, 2, 3, 4, 5, 6, 7, 9))
LIFTING_SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 24)
WORDS = (
    NARROW,
    Words(Word(7, "mid_tread"), Word(4, "mid_rise"), Word(7, "mid_rise"), 11),
    Words(Word(8, "mid_rise"), Word(3, "mid_rise"), Word(5, "mid_rise")),
)
NIGHT = os.environ.get("UNFOLDHW_NIGHT")
PER_NIGHT = 16
FIRST = 1000 + PER_NIGHT * int(NIGHT) if NIGHT else 0


def drawn_spec(rng: random.Random, z: int, flooding: bool, direct: bool = False):
    """A spec of a decoder of any kind for a code of Z lanes."""
    features = dict(
        z=z,
        message_bits=rng.choice((3, 3, 3, 4, 5, 6)),
        iterations=rng.choice((1, 2, 3, 5, 6)),
        early_stop=rng.random() < 0.8,
        maps=rng.choice(("one", "iteration", "edge")),
        rise=rng.choice(("mid_rise", "mid_rise", "mid_tread")),
        ties=rng.choice((0, 0, 0, 1, 2)) * (not direct),
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
    if features["rise"] == "mid_rise" and rng.random() < 0.4 and not direct:
        features["channel"] = uneven_channel(*rng.choice(CHANNELS))
    return (flooding_spec if flooding else small_spec)(**features)


def drawn_cores(rng: random.Random) -> dict:
    return dict(cores=rng.choice((2, 3)), order=rng.choice(("in-order", "out-of-order")))


def block_serial(rng: random.Random):
    """A decoder block row after block row, of either schedule: spec, options, architecture."""
    z, flooding = rng.choice(LIFTING_SIZES), rng.random() < 0.3
    spec = drawn_spec(rng, z, flooding)
    options = dict(
        slots=rng.choice((1, 2, 3, 4)),
        llrs_per_beat=rng.choice((1, 2, 3, 4, 5, 8, 16)),
        bits_per_beat=rng.choice((8, 16, 32)),
        fifo=rng.choice(("block", "distributed")),
        target=rng.choice(("generic", "ecp5")),
    )
    lanes = [] if flooding else [lanes for lanes in range(2, z) if z % lanes == 0]
    if lanes and rng.random() < 0.4:
        options |= dict(lanes=rng.choice(lanes), slots=2, llrs_per_beat=None)
    elif rng.random() < 0.2:
        options |= drawn_cores(rng) | dict(llrs_per_beat=1)
    if rng.random() < 0.3:
        options["rotate_in_ram"] = rng.choice((0, 1, 2, 4, 7, 16))
    if rng.random() < 0.3:
        options["input_regions"] = rng.choice((2, 4, 8, 16))
    if rng.random() < 0.3:
        options["output_regions"] = rng.choice((8, 16))
    return spec, options, "flooding" if flooding else None


def direct(rng: random.Random):
    """A decoder with a wire for every edge."""
    spec = drawn_spec(rng, rng.choice((1, 2, 3)), True, direct=True)
    options = dict(
        form=rng.choice(("iterated", "iterated", "unrolled")),
        stages=rng.choice((None, None, 2, 3, 4, 5, 7, 9)),
        llrs_per_beat=rng.choice((None, 1, 3, 4, 7, 16)),
        bits_per_beat=rng.choice((None, 8, 16, 32)),
        oversize=True,
    )
    if options["form"] == "iterated" and rng.random() < 0.3:
        options |= drawn_cores(rng)
    return spec, options, None


def precoder(rng: random.Random):
    """A precoder."""
    spec = small_precoder(
        antennas=rng.choice((4, 6, 8, 12, 13)),
        users=rng.choice((2, 3, 4)),
        iterations=rng.choice((1, 2, 3)),
        constellation=rng.choice(("qpsk", "16qam", "64qam")),
        words=rng.choice(WORDS),
    )
    options = dict(
        form=rng.choice(("folded", "unfolded")),
        output=rng.choice(("bits", "iq")),
        amplitude=rng.choice((1, 12345, 32767)),
        writable=rng.random() < 0.4,
    )
    return spec, options, None


def detector(rng: random.Random):
    """A detector."""
    users, antennas = rng.choice((1, 2, 3, 4, 5, 7, 9)), rng.choice((4, 6, 8, 13))
    weights = "whitened" if users > antennas else rng.choice(("matched", "whitened"))
    spec = small_detector(
        antennas, users,
        modulation=rng.choice(("qpsk", "16qam", "64qam")),
        start=rng.choice(("zero", "lmmse")),
        weights=weights,
        rounds=rng.choice((2, 3, 4)),
        snr_db=rng.choice((12.0, 20.0)),
        x=rng.choice((5, 6)), y=rng.choice((8, 9)), z=rng.choice((6, 7, 8)), r=rng.choice((7, 8)),
    )  # fmt: skip
    options = dict(output=rng.choice(("llrs", "symbols")), passes=rng.choice((0, 0, 2, 3)))
    return spec, options, None


def uplink(rng: random.Random):
    """A detector and a decoder."""
    found, options, _ = detector(rng)
    bits = found.bits_per_symbol
    lifting_sizes = [z for z in LIFTING_SIZES if z > 2 and small_spec(z).n % bits == 0]
    spec = joined("drawn_uplink", found, small_spec(rng.choice(lifting_sizes)))
    options = dict(
        passes=options["passes"],
        output=rng.choice(("codeword", "information")),
        cores=rng.choice((None, 1, 2)),
        slots=rng.choice((None, 1, 2)),
        bits_per_beat=rng.choice((8, 16, 32)),
    )
    return spec, options, None


def drawn(seed: int):
    """The design of a seed: spec, options, architecture."""
    rng = random.Random(seed)
    draw = rng.choice((block_serial,) * 5 + (direct,) * 2 + (precoder, detector, uplink))
    spec, options, architecture = draw(rng)
    return spec, options | {"registers": rng.random() < 0.2}, architecture


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FIRST, FIRST + PER_NIGHT))
def test_any_design_is_golden(seed, tmp_path):
    spec, options, architecture = drawn(seed)
    print(f"seed {seed}: {spec.describe()}; {options}; {architecture}")
    build(spec, tmp_path / "drawn", options, architecture)
    result = cosim.run(tmp_path / "drawn", frames=100, seed=seed)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (100, 0)
    if NIGHT:
        found = resets.run(tmp_path / "drawn", resets=2000, seed=seed % (1 << 32))
        assert found.ok, found.fault
        soaked = soak.run(tmp_path / "drawn", frames=5000, wrong=0.9, seed=seed % (1 << 32))
        assert soaked.ok, soaked.fault


def test_the_draw_reaches_everything():
    """Every lifting size, every kind and every option, over a few nights."""
    designs = [drawn(seed) for seed in range(400)]
    kinds = ("qc_ldpc_layered", "tanner_flooding")
    blocks = [d for d in designs if d[0].kind in kinds and "stages" not in d[1]]
    assert {spec.code.lifting_size for spec, *_ in blocks} == set(LIFTING_SIZES)
    assert {spec.kind for spec, *_ in designs} == {
        *kinds, "c2po_precoder", "gradient_detector", "uplink"
    }
    assert {options["registers"] for _, options, _ in designs} == {True, False}
    named = {name for _, options, _ in designs for name in options}
    assert named >= {"rotate_in_ram", "input_regions", "output_regions", "lanes", "cores", "order",
                     "form", "stages", "output", "writable"}  # fmt: skip
