"""Coefficients tuned on the integers: rounding, the search, the command, what is shipped."""

import json
from dataclasses import replace

import numpy as np
import pytest

from model.errors import InputError
from model.precoder import link
from model.precoder.parameters import PrecoderParameters
from model.precoder.system import System
from quant import fit as fit_module
from quant import kinds
from quant.precoder import golden
from quant.precoder.fit import Trained, fit, rounded
from quant.precoder.spec import PrecoderSpec
from quant.precoder.tune import (
    Objective,
    TunePlan,
    numbers_of,
    smooth_basis,
    tune,
    with_numbers,
)

SHIPPED = {name: path for name, path in kinds.presets().items() if name.startswith("mimo_precoder")}
SMALL = System(16, 3, "qpsk")
FLOAT = PrecoderParameters(SMALL, np.array([0.04, 0.08]), np.array([1.0, 2.0]), 0.8)
QUICK = TunePlan(snr_db=4.0, evaluations=40, blocks=60, vectors=5)


def small_spec() -> PrecoderSpec:
    return fit(Trained.from_parameters(FLOAT), 16, 3, "qpsk")


@pytest.mark.parametrize("bits", [12, 18])
def test_rounded_coefficients_fit_their_width(bits):
    rng = np.random.default_rng(1)
    for _ in range(50):
        start, gains = rng.uniform(0.02, 0.2), rng.uniform(1, 4.2, 3)
        steps = rng.uniform(0.01, 1, 4)
        first, rounds = rounded(start, gains, steps, bits)
        every = [first, *(c for step in rounds for c in (step.keep, step.step))]
        finest = max(c.frac_bits for c in every)
        assert max(abs(c.scaled(finest)) for c in every) < 1 << (bits - 1)
        assert len(rounds[-1].keep.terms) == 1
        coarse = 2.0 ** (4 - bits)
        for step, wanted in zip(rounds, steps, strict=True):
            found = -step.step.value / step.keep.value
            assert found == pytest.approx(wanted, rel=0.06, abs=coarse)


def test_numbers_of_a_spec_come_back():
    spec = small_spec()
    again = with_numbers(spec, numbers_of(spec), 18)
    np.testing.assert_allclose(numbers_of(again), numbers_of(spec), atol=0.03)


def test_search_lowers_the_error_rate_also_on_other_blocks():
    spec = small_spec()
    tuned, record = tune(spec, QUICK)
    again, _ = tune(spec, QUICK)
    assert tuned == again != spec and record["trials"] == QUICK.evaluations
    assert record["ber_after"] < record["ber_before"]
    assert Objective(SMALL, QUICK)(tuned) == record["ber_after"]
    others = Objective(SMALL, TunePlan(snr_db=4.0, blocks=1000, vectors=5, seed=2))
    assert others(tuned) < others(spec)


def test_smooth_numbers_are_curves():
    basis = smooth_basis(8)
    assert basis.shape == (17, 9) and smooth_basis(4).shape == (9, 9)
    weights = np.arange(9.0)
    gains, steps = np.split((basis @ weights)[2:], [7])
    assert (np.abs(np.diff(gains, 3)) < 1e-9).all() and (np.abs(np.diff(steps, 4)) < 1e-9).all()
    deep = PrecoderParameters(SMALL, np.full(6, 0.05), np.linspace(1, 2, 6), 0.8)
    spec = fit(Trained.from_parameters(deep), 16, 3, "qpsk")
    tuned, record = tune(spec, replace(QUICK, smooth=True))
    assert record["ber_after"] < record["ber_before"] and len(tuned.rounds) == 6


