"""Detectors in integers: the law in golden, tables, fit, bad specs and bad input."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from small_detectors import drawn, given, small_detector, small_parameters

from model.errors import InputError
from quant import kinds
from quant.mimo_detector import golden, host, reference, tables
from quant.mimo_detector.spec import DetectorSpec
from quant.signed_powers import Coefficient
from quant.words import Word

VARIETY = [
    {},
    {"start": "zero", "weights": "whitened", "antennas": 4, "users": 7, "modulation": "qpsk"},
    {"start": "zero", "antennas": 12, "users": 2, "modulation": "64qam", "x": 5, "r": 9,
     "table": 8},
    {"start": "lmmse", "weights": "whitened", "modulation": "qpsk", "rounds": 1, "y": 5, "z": 7,
     "table": 7},
]


def one_vector(spec: DetectorSpec, matrices: golden.Matrices, block: int, y: np.ndarray):
    """The spec's text in plain Python integers: the last r, and whether z, r saturated."""
    saturated = {"z": False, "r": False}

    def quantised(value: int, shift: int, word: Word, name: str) -> int:
        code, limit = value >> (shift + 1), 1 << (word.bits - 1)
        saturated[name] |= not -limit <= code < limit
        return 2 * min(max(code, -limit), limit - 1) + 1

    def product(matrix: np.ndarray, v: list, word: Word) -> list:
        rows = []
        for row in matrix.tolist():
            total = [0, 0]
            for first, k in itertools.product(range(0, len(v), 4), range(word.bits)):
                signs = [
                    [2 * ((value + word.maximum) // 2 >> k & 1) - 1 for value in parts]
                    for parts in v[first : first + 4]
                ]
                entries = list(zip(row[first : first + 4], signs, strict=True))
                sums = (
                    sum(re * s - im * t for (re, im), (s, t) in entries),
                    sum(re * t + im * s for (re, im), (s, t) in entries),
                )
                for part in (0, 1):  # matrices are mid-rise: a table step is 2
                    table = max(min(sums[part] // 2, spec.table_maximum), -spec.table_maximum)
                    total[part] += 2 * table << k
            rows.append(total)
        return rows

    def parts(function, *arrays: list) -> list:
        return [[function(*v) for v in zip(*row, strict=True)] for row in zip(*arrays, strict=True)]

    def step(gain: Coefficient, matrix: np.ndarray, z: list, x: list | None) -> list:
        bits, half = spec.gain_frac_bits, 1 << spec.u_shift >> 1
        u = parts(lambda v: (v + half) >> spec.u_shift, product(matrix, z, spec.z))
        sums = parts(lambda v: gain.scaled(bits) * v, u)
        if x is not None:
            sums = parts(lambda s, v: s + (v << bits), sums, x)
        return parts(lambda s: quantised(s, bits - spec.r_frac_bits, spec.r, "r"), sums)

    def eta(thresholds: tuple[int, ...], r: list) -> list:
        def one(value: int) -> int:
            return (1 + 2 * sum(t <= abs(value) for t in thresholds)) * (1 if value > 0 else -1)

        return parts(one, r)

    y = parts(lambda v: v << spec.y_shift, y.tolist())
    x = z = None
    if spec.start is not None:
        z0 = parts(lambda v: quantised(v, spec.start.shift, spec.z, "z"), y)
        x = eta(spec.start.eta, step(spec.start.gain, matrices.w0[block], z0, None))
    bits = spec.momentum_frac_bits
    for t, each in enumerate(spec.rounds):
        if x is None:
            z = parts(lambda v: quantised(v, spec.z_shift, spec.z, "z"), y)
        else:
            b = each.momentum.scaled(bits)
            old = z if z is not None else parts(lambda v: 0, y)
            sums = parts(
                lambda v, g, o, b=b: ((v - g) << bits) + ((b * o) << spec.z_shift),
                y, product(matrices.h[block], x, spec.x), old,
            )  # fmt: skip
            z = parts(lambda s: quantised(s, spec.z_shift + bits, spec.z, "z"), sums)
        r = step(each.gain, matrices.w[block], z, x)
        if t + 1 < len(spec.rounds):
            x = eta(each.eta, r)
    return r, saturated


@pytest.mark.parametrize("shape", VARIETY)
def test_golden_is_the_text_of_the_spec(shape):
    spec = small_detector(**shape)
    for seed in range(3):
        matrices, y = given(spec, 2, 4, seed)
        found = golden.detect(spec, matrices, y)
        for block, vector in np.ndindex(2, 4):
            r, saturated = one_vector(spec, matrices, block, y[block, vector])
            assert found.r[block, vector].tolist() == r
            assert found.z_saturated[block, vector] == saturated["z"]
            assert found.r_saturated[block, vector] == saturated["r"]


@pytest.mark.parametrize("shape", VARIETY)
def test_symbols_and_llrs_are_those_of_r(shape):
    spec = small_detector(**shape)
    r = tables.r_values(spec)
    size = spec.symbol_size
    points = small_parameters(modulation=spec.constellation).system.constellation
    level = tables.level_table(spec)
    nearest = points.levels[np.abs(r[:, None] * spec.r_step - points.levels).argmin(axis=1)]
    np.testing.assert_allclose(level * size, nearest)
    llr = tables.llr_table(spec)
    bits = points.decide(r * spec.r_step + 0j)[:, : spec.bits_per_axis]
    assert not (np.sign(llr) * (1 - 2.0 * bits) < 0).any()
    assert np.abs(llr).max() <= (1 << (spec.llr_bits - 1)) - 1
    assert (llr[:, 0] == -llr[::-1, 0]).mean() > 0.8  # ties round upwards


def test_eta_is_the_nearest_value():
    spec, numbers = small_detector(), small_parameters()
    r = tables.r_values(spec)
    points = numbers.system.constellation
    wanted = reference.eta(points, numbers.theta[0], "posterior", r * spec.r_step) / spec.x_step
    found = tables.eta_table(spec, spec.rounds[0].eta)
    inside = np.abs(wanted) < spec.x.maximum
    assert np.abs(found - wanted)[inside].max() <= 1 + 1e-9
    assert (found == -found[::-1]).all()


def test_integers_are_near_floating_point():
    numbers = small_parameters(16, 4)
    spec = small_detector(16, 4)
    blocks, floats, received = drawn(numbers, 11, 200, 20, seed=5)
    r = reference.detect(numbers, floats, received)
    y, _ = golden.quantise_received(spec, received)
    found = golden.detect(spec, golden.quantise_matrices(spec, floats), y)
    points = numbers.system.constellation
    wrong = {}
    for name, estimate in (("float", r), ("integer", found.r @ [1, 1j] * spec.r_step)):
        wrong[name] = (points.decide(estimate.swapaxes(1, 2)) != blocks.bits).any(axis=-1).mean()
    assert 1e-3 < wrong["float"] and wrong["integer"] < 1.3 * wrong["float"]


def test_a_spec_survives_its_file(tmp_path):
    for shape in VARIETY:
        spec = small_detector(**shape)
        path = spec.save(tmp_path / "spec.json")
        assert kinds.load(path) == spec and kinds.load(path).sha == spec.sha


BAD_SPECS = {
    "rise": ({"x": Word(4, "mid_tread")}, "x.rise is 'mid_tread'"),
    "even unit": ({"unit": 4}, "unit is 4, must be odd"),
    "wide unit": ({"unit": 11}, "unit is 11, must be a whole number from 1 to 10"),
    "users": ({"users": 9}, "users is 9, more than the 8 antennas"),
    "alpha": ({"alpha": 0.5}, "alpha is 0.5; it is > 0 for weights 'whitened'"),
    "no rounds": ({"rounds": ()}, "rounds: 0 given, 1 to 64"),
    "llr": ({"llr_bits": 9}, "llr_bits is 9"),
    "step": ({"h_step": float("nan")}, "h_step is nan"),
    "widths": ({"y_shift": 24, "z_shift": 24, "y": Word(12, "mid_rise")}, None),
}


@pytest.mark.parametrize("name", BAD_SPECS)
def test_a_bad_spec_is_refused(name):
    change, words = BAD_SPECS[name]
    if words is None:
        replace(small_detector(), **change)  # wide, but doubles still hold every sum
        return
    with pytest.raises(InputError) as caught:
        replace(small_detector(), **change)
    assert words in str(caught.value)


def test_bad_rounds_are_refused():
    spec = small_detector()
    first, *others = spec.rounds
    cases = {
        "rounds[0].momentum must have no terms": replace(first, momentum=Coefficient(((1, 0),))),
        "rounds[0].gain has 0 terms": replace(first, gain=Coefficient(())),
        "rounds[0].eta has 2 thresholds, 15 are due": replace(first, eta=(1, 2)),
        "rounds[0].eta[1] is 3": replace(first, eta=(5, 3, *range(7, 33, 2))),
    }
    for words, bad in cases.items():
        with pytest.raises(InputError, match="^" + words.replace("[", r"\[")):
            replace(spec, rounds=(bad, *others))
    with pytest.raises(InputError, match=r"rounds\[2\].eta must be empty"):
        replace(spec, rounds=(*spec.rounds[:-1], first))


def channel(spec: DetectorSpec, seed: int = 1) -> np.ndarray:
    parts = np.random.default_rng(seed).normal(size=(spec.antennas, spec.users, 2))
    return parts @ [1, 1j] / np.sqrt(2 * spec.antennas)


BAD_CHANNELS = {
    "zero": (lambda h: h.__setitem__((slice(None), 2), 0), 0.1, "user 2 has no channel"),
    "same": (
        lambda h: h.__setitem__((slice(None), 2), 1j * h[:, 0]), 0.1,
        "users 0 and 2 have the same channel",
    ),
    "nan": (lambda h: h.__setitem__((3, 1), np.nan), 0.1, r"channel[3, 1] = (nan+0j) is not"),
    "inf": (lambda h: h.__setitem__((0, 0), np.inf), 0.1, "is not finite"),
    "noise": (lambda h: None, np.nan, "noise power is nan"),
    "negative noise": (lambda h: None, -1.0, "noise power is -1.0"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_CHANNELS)
def test_a_bad_channel_is_refused(name):
    spec = small_detector()
    change, noise, words = BAD_CHANNELS[name]
    h = channel(spec)
    change(h)
    with pytest.raises(InputError) as caught:
        golden.channel_matrices(spec, h, noise)
    assert words in str(caught.value)


def test_bad_vectors_are_refused():
    spec = small_detector()
    matrices = golden.channel_matrices(spec, channel(spec), 0.1)
    with pytest.raises(InputError, match=r"received\[1, 2\] = \(inf\+0j\) is not finite"):
        y = np.zeros((2, spec.antennas), dtype=complex)
        y[1, 2] = np.inf
        golden.quantise_received(spec, y)
    with pytest.raises(InputError, match=r"received has shape \(2, 5\), expected \(..., 8\)"):
        golden.quantise_received(spec, np.zeros((2, 5)))
    with pytest.raises(InputError, match="received value 2 is none"):
        golden.detect(spec, matrices, np.full((1, spec.antennas, 2), 2))
    with pytest.raises(InputError, match="received values have shape"):
        golden.detect(spec, matrices, np.ones((1, 3, 2), dtype=int))
    with pytest.raises(InputError, match=r"matrix w has shape \(8, 3, 2\)"):
        golden.detect(
            spec, replace(matrices, w=matrices.h), np.ones((1, spec.antennas, 2), dtype=int)
        )


def test_saturation_is_counted():
    spec = small_detector()
    h = channel(spec)
    received = h @ np.ones((spec.users, 5)) / spec.symbol_size
    quiet = golden.channel_matrices(spec, h, 0.1)
    loud = golden.channel_matrices(spec, 10 * h, 0.1)
    assert sum(quiet.saturated.values()) <= 2 and loud.saturated["h"] > spec.users * 4
    y, over = golden.quantise_received(spec, 100 * received.T)
    assert (over > 8).all() and np.abs(y).max() == spec.y.maximum
    found = golden.detect(spec, quiet, y)
    assert found.z_saturated.all() and found.r_saturated.all()
    low = golden.channel_matrices(spec, 0.1 * h, 0.1)  # -20 dB: W is as much larger
    assert low.saturated["w"] > 4 and low.saturated["h"] == 0


def test_tables_that_saturate_are_counted():
    spec = small_detector(table=8)
    h = channel(spec)
    assert golden.saturated_groups(spec, golden.channel_matrices(spec, h, 0.1)) < 4
    loud = golden.channel_matrices(spec, 10 * h, 0.1)
    assert golden.saturated_groups(spec, loud) >= spec.antennas
    wide = replace(spec, table_bits=12)
    assert golden.saturated_groups(wide, loud) == 0


def test_codes_beyond_a_word_saturate():
    codes = np.array([-9, -8, -1, 0, 7, 8])
    values, over = golden.values_of_codes(Word(4, "mid_rise"), codes)
    assert values.tolist() == [-15, -15, -1, 1, 15, 15]
    assert over.tolist() == [True, False, False, False, False, True]
    assert golden.codes_of_values(Word(4, "mid_rise"), values).tolist() == [-8, -8, -1, 0, 7, 7]
    values, over = golden.values_of_codes(Word(4, "mid_tread"), codes)
    assert values.tolist() == [-7, -7, -1, 0, 7, 7] and over.tolist() == [1, 1, 0, 0, 0, 1]


def test_any_scale_of_matched_weights_cancels():
    spec = small_detector()
    h = channel(spec)
    matrices = host.matrices(spec.recipe, h, 0.1)
    np.testing.assert_allclose(np.diag(matrices.w @ h), 1)
    np.testing.assert_allclose(np.diag(matrices.w0 @ h), 1)
