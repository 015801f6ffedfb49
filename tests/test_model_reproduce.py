"""The tables of published decoders: their definitions, the runner on tiny budgets, bad input."""

import json
import shlex

import numpy as np
import pytest

from model import catalog, rates, reproduce
from model.errors import InputError
from model.evaluate import Point
from model.min_sum import train
from model.parameters import Parameters
from model.reproduce import __main__ as command
from model.reproduce import entry, measured, report
from model.reproduce.catalogue import TABLES
from model.reproduce.table import Variant

TINY = ["--steps", "2", "--errors", "20", "--frames", "400", "--ebn0", "3", "5"]
ALL = [(table, case) for table in TABLES.values() for case in table.cases]

pytestmark = pytest.mark.usefixtures("one_thread")


def run(tmp_path, *options, capsys=None):
    assert command.main([*options, *TINY, "--out", str(tmp_path), "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    return json.loads(lines[-1]), lines


@pytest.mark.parametrize(("table", "case"), ALL, ids=lambda x: getattr(x, "code", None) or x.name)
def test_every_variant_is_a_training_command(table, case, tmp_path):
    graph = catalog.get(case.code)
    names = {variant.name for variant in table.variants}
    assert set(case.published) | set(case.expected) <= names
    for variant in table.variants:
        argv = entry.training_argv(case, variant, entry.Budget(tmp_path))
        decoder = train.decoder_of(train.parser().parse_args([*argv, "--out", "x"]), graph)
        assert bool(decoder.trained()) or not variant.trained, variant.name


def test_same_name_on_the_same_code_is_the_same_training(tmp_path):
    seen = {}
    for table, case in ALL:
        for variant in table.variants:
            argv = entry.training_argv(case, variant, entry.Budget(tmp_path))
            options = entry.decisive_options(train.parser().parse_args([*argv, "--out", "x"]))
            key = (case.code, variant.name)
            assert seen.setdefault(key, options) == options, key


def test_table_trains_measures_and_remembers(tmp_path, capsys):
    asked = ["relaxation", "--codes", "bch_63_45", "--only", "relaxed_ms", "relaxed_noms_k1"]
    record, lines = run(tmp_path, *asked, capsys=capsys)
    found = {row["name"]: row for row in record["codes"]["bch_63_45"]}
    assert list(found) == ["ms", "relaxed_ms", "relaxed_noms_k1"]
    assert found["relaxed_noms_k1"]["gamma"] == 0.5 != found["relaxed_ms"]["gamma"]
    assert [row["parameters"] for row in found.values()] == [0, 1, 5 * 432]
    assert any(line.startswith("| relaxed offset min-sum, 1-2^-1 | 2160 |") for line in lines)
    for row in found.values():
        low, high = row["points"]
        assert low["ber_interval"][0] < low["ber"] < low["ber_interval"][1]
        assert low["fer"] > high["fer"]

    path = tmp_path / "bch_63_45_relaxed_noms_k1.params.npz"
    loaded = Parameters.load(path, catalog.get("bch_63_45"))
    assert loaded.gamma == 0.5 and (loaded.alpha == 1).all() and (loaded.beta != 1).any()
    assert loaded.metadata["made"]["command"].startswith("python -m model.train --code bch_63_45 ")
    curve = loaded.metadata["measured"]
    assert curve["points"] == found["relaxed_noms_k1"]["points"] and curve["seed"] == 1
    assert shlex.split(curve["command"])[:4] == ["python", "-m", "model.reproduce", "relaxation"]
    assert "relaxed offset" in (tmp_path / "relaxation_bch_63_45.md").read_text()

    # A second run trains nothing, here or from another folder, and counts the same errors.
    def never(argv):
        raise AssertionError("trained again")

    original, train.main = train.main, never
    try:
        again, _ = run(tmp_path, *asked, capsys=capsys)
        other, _ = run(tmp_path / "b", *asked, "--trained", str(tmp_path), capsys=capsys)
    finally:
        train.main = original
    assert again["codes"] == record["codes"]
    points = [[row["points"] for row in r["codes"]["bch_63_45"]] for r in (other, record)]
    assert points[0] == points[1]


def test_other_options_train_again_and_a_checkpoint_is_resumed(tmp_path):
    case = TABLES["relaxation"].case("bch_63_45")
    variant = Variant("x", "x", "--sharing one --tied --freeze alpha beta --relaxation 0.8 --lr .1")
    budget = entry.Budget(tmp_path, steps=4)
    first = entry.prepare(case, variant, budget)
    assert entry.prepare(case, variant, budget).gamma() == first.gamma()
    longer = entry.prepare(case, variant, entry.Budget(tmp_path, steps=5))
    assert longer.gamma() != first.gamma()

    half = tmp_path / "half"
    argv = entry.training_argv(case, variant, budget)
    out = half / "bch_63_45_x.params.npz"
    args = train.parser().parse_args([*argv, "--out", str(out)])
    from model.training import Plan, Trainer

    plan = Plan(
        steps=4, batch=args.batch, lr=args.lr, ebn0_db=tuple(args.ebn0), codewords="zero",
    )  # fmt: skip
    decoder = train.decoder_of(args, catalog.get(case.code))
    Trainer(decoder, plan, train.checkpoint_of(out)).run(until=2)
    resumed = entry.prepare(case, variant, entry.Budget(half, steps=4))
    assert resumed.gamma() == first.gamma()
    assert "--resume" in resumed.numbers.metadata["made"]["command"]


def test_parameters_of_another_graph_are_refused(tmp_path):
    case = TABLES["relaxation"].case("bch_63_45")
    path = tmp_path / "bch_63_45_noms.params.npz"
    Parameters.constant(catalog.get("bch_63_36"), 5).save(path)
    noms = next(v for v in TABLES["relaxation"].variants if v.name == "noms")
    with pytest.raises(InputError, match="bch_63_45_noms.params.npz: made for code 'bch_63_36'"):
        entry.prepare(case, noms, entry.Budget(tmp_path))


def test_snr_table_is_a_row_like_any_other(tmp_path, capsys):
    record, _ = run(tmp_path, "losses", "--only", "simple_snr", capsys=capsys)
    row = record["codes"]["bch_63_45"][1]
    assert row["parameters"] == 5 * 5 and row["points"][0]["frames"] > 0
    assert len(np.load(tmp_path / "bch_63_45_simple_snr.params.npz")["ebn0_db"]) == 5


# -- gains and cells -----------------------------------------------------------------------------


def line(shift_db, errors=4000):
    """A decade of BER a dB, 1e-2 at 3 dB; independent bits, ten a frame."""
    points = []
    for ebn0_db in (2.0, 3.0, 4.0):
        ber = 10 ** (-2 - (ebn0_db + shift_db - 3))
        bits = round(errors / ber)
        points.append(Point(ebn0_db, bits // 10, errors, errors, 0, 1.0, bits, errors, errors))
    return points


def test_gain_is_the_distance_of_the_curves():
    found = measured.gain(line(0.0), line(0.5), "ber", 1e-2)
    assert found.db == pytest.approx(0.5, abs=1e-3)
    assert 0.4 < found.low_db < found.db < found.high_db < 0.6
    assert measured.gain(line(0.0), line(0.5)[:2], "ber", 1e-2).db == found.db
    assert measured.gain(line(0.0), line(5.0), "ber", 1e-2) is None


def test_a_curve_below_the_floor_is_not_followed(tmp_path):
    case = TABLES["relaxation"].case("bch_63_45")
    kept = [v for v in TABLES["relaxation"].variants if v.name in ("ms", "relaxed_ms_k2")]
    entries = [entry.prepare(case, v, entry.Budget(tmp_path)) for v in kept]
    budget = measured.Budget((3.0, 4.0, 5.0), errors=40, frames=1000, floor=0.02)
    found = measured.curves(entries, budget, "cpu")
    assert [len(curve) for curve in found.values()] == [3, 2]
    text = report.lines(TABLES["relaxation"], case, entries, found)
    cells = {line.split(" | ")[0]: line.split(" | ") for line in text if line.startswith("| re")}
    assert cells["| relaxed min-sum, 1-2^-2"][5].strip() == ""


def test_points_with_few_frame_errors_are_bounds_only():
    few = Point(4.0, 1000, 99, 99, 0, 1.0, 63_000, 120, 160)
    assert report.rate_cell(few, "ber").startswith("< ") and report.quoted([few]) == []
    enough = Point(4.0, 1000, 100, 99, 0, 1.0, 63_000, 126, 200)
    assert report.rate_cell(enough, "ber").startswith("2.00e-3 (1.")
    assert report.rate_cell(enough, "fer") == "1.00e-1 (0.83-1.20)"
    assert report.gamma_cell(0.863) == "0.863 (near 1-2^-3)"
    assert report.gamma_cell(0.75) == "0.75 = 1-2^-2"


def test_interval_of_bits_that_fail_together_is_wider():
    alone = rates.clustered(400, 400, 40_000, 4000)
    together = rates.clustered(400, 4000, 40_000, 4000)
    assert alone == pytest.approx(rates.wilson(400, 40_000))
    assert together[0] < alone[0] < 0.01 < alone[1] < together[1]


# -- the command ---------------------------------------------------------------------------------


def test_list_names_tables_codes_and_decoders(capsys):
    assert command.main(["--list", "--json"]) == 0
    out = capsys.readouterr().out
    facts = json.loads(out.splitlines()[-1])["tables"]
    assert list(facts) == list(TABLES) and "relaxed_noms_k3" in out
    assert facts["neural"]["codes"][0] == "bch_63_45"
    assert reproduce.__doc__


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["neural", "--codes", "bch_63_51"], "table neural has no code 'bch_63_51'; choose from"),
        (["neural", "--only", "gnn"], "table neural has no decoder 'gnn'; choose from bp, ms"),
        (["neural", "--steps", "0"], "--steps must be at least 1, not 0"),
        (["neural", "--train-seed", "-1"], "--train-seed must not be negative"),
        (["neural", "--ebn0", "nan"], "Eb/N0 is nan dB"),
        (["relaxation", "--device", "warp"], "device 'warp'"),
    ],
)
def test_bad_input_is_named(tmp_path, options, text):
    with pytest.raises(InputError, match=text):
        command.main([*options, "--out", str(tmp_path)])
    assert not list(tmp_path.glob("*.md"))


def test_unknown_table_and_none():
    for options, text in ((["nonsense"], "neural"), ([], "name a table")):
        with pytest.raises(InputError, match=text):
            command.main(options)
