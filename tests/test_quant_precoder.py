"""The precoder's spec and golden: a second reading, the float algorithm, bad input."""

import json
from dataclasses import replace

import numpy as np
import pytest

from model.errors import InputError
from quant.precoder import golden
from quant.precoder.fit import (
    Trained,
    Words,
    fit,
    float_bits,
    levels,
    random_problem,
    signed_powers,
    unit_energy,
)
from quant.precoder.spec import Coefficient, PrecoderSpec, Round, Word, load

# The published constants for B = 32 (tau 2^-6, rho 1.25) a start of H^H s / B and a clip
# limit that the iterates reach.
PUBLISHED = Trained(1 / 32, (2.0**-6,) * 4, (1.25,) * 4, 0.08)
WIDE = Words(
    Word(14, "mid_tread"), Word(14, "mid_rise"), Word(14, "mid_tread"), 20, 22, 4, h_range=6.0,
    coefficient_bits=26,
)


def spec_of(words: Words | None = None, users: int = 4, constellation: str = "16qam"):
    return fit(PUBLISHED, 32, users, constellation, words)


def precode_one(spec: PrecoderSpec, h: np.ndarray, symbols: np.ndarray) -> list:
    """One vector by plain Python integers and complex arithmetic done by hand."""

    def words(value: int, shift: int, word: Word) -> int:
        if word.rise == "mid_rise":
            code = value >> (shift + 1)
            return 2 * max(-(1 << (word.bits - 1)), min((1 << (word.bits - 1)) - 1, code)) + 1
        rounded = (value + (1 << shift >> 1)) >> shift
        return max(-word.maximum, min(word.maximum, rounded))

    users, antennas = range(spec.users), range(spec.antennas)
    H = [[tuple(int(p) for p in h[u, b]) for b in antennas] for u in users]
    s = [tuple(int(p) for p in symbols[u]) for u in users]

    def backward(w):
        return [
            (
                sum(w[u][0] * H[u][b][0] + w[u][1] * H[u][b][1] for u in users),
                sum(w[u][1] * H[u][b][0] - w[u][0] * H[u][b][1] for u in users),
            )
            for b in antennas
        ]

    energy = sum(re * re + im * im for re, im in s)
    reciprocal = int(np.floor((1 << spec.projection_bits) / energy + 0.5))
    frac = spec.start.frac_bits
    y = [tuple(spec.start.scaled(frac) * part for part in g) for g in backward(s)]
    for step in spec.rounds:
        x = [tuple(words(part, frac, spec.x) for part in pair) for pair in y]
        u_limit = (1 << (spec.u_bits - 1)) - 1
        u = []
        for row in H:
            re = sum(hr * xr - hi * xi for (hr, hi), (xr, xi) in zip(row, x, strict=True))
            im = sum(hr * xi + hi * xr for (hr, hi), (xr, xi) in zip(row, x, strict=True))
            rounded = [(p + (1 << spec.u_shift >> 1)) >> spec.u_shift for p in (re, im)]
            u.append([max(-u_limit, min(u_limit, p)) for p in rounded])
        inner = [
            sum(a * c + b * d for (a, b), (c, d) in zip(s, u, strict=True)),
            sum(a * d - b * c for (a, b), (c, d) in zip(s, u, strict=True)),
        ]
        drop = spec.projection_bits - spec.projection_frac_bits
        p = [(part * reciprocal + (1 << drop >> 1)) >> drop for part in inner]
        w = [
            [
                words((c << spec.projection_frac_bits) - (a * p[0] - b * p[1]),
                      spec.w_shift, spec.w),
                words((d << spec.projection_frac_bits) - (a * p[1] + b * p[0]),
                      spec.w_shift, spec.w),
            ]
            for (a, b), (c, d) in zip(s, u, strict=True)
        ]
        frac = step.frac_bits
        keep, descend = step.keep.scaled(frac), step.step.scaled(frac)
        y = [
            tuple(keep * xp + descend * gp for xp, gp in zip(pair, g, strict=True))
            for pair, g in zip(x, backward(w), strict=True)
        ]
    return [[int(part < 0) for part in pair] for pair in y]


SMALL = {
    "default words": (None, "16qam"),
    "6-bit iterate, mid-tread residual": (
        Words(Word(6, "mid_rise"), Word(6, "mid_rise"), Word(8, "mid_tread")), "qpsk"
    ),
    "mid-tread everywhere, 64-QAM": (
        Words(Word(6, "mid_tread"), Word(6, "mid_tread"), Word(8, "mid_tread"), 9), "64qam"
    ),
}


