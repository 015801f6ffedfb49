"""The exploration command: sweeps, results, table and picture, with the tools faked."""

import json
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from hw import estimates
from model.errors import InputError
from quant.spec import Spec
from synth.explore import __main__ as command
from synth.explore import estimate, measure, summary, sweep
from synth.explore.store import Store
from synth.record import Report
from synth.targets import target_named

ROOT = Path(__file__).resolve().parent.parent


def test_every_combination_is_a_point():
    texts = ["spec=qc_ldpc,qc_ldpc_4bit", "slots=2,3", "seed=1,2,3"]
    points = sweep.points("qc_ldpc", texts)
    assert len(points) == 12
    assert len({point.design for point in points}) == 4
    assert {point.seed for point in points} == {1, 2, 3}
    assert {point.design.spec.message_bits for point in points} == {3, 4}


def test_sweeps_add_up_and_equal_designs_are_one():
    sweeps = [["lanes=27,54"], ["slots=3", "rotate_in_ram=0,4"], ["seed=1,2"]]
    points = sweep.all_points("qc_ldpc", sweeps)
    # All lanes, three slots and no turned bits are what the portable decoder has by default.
    titles = [(point.design.title(), point.seed) for point in points]
    assert titles == [
        ("qc_ldpc lanes=27", 1), ("qc_ldpc lanes=54", 1), ("qc_ldpc rotate_in_ram=4 slots=3", 1),
        ("qc_ldpc", 2),
    ]  # fmt: skip
    assert points[1].design.sha == points[3].design.sha


def test_message_and_app_bits_make_specs():
    design = sweep.points("qc_ldpc", ["message_bits=4"])[0].design
    assert design.spec_name == "qc_ldpc_4bit" and design.spec.provenance["loss"]
    (wide,) = sweep.points("qc_ldpc", ["message_bits=5", "app_bits=10"])
    assert (wide.design.spec.message_bits, wide.design.spec.app_bits) == (5, 10)
    assert "loss" not in wide.design.spec.provenance
    assert wide.design.spec.made_for == design.spec.made_for


@pytest.mark.parametrize(
    ("sweeps", "message"),
    [
        (["slots"], "'slots' is not key=value"),
        (["slots=1,,2"], "'slots=1,,2' is not key=value"),
        (["slots=1", "slots=2"], "slots is swept twice"),
        (["slots=1,1"], "a value is there twice"),
        (["wood=1"], "wood: unknown, there are spec, message_bits, app_bits, registers, slots"),
        (["slots=x"], "slots=x: not of type int"),
        (["slots=99"], "slots is 99"),
        (["seed=-1"], "seed=-1"),
        (["spec=no_such"], "no_such"),
        (["spec=wifi_648_r12"], "wifi_648_r12"),
        (["spec=bch_63_45"], "spec=bch_63_45: not a spec of kind"),
        (["spec=qc_ldpc", "message_bits=3"], "cannot both be swept"),
        (["message_bits=9"], "message bits is 9"),
        (["app_bits=2"], "app_bits"),
        (["cores=9"], "about 495 block RAMs, the device has 208"),
        ([f"seed={','.join(map(str, range(3000)))}"], "3000 points, at most 2000"),
        (
            [f"seed={','.join(map(str, range(1999)))}", "--sweep", "slots=2,3"],
            "2001 points, at most 2000",
        ),
    ],
)
def test_bad_sweeps_are_one_line_and_build_nothing(sweeps, message, tmp_path):
    with pytest.raises(InputError, match=message) as caught:
        command.main(["--code", "qc_ldpc", "--sweep", *sweeps, "--out", str(tmp_path / "x")])
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("option", [["--workers", "5000"],
                                    ["--engine", "ray", "--ray-address", "nowhere"]])  # fmt: skip
def test_an_engine_that_cannot_be_leaves_no_folder(option, tmp_path):
    with pytest.raises(InputError, match=option[-2]):
        command.main(["--code", "qc_ldpc", "--sweep", "slots=2", "--out", str(tmp_path / "x"),
                      *option])  # fmt: skip
    assert not (tmp_path / "x").exists()


