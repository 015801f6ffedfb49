"""Whole precoders: Verilog against golden, what build.json promises, what is refused."""

import json

import pytest
from small_precoders import NARROW, small_precoder

from hw.build import build
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options
from hw.precoder.timing import Timing
from model.errors import InputError
from quant.precoder.fit import Words
from quant.precoder.spec import Word
from sim import cosim

WIDE_RESIDUAL = Words(Word(7, "mid_tread"), Word(4, "mid_rise"), Word(7, "mid_rise"), 11)

# One feature or more each, so that together every branch of the generator is simulated.
CASES = {
    "folded_16qam": (dict(), {}),
    "antennas_and_users_that_fill_no_group": (dict(antennas=6, users=3, iterations=3), {}),
    "unfolded_qpsk": (dict(constellation="qpsk", iterations=1), {"form": "unfolded"}),
    "five_users_64qam_mid_tread_channel": (
        dict(antennas=16, users=5, constellation="64qam", words=WIDE_RESIDUAL), {}
    ),
    "coefficients_written": (dict(users=2), {"writable": True}),
    "int16_output_two_users": (
        dict(antennas=20, users=2, iterations=1), {"output": "iq", "amplitude": 12345}
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_verilog_equals_golden(case, tmp_path):
    features, options = CASES[case]
    record = build(small_precoder(**features), tmp_path / case, options)
    result = cosim.run(tmp_path / case, frames=200, seed=3)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (200, 0)
    assert result.fault_frames >= 20 and result.summary["channels"] == 3
    assert result.cycles_per_frame == pytest.approx(record["cycles_per_frame_full"], rel=0.02)
    assert result.context_change["dead_cycles"] == 0
    assert result.context_change["service_cycles"] <= record["context_cycles"]


def test_another_spec_is_found_out(tmp_path):
    build(small_precoder(), tmp_path)
    other = small_precoder(iterations=3)
    other.save(tmp_path / "spec.json")
    record = json.loads((tmp_path / "build.json").read_text())
    record["spec_sha"] = other.sha
    (tmp_path / "build.json").write_text(json.dumps(record))
    result = cosim.run(tmp_path, frames=40)
    assert result.mismatches > 20 and "expected" in result.fault


@pytest.mark.parametrize("form", ["folded", "unfolded"])
@pytest.mark.parametrize("size", [(8, 4, 1), (32, 4, 4), (64, 8, 4), (128, 16, 8), (36, 9, 3)])
def test_vectors_never_meet(form, size):
    geometry = Geometry(small_precoder(*size), Options(form=form))
    timing = Timing(geometry)
    loop = timing.loop_windows * geometry.window
    # A residual is complete before its plane registers take it, and held until then.
    waiting = loop + timing.load - timing.residual_complete
    assert 0 <= waiting <= timing.holds * geometry.window
    if form == "folded":
        # Window W belongs to round W * step mod rounds; each vector finds its rounds in order.
        rounds, step = geometry.rounds, timing.round_step
        for entered in range(0, rounds * timing.loop_windows, rounds):
            windows = [entered + r * timing.loop_windows for r in range(rounds)]
            assert [w * step % rounds for w in windows] == list(range(rounds))
    # The bits of a vector have left the chain before the next vector's do.
    assert geometry.cells <= geometry.period


def test_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match=r"x\.rise is 'mid_tread', hardware needs 'mid_rise'"):
        words = Words(NARROW.h, Word(4, "mid_tread"), NARROW.w)
        build(small_precoder(words=words), tmp_path / "a")
    with pytest.raises(InputError, match=r"--slots 3: not an option of kind 'c2po_precoder'"):
        build(small_precoder(), tmp_path / "b", {"slots": 3})
    with pytest.raises(InputError, match="form is 'twisted', known: folded, unfolded"):
        build(small_precoder(), tmp_path / "c", {"form": "twisted"})
    with pytest.raises(InputError, match="amplitude is 40000, must be 1 to 32767"):
        build(small_precoder(), tmp_path / "d", {"output": "iq", "amplitude": 40000})
    assert not any(tmp_path.glob("*/*"))


def test_eb_n0_means_nothing_here(tmp_path):
    build(small_precoder(iterations=1), tmp_path)
    with pytest.raises(InputError, match="--ebn0 is 3, but a precoder has no noise"):
        cosim.run(tmp_path, frames=10, ebn0_db=3.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "form", "frames"),
    [
        ("mimo_precoder_32x4", "folded", 2000),
        ("mimo_precoder_32x4", "unfolded", 2000),
        ("mimo_precoder_64x8", "folded", 2000),
        ("mimo_precoder", "folded", 2000),
    ],
)
def test_shipped_precoders_are_bit_exact(name, form, frames, tmp_path):
    from quant import kinds

    build(kinds.resolve(name), tmp_path, {"form": form})
    result = cosim.run(tmp_path, frames=frames)
    assert result.ok, result.fault
    assert result.frames == frames and result.summary["channels"] > 20