@pytest.mark.parametrize("case", SMALL)
def test_golden_equals_a_second_reading(case):
    words, constellation = SMALL[case]
    spec = replace(spec_of(words, 3, constellation), antennas=8)
    rng = np.random.default_rng(2)
    for _ in range(3):
        channel, symbols = random_problem(8, 3, constellation, 6, rng)
        h, _ = golden.quantise_channel(spec, 1.5 * channel)
        got = golden.precode(spec, h, symbols).bits
        assert [precode_one(spec, h, vector) for vector in symbols] == got.tolist()


@pytest.mark.parametrize("constellation", ["qpsk", "16qam", "64qam"])
def test_wide_words_give_the_float_signs(constellation):
    spec, rng = spec_of(WIDE, constellation=constellation), np.random.default_rng(3)
    spec = replace(spec, start=signed_powers(spec.start.value, 3))
    channel, symbols = random_problem(32, 4, constellation, 200, rng)
    h, over = golden.quantise_channel(spec, channel)
    v = float_bits(PUBLISHED, channel, unit_energy(symbols, constellation))
    due = np.stack([v.real < 0, v.imag < 0], axis=-1)
    got = golden.precode(spec, h, symbols)
    assert over == 0 and got.saturated == 0
    # The constants are rounded to three signed powers of two; signs near zero may differ.
    assert np.mean(got.bits != due) < 0.01


def residual_power(h: np.ndarray, symbols: np.ndarray, sent: np.ndarray) -> float:
    """Power of what the users receive besides their symbols, relative to those."""
    received = (1 - 2.0 * sent[..., 0] + 1j * (1 - 2.0 * sent[..., 1])) @ h.T
    gain = (symbols.conj() * received).sum() / (np.abs(symbols) ** 2).sum()
    return float(np.mean(np.abs(received / gain - symbols) ** 2))


def test_fine_words_cost_little_interference():
    fine = Words(Word(6, "mid_rise"), Word(6, "mid_rise"), Word(8, "mid_tread"))
    spec, rng = spec_of(fine), np.random.default_rng(4)
    float_power = integer_power = 0.0
    for _ in range(10):
        channel, symbols = random_problem(32, 4, "16qam", 100, rng)
        unit = unit_energy(symbols, "16qam")
        v = float_bits(PUBLISHED, channel, unit)
        h, _ = golden.quantise_channel(spec, channel)
        sent = golden.precode(spec, h, symbols).bits
        float_power += residual_power(channel, unit, np.stack([v.real < 0, v.imag < 0], -1))
        integer_power += residual_power(channel, unit, sent)
    assert integer_power < 1.03 * float_power


def test_signed_powers():
    assert signed_powers(1.25).terms == ((1, 0), (1, -2))
    assert signed_powers(0.875).terms == ((1, 0), (-1, -3))
    assert signed_powers(-0.3, 1).terms == ((-1, -2),)
    for value in np.random.default_rng(5).uniform(0.001, 4, 200):
        assert abs(signed_powers(value).value - value) < 0.04 * value
    with pytest.raises(InputError, match="too small"):
        signed_powers(1e-9)
    assert Coefficient(((1, 2), (-1, -3))).scaled(3) == 31


def test_file_round_trip_and_faults(tmp_path):
    spec = spec_of()
    path = spec.save(tmp_path / "p.json")
    assert load(path) == spec and load(path).sha == spec.sha
    record = json.loads(path.read_text())
    faults = {
        "users is 33": lambda r: r.update(users=33),
        "constellation is 'psk'": lambda r: r.update(constellation="psk"),
        "sha256": lambda r: r.update(u_shift=r["u_shift"] + 1),
        "has 4 terms": lambda r: r["start"].update(terms=[[1, 0]] * 4),
        "sign 2": lambda r: r["start"].update(terms=[[2, 0]]),
        "field 'x' is missing": lambda r: r.pop("x"),
        "rounds: none given": lambda r: r.update(rounds=[]),
        "rounds: 65 given, at most 64": lambda r: r.update(rounds=r["rounds"][:1] * 65),
        "rounds[0] is 5, must be a JSON object": lambda r: r.update(rounds=[5]),
        "rounds[1].keep.terms[0] is [1]": lambda r: r["rounds"][1]["keep"].update(terms=[[1]]),
        "start.terms[0][1] is 0.5": lambda r: r["start"].update(terms=[[1, 0.5]]),
        "start.terms[0][0] is True": lambda r: r["start"].update(terms=[[True, 0]]),
        "h.bits is '6'": lambda r: r["h"].update(bits="6"),
        "w.rise is 'up'": lambda r: r["w"].update(rise="up"),
        "h_step is nan": lambda r: r.update(h_step=float("nan")),
        "u_bits is 25, must be a whole number from 2 to 24": lambda r: r.update(u_bits=25),
        "field 'dither' is unknown": lambda r: r.update(dither=1),
        "name 'a b' is not a Verilog identifier": lambda r: r.update(name="a b"),
        "constellation is ['qpsk']": lambda r: r.update(constellation=["qpsk"]),
        "provenance is 3": lambda r: r.update(provenance=3),
    }
    for message, change in faults.items():
        broken = json.loads(json.dumps(record))
        change(broken)
        (tmp_path / "bad.json").write_text(json.dumps(broken))
        with pytest.raises(InputError, match="bad.json") as error:
            load(tmp_path / "bad.json")
        assert message in str(error.value)


