"""Whole detectors: Verilog against golden, the schedule, what is refused."""

import json
from dataclasses import replace

import pytest
from small_detectors import small_detector

from hw.build import build
from hw.mimo_array.geometry import CELL_VALUES, GROUP
from hw.mimo_detector import kind
from hw.mimo_detector.geometry import FETCH_CYCLES, Geometry
from hw.mimo_detector.options import Options
from hw.mimo_detector.timing import ARRIVAL_CYCLES, Timing
from model.errors import InputError
from quant import kinds
from quant.mimo_detector import golden
from quant.words import Word
from sim import cosim

OVERLOADED = dict(antennas=6, users=9, modulation="qpsk", start="zero", weights="whitened",
                  rounds=4, snr_db=20.0, h=7, w=7, y=9, z=8, x=5, r=7)  # fmt: skip


def mid_tread(spec):
    """Words of H and W that hold 0; of different widths, and tables that do not saturate."""
    return replace(spec, h=Word(6, "mid_tread"), w=Word(7, "mid_tread"), table_bits=12)


# One feature or more each, so that together every branch of the generator is simulated.
CASES = {
    "lmmse and three rounds, users that fill no group": (small_detector(), {}),
    "overloaded, two bytes a part of y, symbols": (
        small_detector(**OVERLOADED), {"output": "symbols", "passes": 3}
    ),
    "overloaded, units with fewer users than others": (small_detector(**OVERLOADED), {}),
    "64-QAM, mid-tread channel, one pass": (
        mid_tread(small_detector(8, 5, "64qam", rounds=1, x=6, r=8)), {"passes": 1}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_verilog_equals_golden(case, tmp_path):
    spec, options = CASES[case]
    record = build(spec, tmp_path, options)
    result = cosim.run(tmp_path, frames=200, seed=3)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (200, 0)
    assert result.fault_frames >= 20 and result.summary["channels"] == 3
    assert result.summary["vectors_with_saturated_r"] > 0
    assert (result.summary["vectors_with_saturated_y"] > 0) == (record["part_bytes"] == 2)
    assert (result.summary["groups_with_saturated_tables"] > 0) == (spec.table_bits == 9)
    assert result.cycles_per_frame == pytest.approx(record["cycles_per_frame_full"], rel=0.02)
    assert result.context_change["dead_cycles"] <= record["cycles_per_frame_full"]
    assert result.context_change["service_cycles"] <= record["context_cycles"]


def test_wrong_results_are_found_out(tmp_path, monkeypatch):
    """A status that is wrong for one channel alone, and another spec."""
    spec, _ = next(iter(CASES.values()))
    build(spec, tmp_path)
    right = golden.detect
    with monkeypatch.context() as changed:
        flipped = lambda found: replace(found, r_saturated=~found.r_saturated)  # noqa: E731
        changed.setattr(golden, "detect", lambda *given: flipped(right(*given)))
        result = cosim.run(tmp_path, frames=40)
    assert result.mismatches >= 40 and "status saturated: " in result.fault
    other = replace(spec, u_shift=spec.u_shift - 1)
    other.save(tmp_path / "spec.json")
    record = json.loads((tmp_path / "build.json").read_text())
    record["spec_sha"] = other.sha
    (tmp_path / "build.json").write_text(json.dumps(record))
    result = cosim.run(tmp_path, frames=40)
    assert result.mismatches > 20 and "expected" in result.fault


SIZES = [
    (8, 3, "lmmse", 3), (32, 8, "lmmse", 3), (32, 16, "lmmse", 3), (64, 16, "lmmse", 3),
    (64, 16, "zero", 6), (64, 32, "zero", 10), (16, 4, "lmmse", 1), (5, 1, "zero", 2),
]  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_vectors_never_meet(size):
    antennas, users, start, rounds = size
    spec = small_detector(min(antennas, 8), min(users, 4), start=start, rounds=rounds)
    geometry = Geometry(replace(spec, antennas=antennas, users=users), Options())
    timing = Timing(geometry)
    loop = timing.loop_windows * geometry.window
    # Symbols are complete before the plane registers take them, and held until then.
    waiting = loop + timing.load - timing.symbols_ready
    assert 2 <= waiting <= timing.holds * geometry.window
    # Window W belongs to round W * step mod rounds; each vector finds its rounds in order.
    rounds, step = geometry.rounds, timing.round_step
    for entered in range(0, rounds * timing.loop_windows, rounds):
        windows = [entered + r * timing.loop_windows for r in range(rounds)]
        assert [w * step % rounds for w in windows] == list(range(rounds))
    # y reaches its cells when they need the last vector's no more and this one's not yet.
    arrives = timing.enters + ARRIVAL_CYCLES
    assert timing.values - geometry.period + CELL_VALUES <= arrives
    assert arrives + geometry.beats <= timing.values
    # Results leave faster than they come.
    places = geometry.word_places
    assert sum(count for _, count in places) == users
    assert users + FETCH_CYCLES * len(places) <= geometry.period
    assert geometry.antennas_per_beat in (1, 2, GROUP)


def test_passes_that_fit():
    """48 cycles for 64x16 with LMMSE and three rounds: the forward tables fill block RAMs."""
    spec = replace(small_detector(8, 4), antennas=64, users=16)
    geometry = Geometry(spec, Options())
    assert (geometry.window, geometry.period, geometry.passes) == (12, 48, 2)
    assert 2 * 128 * geometry.forward_places == 1024
    assert Geometry(spec, Options(passes=4)).period == 96


def test_refused_before_anything_is_written(tmp_path):
    spec = small_detector()
    with pytest.raises(InputError, match=r"w\.rise is 'mid_tread', hardware needs h's, 'mid_rise'"):
        build(replace(spec, w=Word(6, "mid_tread")), tmp_path / "a")
    with pytest.raises(InputError, match=r"z\.bits is 3, hardware needs at least 4"):
        build(replace(spec, z=Word(3, "mid_rise")), tmp_path / "b")
    with pytest.raises(InputError, match="antennas is 1024: 256 beats of 4 do not fit the 38"):
        build(replace(spec, antennas=1024), tmp_path / "c")
    with pytest.raises(InputError, match="output is 'iq', known: llrs, symbols"):
        build(spec, tmp_path / "d", {"output": "iq"})
    assert not any(tmp_path.glob("*/*"))


def test_eb_n0_means_nothing_here(tmp_path):
    build(small_detector(), tmp_path)
    with pytest.raises(InputError, match="--ebn0 is 3, but a detector's noise belongs to"):
        cosim.run(tmp_path, frames=10, ebn0_db=3.0)


@pytest.mark.parametrize(
    ("name", "comb", "ebr"), [("mimo_detector_32x8", 7956, 38), ("mimo_detector", 20252, 138)]
)
def test_estimate(name, comb, ebr):
    """As nextpnr packs it (docs/detector_hardware.md)."""
    found = kind.estimate(kinds.resolve(name), Options())
    assert (found.ebr, found.cycles_per_frame) == (ebr, 48)
    assert found.comb == pytest.approx(comb, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["mimo_detector_32x8", "mimo_detector", "mimo_detector_overloaded"]
)
def test_shipped_detectors_are_bit_exact(name, tmp_path):
    build(kinds.resolve(name), tmp_path)
    result = cosim.run(tmp_path, frames=2000)
    assert result.ok, result.fault
    assert result.frames == 2000 and result.summary["channels"] > 20
