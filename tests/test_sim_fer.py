"""Monte Carlo: the same counts for every engine, worker count and model; resuming; bad input."""

import json
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from small_specs import small_spec

from hw import build
from model import catalog, curves
from model.errors import InputError
from quant import kinds, recorded
from quant.fit import default_spec
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from sim import bounds, engines, fer, replay, tally, units
from sim.tally import Enough, Tally
from sim.units import Count, Job


@pytest.fixture(scope="module")
def spec_file(tmp_path_factory) -> str:
    spec = default_spec(catalog.get("ccsds_128_64"))
    return str(spec.save(tmp_path_factory.mktemp("spec") / "spec.json"))


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Count in this process: workers are started only where a test is about them."""
    monkeypatch.setattr(engines, "make", lambda name, workers, address: InlineEngine())


class InlineEngine:
    workers = 3

    def submit(self, job, first, number):
        future = engines.Future()
        future.set_result(units.count(job, first, number))
        return future

    def close(self):
        pass


def run(spec_file: str, capsys, *options: str) -> dict:
    assert fer.main(["--spec", spec_file, "--json", *options]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


COUNTS = ("ebn0_db", "frames", "frame_errors", "ber", "mean_iterations", "undetected")


def counts(record: dict) -> list[tuple]:
    return [tuple(point[name] for name in COUNTS) for point in record["points"]]


def test_c_model_and_golden_count_the_same(spec_file, capsys):
    options = ("--ebn0", "2:4:1", "--min-frame-errors", "60", "--max-frames", "600")
    compiled = run(spec_file, capsys, *options)
    assert counts(compiled) == counts(run(spec_file, capsys, *options, "--model", "golden"))
    assert set(compiled) == {"spec_sha", "model", "points"}
    assert set(compiled["points"][0]) == {
        "ebn0_db", "frames", "frame_errors", "fer", "fer_low", "fer_high", "ber",
        "mean_iterations", "undetected", "frames_per_s", "decode_frames_per_s",
    }  # fmt: skip
    assert [p["frames"] for p in compiled["points"]][0] == 512
    assert compiled["points"][2]["frames"] == 1024  # whole units
    fers = [p["fer"] for p in compiled["points"]]
    assert fers == sorted(fers, reverse=True)


def test_float_sees_the_same_frames(spec_file):
    measured = units.measured(Path(spec_file).read_text())
    words, llr = measured.frames(Channel("awgn", "bpsk"), 2.0, 1, 0, 60)
    wrong = [(measured.decoder(m)(llr).bits != words).any(axis=1) for m in ("float", "c")]
    assert 3 < wrong[0].sum() <= wrong[1].sum() < 50 and (wrong[0] <= wrong[1]).mean() > 0.9


def test_workers_do_not_change_the_counts(spec_file):
    text = Path(spec_file).read_text()
    job = Job(text, "c", Channel("awgn", "bpsk"), 4.0, 3)
    found = []
    for workers in (1, 2):
        engine, sums = engines.LocalEngine(workers), Tally(DecoderMonteCarlo, 4.0)
        tally.fill(sums, engine, job, Enough(100, 10**6), lambda sums: None)
        engine.close()
        found.append((sums.units, sums.frame_errors, sums.bit_errors, sums.failures))
    assert found[0] == found[1] and found[0][1] >= 100 and found[0][0] > 2


def test_order_of_completion_does_not_matter():
    """Units that end late hold the stopping point open."""

    class Late:
        workers = 2

        def __init__(self):
            self.futures = []

        def submit(self, job, first, number):
            future = engines.Future()
            self.futures.append((first, number, future))
            if len(self.futures) == 4:  # four are in flight: the last answers first
                for first, number, waiting in reversed(self.futures):
                    due = range(first, first + number)
                    counts = dict(zip(DecoderMonteCarlo.names(), (1, 1, 512, 0), strict=True))
                    waiting.set_result([Count(u, counts, 1.0, 1.0, (u * 512,)) for u in due])
                self.futures.clear()
            return future

    sums = Tally(DecoderMonteCarlo, 1.0)
    tally.fill(sums, Late(), None, Enough(6, 10**6), lambda sums: None)
    assert (sums.units, sums.frame_errors) == (6, 6)
    assert sums.failures == [0, 512, 1024, 1536, 2048, 2560]


def test_resuming_counts_no_frame_twice(spec_file, capsys, tmp_path):
    out = str(tmp_path / "r.json")
    options = ("--ebn0", "3,4", "--min-frame-errors", "1000", "--out", out)
    run(spec_file, capsys, *options, "--max-frames", "600")
    resumed = run(spec_file, capsys, *options, "--max-frames", "2000")
    at_once = run(spec_file, capsys, *options[:4], "--max-frames", "2000")
    assert counts(resumed) == counts(at_once)
    before = json.loads(Path(out).read_text())
    run(spec_file, capsys, *options, "--max-frames", "2000")
    assert json.loads(Path(out).read_text()) == before


def test_another_spec_seed_or_model_is_refused(spec_file, capsys, tmp_path):
    out = str(tmp_path / "r.json")
    base = ["--ebn0", "3", "--max-frames", "512", "--out", out]
    run(spec_file, capsys, *base)
    kept = Path(out).read_bytes()
    other = str(small_spec(3).save(tmp_path / "other.json"))
    for spec, option, message in (
        (other, (), "holds results of spec"),
        (spec_file, ("--seed", "2"), "holds results of seed 1, not 2"),
        (spec_file, ("--model", "golden"), "holds results of model c, not golden"),
        (spec_file, ("--channel", "bsc"), "results of link channel awgn, modulation bpsk, not"),
    ):
        with pytest.raises(InputError, match=message):
            fer.main(["--spec", spec, *base, *option])
    assert Path(out).read_bytes() == kept
    Path(out).write_text('{"schema": "unfoldhw.fer/3"}')
    with pytest.raises(InputError, match="field 'sha256' is missing"):
        fer.main(["--spec", spec_file, *base])


@pytest.mark.parametrize("channel", ["bsc", "rayleigh"])
def test_other_channels(spec_file, capsys, channel):
    options = ("--channel", channel, "--max-frames", "512", "--ebn0", "4,12")
    low, high = run(spec_file, capsys, *options)["points"]
    assert low["fer"] > 2 * high["fer"]


def test_qam_needs_more_energy(spec_file, capsys):
    fers = [
        run(spec_file, capsys, "--modulation", name, "--ebn0", "6", "--max-frames", "1024")
        ["points"][0]["fer"]
        for name in ("bpsk", "qam16", "qam64", "qam256")
    ]  # fmt: skip
    assert fers == sorted(fers) and fers[0] < 0.05 and fers[-1] > 0.5


def test_failures_are_replayed(spec_file, capsys, tmp_path):
    saved = str(tmp_path / "failures.json")
    run(spec_file, capsys, "--ebn0", "3", "--max-frames", "512", "--save-failures", saved)
    assert replay.main(["--failures", saved, "--frames", "8", "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["frames"] == 8 and record["wrong"]["c"] == record["wrong"]["golden"] == 8
    assert record["same"] == 8 and 0 <= record["wrong"]["float"] <= 8
    assert record["points"] == [{"ebn0_db": 3, "frames": 8, "wrong": record["wrong"]}]


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"cores": 2, "order": "out-of-order"}])
def test_failures_are_replayed_through_the_verilog(options, capsys, tmp_path):
    spec, saved = small_spec(6), str(tmp_path / "failures.json")
    build.build(spec, tmp_path / "b", options)
    path = str(spec.save(tmp_path / "s.json"))
    run(path, capsys, "--ebn0", "5", "--max-frames", "512", "--save-failures", saved)
    assert replay.main(["--failures", saved, "--build", str(tmp_path / "b"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["verilog_mismatches"] == 0 and record["frames"] > 5


def test_plot_of_several_results(spec_file, capsys, tmp_path):
    files = [str(tmp_path / name) for name in ("a.json", "b.json")]
    options = ("--ebn0", "2,3", "--max-frames", "512")
    run(spec_file, capsys, *options, "--out", files[0])
    plot = tmp_path / "p.png"
    run(spec_file, capsys, *options, "--model", "golden", "--out", files[1],
        "--with", files[0], "--plot", str(plot))  # fmt: skip
    assert plot.read_bytes()[:4] == b"\x89PNG"


def test_counts_on_record_are_printed_and_drawn(spec_file, capsys, tmp_path):
    own = tmp_path / "own.json"
    own.write_text(Path(spec_file).read_text())
    base = ["--spec", str(own)]
    with pytest.raises(InputError, match="has no error rates on record"):
        fer.main([*base, "--recorded"])
    counted = run(str(own), capsys, "--ebn0", "2,3", "--max-frames", "1024", "--record")
    run(str(own), capsys, "--ebn0", "2", "--max-frames", "512", "--record", "--model", "float")
    curve, reference = recorded.recorded_curves(kinds.load(own))
    assert [(p.rate, p.low, p.high) for p in curve.points] == [
        (p["fer"], p["fer_low"], p["fer_high"]) for p in counted["points"]
    ]
    assert reference.model == "float" and "--record" in curve.made["command"]
    run(str(own), capsys, "--ebn0", "3,4", "--max-frames", "512", "--record")
    longer = recorded.recorded_curve(kinds.load(own))
    assert longer.points[:2] == curve.points and longer.points[2].point_db == 4
    assert longer.made["command"].count("--record") == 2
    plot = tmp_path / "p.png"
    assert fer.main([*base, "--recorded", "--with", "ccsds_128_64_t5", "--plot", str(plot)]) == 0
    said = capsys.readouterr().out
    assert "3 dB" in said and "float min-sum" in said and "frames/s" not in said
    assert plot.read_bytes()[:4] == b"\x89PNG"


def test_only_a_spec_s_own_file_keeps_a_record(tmp_path):
    with pytest.raises(InputError, match="bch_31_16"):
        fer.main(["--code", "bch_31_16", "--ebn0", "3", "--max-frames", "512", "--record"])


def test_punctured_bits_are_said(capsys, tmp_path):
    spec = str(default_spec(catalog.get("nr5g_bg2_z16")).save(tmp_path / "s.json"))
    assert fer.main(["--spec", spec, "--ebn0", "2", "--max-frames", "512"]) == 0
    said = capsys.readouterr().out
    assert "800 of 832 bits are transmitted" in said
    assert "Eb/N0 counts transmitted bits only" in said
    whole = small_spec(4)
    assert DecoderMonteCarlo(whole).remarks() == []


def test_the_axis_is_that_of_the_measured_points():
    line = {"a": [(2.6, 1e-1, 0, 0), (3.6, 1e-4, 0, 0)]}
    left, right = curves._window(line, {"bound": [(1.1, 0.9), (2.2, 1e-4)]})
    assert (left, right) == pytest.approx((2.35, 3.65))  # a quarter, a twentieth of 1 dB
    assert curves._window(line, {})[0] == pytest.approx(2.55)
    axes = Figure().subplots()
    guides = {"bound": [(1.1, 0.9), (2.2, 1e-4)], "uncoded": [(2.4, 0.9), (3.6, 0.8)]}
    shown = curves.fill(axes, line, guides, {})
    assert [handle.get_label() for handle in shown] == ["a", "uncoded"]


def test_guides():
    # (1296, 972): published normal approximations put FER 1e-3 near 2.2 dB at rate 3/4.
    at = [bounds.normal_approximation(db, 1296, 972) for db in (1.6, 2.2, 2.8)]
    assert at == sorted(at, reverse=True) and 1e-4 < at[1] < 1e-2
    assert list(bounds.guides(1296, 972, [2.2], 1e-3))[0] == "972 uncoded bits, BPSK"
    assert bounds.uncoded(0.0, 1) == pytest.approx(0.0786, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ebn0", "1:2"], "neither START:STOP:STEP"),
        (["--ebn0", "1:2:0"], "neither START:STOP:STEP"),
        (["--ebn0", "x"], "neither START:STOP:STEP"),
        (["--ebn0", "nan"], "Eb/N0 is nan dB"),
        (["--ebn0", "2", "--workers", "0"], "--workers must be at least 1"),
        (["--ebn0", "2", "--max-frames", "0"], "--max-frames must be at least 1"),
        (["--ebn0", "2", "--seed", "-1"], "--seed must be 0 to"),
        (["--ebn0", "2", "--save-failures", "/"], "--save-failures /: a folder, a file name"),
        (["--ebn0", "2", "--plot", "x.gif"], "suffix '.gif'"),
        (["--ebn0", "2", "--out", "r", "--save-failures", "a/../r"], "--out names the same file"),
        (["--ebn0", "2", "--out", "b.png", "--plot", "b.png"], "--out names the same file"),
        (["--ebn0", "2", "--channel", "bsc", "--modulation", "qam16"], "bsc has modulation bpsk"),
        (["--recorded", "--ebn0", "2"], "--ebn0: not with --recorded"),
        (["--recorded", "--out", "r.json"], "--out: not with --recorded"),
        (["--recorded", "--record"], "--record: not with --recorded"),
    ],
)
def test_bad_options_are_named(spec_file, options, message):
    with pytest.raises(InputError, match=message):
        fer.main(["--spec", spec_file, *options])


def test_a_ray_address_that_does_not_answer():
    pytest.importorskip("ray")
    with pytest.raises(InputError, match="Ray at 127.0.0.1:1 does not answer"):
        engines.RayEngine(1, "127.0.0.1:1")
    with pytest.raises(InputError, match="must be HOST:PORT"):
        engines.RayEngine(1, "nowhere")
