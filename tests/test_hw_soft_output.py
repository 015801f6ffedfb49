"""``--decisions soft``: a-posteriori values leave, a signed byte each, instead of bits."""

import numpy as np
import pytest
from compiled_proof import prove
from small_specs import deficient_graph, flooding_spec, scattered_graph, small_spec

from hw.build import build
from model.errors import InputError
from quant import golden
from quant.fit import default_spec
from quant.min_sum.soft_output import SoftOutput
from quant.number_forms import odd_sums
from quant.sources import spec_for
from quant.spec import Relaxation
from sim import cosim
from sim.min_sum import stimulus

CHOSEN = {"decisions": "soft"}
CASES = {
    "odd sums": (lambda: small_spec(7, even=True, app_bits=10), {}),
    "odd sums, one value a beat": (
        lambda: small_spec(5, even=True, app_bits=10), {"bits_per_beat": 1},
    ),
    "more than a byte": (lambda: small_spec(6, app_bits=11), {"bits_per_beat": 2}),
    "erased bits": (lambda: small_spec(6, partial=True), {"bits_per_beat": 16}),
    "relaxed": (lambda: small_spec(5, relaxation=Relaxation(1, 1)), {}),
    "information": (
        lambda: small_spec(6, graph=deficient_graph(6)), {"output": "information"},
    ),
    "lock-step": (lambda: small_spec(6), {"lanes": 2}),
    "flooding": (lambda: flooding_spec(z=5), {}),
    "two cores out of order": (
        lambda: small_spec(7, partial=True), {"cores": 2, "order": "out-of-order"},
    ),
    "direct": (lambda: flooding_spec(z=3, partial=True), {"form": "iterated"}),
    "direct, information": (
        lambda: default_spec(scattered_graph(), schedule="flooding"), {"output": "information"},
    ),
    "unrolled": (lambda: flooding_spec(z=3, iterations=2), {"form": "unrolled"}),
}  # fmt: skip


QUICK = ("odd sums", "more than a byte", "lock-step", "direct")


SLOW = [pytest.param(case, marks=pytest.mark.slow) for case in CASES if case not in QUICK]


@pytest.mark.parametrize("case", [*QUICK, *SLOW])
def test_verilog_equals_golden(case, tmp_path):
    make, options = CASES[case]
    engine = "flooding" if case == "flooding" else None
    record = build(make(), tmp_path, CHOSEN | options, architecture=engine)
    width = 8 * record["bits_per_beat"]
    assert record["ports"]["m_axis_tdata"]["width"] == width
    prove(tmp_path, frames=150, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["qc_ldpc", "wifi_648_r12", "nr5g_bg2_z16", "bch_63_36"])
def test_presets_equal_golden(name, tmp_path):
    build(spec_for(name), tmp_path, CHOSEN)
    result = cosim.run(tmp_path, frames=2000, seed=3)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (2000, 0)


def test_bytes_of_odd_values_are_half_of_them():
    soft, values = SoftOutput(2, 1), np.arange(-299, 300, 2)
    found = soft.bytes_of(values)
    assert ((found < 0) == (values < 0)).all()
    inside = abs(values) < 256
    assert (soft.values_of(found)[inside] == values[inside]).all()
    assert (found[~inside] == np.where(values[~inside] < 0, -128, 127)).all()
    assert (soft.bytes_of(-values) == ~found).all()


def test_bytes_of_other_values_are_themselves():
    soft, values = SoftOutput(), np.arange(-300, 301)
    assert (soft.bytes_of(values) == np.clip(values, -127, 127)).all()
    assert (soft.values_of(soft.bytes_of(values)) == np.clip(values, -127, 127)).all()


@pytest.mark.parametrize("name", ["qc_ldpc", "nr5g_bg2_z16"])
def test_the_build_says_what_a_byte_stands_for(name, tmp_path):
    spec = spec_for(name)
    record = build(spec, tmp_path, CHOSEN)
    odd = odd_sums(spec)
    assert odd == (name == "qc_ldpc")
    assert (record["soft_step_lsb"], record["soft_offset_lsb"]) == ((2, 1) if odd else (1, 0))
    assert record["app_lsb_llr"] == spec.channel.app_lsb_llr


def test_the_stimulus_is_what_the_build_says():
    spec, rng = small_spec(6, app_bits=11, graph=deficient_graph(6)), np.random.default_rng(1)
    build_says = {
        "llrs_per_beat": 4, "bits_per_beat": 4, "options": CHOSEN | {"output": "information"},
        "user_fields": {"decoded": [0, 1], "iterations": [1, 7], "dropped": [8, 4]},
    }  # fmt: skip
    codes = rng.integers(-8, 8, (5, spec.n)).astype(np.int8)
    due = golden.decode(spec, codes)
    found = stimulus.of_codes(spec, build_says, codes, rng)
    for beats, values in zip(found.outputs, due.soft, strict=True):
        sent = beats.reshape(-1).view(np.int8)[: spec.k]
        assert (sent == SoftOutput.of(spec).bytes_of(values[spec.information_positions])).all()
    with pytest.raises(InputError, match="options.decisions is 'llr', known: hard, soft"):
        stimulus.of_codes(spec, build_says | {"options": {"decisions": "llr"}}, codes, rng)


def test_narrow_beats_are_for_values(tmp_path):
    with pytest.raises(InputError, match="bits_per_beat is 4, must be at least 8 with hard dec"):
        build(small_spec(5), tmp_path, {"bits_per_beat": 4})
    with pytest.raises(InputError, match="decisions is 'llr', known: hard, soft"):
        build(small_spec(5), tmp_path, {"decisions": "llr"})