def test_accumulators_hold_the_worst_case():
    spec = replace(spec_of(), antennas=4, users=2)
    top, symbols = spec.h.maximum, np.full((1, 2, 2), spec.largest_symbol)
    h = np.full((2, 4, 2), top)
    g = golden._backward([h[..., 0], h[..., 1]], symbols[..., 0], symbols[..., 1])
    bits = spec.accumulator_bits
    assert max(np.abs(part).max() for part in g) < 1 << (bits["g"] - 1)
    x = np.full((1, 4), spec.x.maximum)
    exact = [x @ h[..., 0].T + x @ h[..., 1].T]
    assert np.abs(exact[0]).max() < 1 << (bits["u"] - 1)
    # All rounds of a run on such values: the widths decide golden's number formats.
    far = golden.precode(spec, h, np.where(np.arange(2) == 0, 1, -1) * symbols)
    wide = replace(spec, projection_bits=24)
    assert far.bits.shape == (1, 4, 2) and wide.accumulator_bits["product"] > 30
    assert golden.precode(wide, h, symbols).bits.tolist() == [precode_one(wide, h, symbols[0])]


def test_widths_that_overflow_are_refused():
    wide, steep = Word(16, "mid_rise"), Coefficient(((1, 8), (1, -24)))
    replace(spec_of(), h=wide, w=wide)
    with pytest.raises(InputError, match="y: its sums need 68 bits, an accumulator has 53"):
        replace(spec_of(), h=wide, w=wide, start=steep)


@pytest.mark.parametrize(
    ("h_shape", "symbols_shape", "value", "text"),
    [
        ((32, 4, 2), (5, 4, 2), 1, r"channel has shape \(32, 4, 2\), expected \(..., 4, 32, 2\)"),
        ((4, 32, 2), (5, 3, 2), 1, r"symbols have shape \(5, 3, 2\), expected \(vectors, 4, 2\)"),
        ((2, 4, 32, 2), (3, 5, 4, 2), 1, r"expected \(2, vectors, 4, 2\)"),
        ((4, 32, 2), (5, 4, 2), 5, "symbol part 5 is none of 16qam's odd integers"),
        ((4, 32, 2), (5, 4, 2), 2, "symbol part 2 is none of"),
    ],
)
def test_bad_arrays_are_named(h_shape, symbols_shape, value, text):
    with pytest.raises(InputError, match=text):
        golden.precode(spec_of(), np.ones(h_shape, int), np.full(symbols_shape, value))


def test_bad_channels():
    spec = spec_of()
    good = np.ones((4, 32), complex)
    with pytest.raises(InputError, match=r"channel\[1, 2\] = .*nan.* is not finite"):
        bad = good.copy()
        bad[1, 2] = np.nan
        golden.quantise_channel(spec, bad)
    with pytest.raises(InputError, match=r"shape \(32, 4\), expected \(..., 4, 32\)"):
        golden.quantise_channel(spec, good.T)
    _, saturated = golden.quantise_channel(spec, 100 * good)
    assert saturated == 4 * 32


def test_trained_constants_are_checked():
    with pytest.raises(InputError, match="2 values of tau for 1 of rho"):
        Trained(1.0, (1.0, 1.0), (1.0,), 1.0)
    with pytest.raises(InputError, match="positive"):
        Trained(1.0, (-1.0,), (1.0,), 1.0)
    assert levels("64qam").tolist() == [-7, -5, -3, -1, 1, 3, 5, 7]
    assert isinstance(spec_of().rounds[0], Round)