def test_blocks_together_are_blocks_one_by_one():
    spec = small_spec()
    blocks = SMALL.blocks(4, 6, "rayleigh", np.random.default_rng(3))
    together = golden.transmit(spec, blocks.channel, blocks.symbols)
    assert (np.abs(together.real) == np.float32(32**-0.5)).all()
    for k in range(4):
        h, _ = golden.quantise_channel(spec, blocks.channel[k])
        odd = np.stack([np.sign(blocks.symbols[k].T.real), np.sign(blocks.symbols[k].T.imag)], -1)
        bits = golden.precode(spec, h, odd.astype(int)).bits
        assert ((together[k].T.real < 0) == bits[..., 0]).all()
        assert ((together[k].T.imag < 0) == bits[..., 1]).all()


def run(tmp_path, *more):
    params = FLOAT.save(tmp_path / "p.npz")
    out = tmp_path / "my_precoder.json"
    options = ["--code", "mimo_precoder", "--params", str(params), "--out", str(out), *more]
    return fit_module.main(options), out


def test_command(tmp_path, capsys):
    quick = ["--evaluations", "5", "--blocks", "10", "--vectors", "4", "--snr", "4", "--seed", "3"]
    code, out = run(tmp_path, *quick, "--w-bits", "5", "--note", "mine", "--json")
    spec = kinds.load(out)
    printed = capsys.readouterr().out.splitlines()
    record = json.loads(printed[-1])
    assert code == 0 and (spec.name, spec.w.bits, spec.x.bits) == ("my_precoder", 5, 3)
    assert record["spec_sha"] == spec.sha and record["ber_after"] <= record["ber_before"]
    assert printed[0].endswith("1-bit precoder 16x3, qpsk, 2 iterations, h/x/w of 6/3/5 bits")
    assert spec.provenance["search"]["seed"] == 3 and spec.provenance["note"] == "mine"
    assert spec.provenance["command"].startswith("python -m quant.fit --code mimo_precoder ")
    _, out = run(tmp_path, "--evaluations", "0")
    assert "search" not in kinds.load(out).provenance


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--evaluations", "-1"], "evaluations must not be negative: -1"),
        (["--blocks", "0"], "blocks must be at least 1, not 0"),
        (["--seed", "-1"], "seed must not be negative"),
        (["--x-bits", "1"], "x.bits is 1, must be a whole number from 2 to 16"),
        (["--h-range", "nan"], "h-range is nan"),
        (["--coefficient-bits", "4"], "coefficient-bits is 4, must be a whole number from 8 to 30"),
        (["--params", "none.npz"], "none.npz: cannot be read"),
        (["--name", "3x"], "name '3x' is not a Verilog identifier"),
    ],
)
def test_bad_input_is_named_and_writes_nothing(tmp_path, options, text):
    with pytest.raises(InputError, match=text) as caught:
        run(tmp_path, *options)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["p.npz"]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_specs_say_how_they_were_made(name):
    spec = kinds.load(SHIPPED[name])
    made = spec.provenance
    assert spec.name == name and spec.made_for == "mimo_precoder"
    assert made["command"].startswith("python -m quant.fit --code mimo_precoder ")
    assert made["command"].split("--out ")[1].split()[0] == f"quant/presets/{name}.json"
    assert made["ber_after"] < made["ber_before"]
    assert spec.accumulator_bits["coefficient"] <= 18
    assert (spec.h.bits, spec.w.bits) == (6, 6) and spec.x.bits in (3, 4)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_specs_saturate_rarely(name):
    spec = kinds.load(SHIPPED[name])
    blocks = spec.system.blocks(20, 10, "rayleigh", np.random.default_rng(4))
    h, saturated = golden.quantise_channel(spec, blocks.channel)
    assert saturated < 0.01 * h.size
    odd = np.round(np.stack([blocks.symbols.real, blocks.symbols.imag], -1).swapaxes(1, 2)
                   / spec.system.constellation.unit).astype(int)  # fmt: skip
    assert golden.precode(spec, h, odd).saturated < 0.02 * odd.shape[0] * odd.shape[1]
    sent = golden.transmit(spec, blocks.channel, blocks.symbols)
    assert link.expected_ber(spec.system, blocks, sent, 10.0, "genie") < 0.02