def test_direct_designs_have_no_estimate(tmp_path, capsys):
    (point,) = sweep.points("bch_15_11", ["stages=2"])
    assert estimate.of(point.design) is None
    with pytest.raises(InputError, match="no estimate for designs of kind 'tanner_flooding'"):
        command.main(["--code", "bch_15_11", "--sweep", "stages=2", "--estimate"])
    assert capsys.readouterr().out == ""


def test_bad_command_exits_with_2():
    done = subprocess.run(
        [sys.executable, "-m", "synth.explore", "--code", "no_such_code"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no code is named" in done.stderr


class Here:
    """An engine that works at once and remembers what it was asked for."""

    workers = 1

    def __init__(self):
        self.tasks = []

    def call(self, function, task):
        self.tasks.append(task)
        future = Future()
        try:
            future.set_result(function(task))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self):
        pass


@pytest.fixture
def tools(monkeypatch):
    """Build and place and route are made up: area by message bits, clock by seed."""

    def synthesise(place, device, *, seed, freq_mhz, limit_minutes):
        spec = Spec.from_json((place / "spec.json").read_text())
        routes = target_named(device).routes
        return Report(
            target=device, top="t", spec_sha=spec.sha, verilog_sha="v", key="k", seed=seed,
            freq_mhz=freq_mhz, placer="heap", lut=1000 * spec.message_bits, lut4=None,
            comb=2000 * spec.message_bits if routes else None, ccu2c=None, ff=7, ebr=48,
            ebr_output_registers=0, dsp_output_registers=0, distributed_ram=0, dsp=0,
            routed=routes, not_routed_reason=None if routes else "counts only",
            fmax_mhz=100.0 + 30 * seed if routes else None, cycles_per_frame=900.0,
            coded_bits_per_frame=1296, info_bits_per_frame=972, mframes_per_s=None,
            coded_mbps=None, info_mbps=None, coded_mbps_per_klut4=None,
            coded_mbps_per_kcomb=None, critical_path=None, tools={}, seconds=1.0,
        )  # fmt: skip

    def build(spec, place, options):
        place.mkdir(parents=True, exist_ok=True)
        (place / "spec.json").write_text(spec.to_json())
        (place / "build.json").write_text("{}")
        return {"frames_in_flight": 3}

    engine = Here()
    monkeypatch.setattr(measure.flow, "synthesise", synthesise)
    monkeypatch.setattr(measure, "build", build)
    monkeypatch.setattr(command.engines, "make", lambda *_: engine)
    return engine


SWEEP = ["--sweep", "spec=qc_ldpc,qc_ldpc_4bit", "target=generic,ecp5", "seed=1,2,5"]


def test_points_are_measured_once_and_shown(tools, tmp_path, capsys):
    arguments = ["--code", "qc_ldpc", *SWEEP, "--out", str(tmp_path), "--json"]
    assert command.main(arguments) == 0
    # Four designs with three seeds, and the portable two counted for two more devices.
    assert len(tools.tasks) == 4 + 4
    rows = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert len(rows) == 12 + 4
    # Seed 5 routes at 250 MHz, of which block RAM allows 200.
    assert {r["credited_mhz"] for r in rows if r["routed"]} == {130.0, 160.0, 200.0}
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    designs = result["designs"]
    assert len(designs) == 4 and {d["median_mhz"] for d in designs} == {160.0}
    assert designs[0]["coded_mbps"] == pytest.approx(1296 / 900 * 160)
    assert all(d["counts"].keys() == {"xc7", "xcup"} for d in designs)
    table = (tmp_path / "table.md").read_text().splitlines()
    assert len(table) == 2 + 4 and "160.0 (3)" in table[2]
    assert (tmp_path / "front.png").stat().st_size > 10_000

    tools.tasks.clear()
    assert command.main(arguments) == 0
    assert tools.tasks == [], "what is known is not measured again"


def test_designs_without_an_estimate_are_measured_too(tools, tmp_path, capsys):
    arguments = ["--code", "qc_ldpc_flooding", "--sweep", "slots=2,3", "--no-counts"]
    assert command.main([*arguments, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "slots=2" in out and "nothing measured here to compare with" in out


def test_an_interrupted_run_goes_on(tools, tmp_path, monkeypatch):
    arguments = ["--code", "qc_ldpc", *SWEEP, "--out", str(tmp_path), "--no-counts"]
    whole = measure.measure

    def stop(task):
        if len(tools.tasks) == 3:
            raise KeyboardInterrupt
        return whole(task)

    monkeypatch.setattr(measure, "measure", stop)
    with pytest.raises(KeyboardInterrupt):
        command.main(arguments)
    results = tmp_path / "results.jsonl"
    assert len(results.read_text().splitlines()) == 6
    results.write_text(results.read_text()[:-30])  # and the machine died while it wrote

    monkeypatch.setattr(measure, "measure", whole)
    tools.tasks.clear()
    assert command.main(arguments) == 0
    assert [len(task.seeds) for task in tools.tasks] == [1, 3, 3]
    assert len(Store(results).rows) == 12


def test_broken_results_are_named(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text('{"key": 1}\n')
    place = r"results\.jsonl, line 1: not a row of results: "
    with pytest.raises(InputError, match=place + "field 'design' is missing"):
        Store(path)


def found(mbps, comb, loss):
    row = {"coded_bits_per_frame": 1, "cycles_per_frame": 1, "comb": comb}
    return summary.Found("s", "", 1, mbps, loss, row, {})


def test_front_counts_the_loss():
    small, fast, better = found(100, 5000, 0.1), found(200, 9000, 0.1), found(100, 5250, 0.05)
    worse, unknown = found(90, 5000, 0.1), found(95, 5100, None)
    kept = summary.front([small, fast, better, worse, unknown])
    assert kept == [small, fast, better]


@pytest.mark.parametrize(
    ("width", "depth", "count"),
    [(36, 512, 1), (37, 512, 2), (378, 72, 11), (18, 1024, 1), (1, 16384, 1), (54, 128, 2)],
)
def test_block_rams(width, depth, count):
    assert estimates.block_rams(width, depth) == count


def test_estimate_knows_the_default():
    (point,) = sweep.points("qc_ldpc", [])
    found = estimate.needed(point.design)
    assert found.ebr == 54 and found.cycles_per_frame == pytest.approx(886.67, abs=0.01)
    assert found.comb == pytest.approx(4687, rel=0.03)  # packed, portable
    (turned,) = sweep.points("qc_ldpc", ["target=ecp5", "rotate_in_ram=4"])
    found = estimate.needed(turned.design)
    assert found.ebr == 60 and found.comb == pytest.approx(3821, rel=0.03)  # routed
    (free,) = sweep.points("qc_ldpc", ["cores=5", "fifo=distributed"])
    assert estimate.needed(free.design).ebr == 185


@pytest.mark.parametrize(
    ("texts", "comb", "ebr"),
    [
        (["target=ecp5"], 3172, 100),
        (["target=ecp5", "spec=qc_ldpc_small"], 2953, 89),
        (["rotate_in_ram=4"], 4581, 82),
        (["spec=qc_ldpc_4bit"], 10294, 77),
    ],
)
def test_estimate_knows_frames_in_lockstep(texts, comb, ebr):
    (point,) = sweep.points("qc_ldpc", ["lanes=27", *texts])
    found = estimate.needed(point.design)
    assert (found.ebr, found.cycles_per_frame) == (ebr, 895)
    assert found.comb == pytest.approx(comb, rel=0.03)  # routed


def test_estimate_knows_that_many_frames_cost():
    texts = ["spec=qc_ldpc_small", "target=ecp5", "lanes=6"]
    found = estimate.needed(sweep.points("qc_ldpc", texts)[0].design)
    assert found.ebr == 110 and found.comb == pytest.approx(3195, rel=0.03)  # packed


def test_estimates_need_no_tool(tmp_path, capsys):
    arguments = ["--code", "qc_ldpc", "--sweep", "slots=2,3", "--out", str(tmp_path)]
    assert command.main([*arguments, "--estimate", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(json.loads(lines[-1])["designs"]) == 2
    assert not list(tmp_path.iterdir())
