"""Search of alphabets: the tunable C model, the steps, the score, the command."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from small_specs import small_spec, uneven_channel

from hw.min_sum.levels import level_table
from model.encode import Encoder
from model.errors import InputError
from quant import golden, kinds
from quant.cmodel.tunable import TunableModel
from quant.density.integers import IntegerEnsemble
from quant.density.threshold import error_rate
from quant.min_sum.link import Channel
from quant.search import anneal
from quant.search.__main__ import main
from quant.search.candidates import Step, Tables, entries_by_column, restaged, staged, steps
from quant.search.changes import Changes
from quant.search.density_trial import DensityTrial
from quant.search.trial import KEPT, Trial, Wrong
from quant.spec import load

UNIFORM = small_spec(3).channel
CHANNELS = {"uniform": UNIFORM, "a table": uneven_channel()}


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_a_tunable_model_is_golden_of_the_tables_it_was_given(channel):
    spec = small_spec(3, ties=True, channel=channel)
    model = TunableModel(spec)
    assert model.level_limits(spec.channel) == [32] * 3
    codes = np.random.default_rng(5).integers(-8, 8, (40, spec.n)).astype(np.int8)
    changed = Tables.of(spec)
    for step in (
        Step(levels=((0, 2), (1, 5)), by=1),
        Step(thresholds=(1,), by=-1),
        *((Step(values=(3, 7), by=1), Step(cuts=(2,), by=-1)) if channel.values else ()),
    ):
        changed = step.taken(changed)
        model.set_tables(changed.channel, changed.thresholds, changed.codebook)
        found, due = model.decode(codes), golden.decode(changed.inside(spec), codes)
        assert (found.bits == due.bits).all() and (found.iterations == due.iterations).all()
    with pytest.raises(ValueError, match="entry 0: level 33 is more than 32"):
        model.set_tables(spec.channel, spec.thresholds, np.full((3, 8), 33))
    other = UNIFORM if spec.channel.values else uneven_channel()
    for channel, thresholds in (
        (spec.channel, spec.thresholds[:2]), (other, spec.thresholds)
    ):  # fmt: skip
        with pytest.raises(ValueError, match="shapes"):
            model.set_tables(channel, thresholds, spec.maps.codebook)


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_the_channel_step_is_tuned_too(channel):
    spec = small_spec(3, channel=channel)
    model = TunableModel(spec)
    llr = np.linspace(-9, 9, 181, dtype=np.float32)
    wide = replace(spec, channel=replace(spec.channel, lsb_llr=2 * spec.channel.lsb_llr))
    model.set_tables(wide.channel, wide.thresholds, wide.maps.codebook)
    assert (model.quantise(llr) == golden.quantise_llr(wide, llr)).all()
    model.set_tables(spec.channel, spec.thresholds, spec.maps.codebook)


def test_steps_reach_every_number_both_ways_and_come_back():
    tables = Tables.of(small_spec(3, ties=True, channel=uneven_channel()))
    moved = {step.taken(tables) for step in steps(tables)}
    for entry in range(3):
        for level in range(8):
            found = {t.codebook[entry][level] - tables.codebook[entry][level] for t in moved}
            assert found == {-1, 0, 1}
    for i in range(3):
        assert {t.thresholds[i] - tables.thresholds[i] for t in moved} == {-1, 0, 1}
    for i in range(8):
        found = {t.channel.values[i] - tables.channel.values[i] for t in moved}
        assert found == {-1, 0, 1}
    odd = replace(tables, channel=replace(tables.channel, values=(1, 3, 7)))
    assert Step(values=(1,), by=1).taken(odd).channel.values == (1, 5, 7)
    for i in range(7):
        assert len({t.channel.cuts[i] for t in moved}) == 3
    assert len({t.channel.lsb_llr for t in moved}) == 3


def test_even_levels_of_an_odd_channel_stay_even():
    even = Tables.of(small_spec(3, even=True))
    step = Step(levels=((1, 2),), by=-1)
    assert step.taken(even).codebook[1][2] == even.codebook[1][2] - 2
    for channel in (uneven_channel(), replace(UNIFORM, app_shift=1),
                    replace(UNIFORM, rise="mid_tread")):  # fmt: skip
        other = replace(even, channel=channel)
        assert step.taken(other).codebook[1][2] == even.codebook[1][2] - 1


@pytest.mark.parametrize(
    "spec",
    [kinds.resolve("qc_ldpc"), kinds.resolve("qc_ldpc_small"), kinds.resolve("qc_ldpc_5bit"),
     small_spec(3, 4, maps="edge"), small_spec(3, maps="edge", ties=True),
     small_spec(3, maps="edge", ties=True, even=True, app_bits=9),
     small_spec(3, maps="edge", ties=2), small_spec(3, maps="edge", ties=2, even=True, app_bits=9)],
)  # fmt: skip
def test_one_bit_tables_are_those_of_hardware(spec):
    assert Tables.of(spec).one_bit_tables == level_table(spec).one_bit_tables > 0


@pytest.mark.parametrize(
    "tables, valid",
    [
        (Tables(UNIFORM, (2, 4, 6), ((0, 1, 1, 5), (1, 2, 3, 9))), True),
        (Tables(UNIFORM, (2, 2, 6), ((0, 1, 2, 5),)), False),
        (Tables(UNIFORM, (0, 4, 6), ((0, 1, 2, 5),)), False),
        (Tables(UNIFORM, (2, 4, 64), ((0, 1, 2, 5),)), False),
        (Tables(UNIFORM, (2, 4, 6), ((0, 2, 1, 5),)), False),
        (Tables(replace(UNIFORM, values=(1, 3, 63)), (2, 4, 6), ((0, 1, 2, 5),)), True),
        (Tables(replace(UNIFORM, values=(1, 3, 64)), (2, 4, 6), ((0, 1, 2, 5),)), False),
        (Tables(replace(UNIFORM, values=(3, 3, 5)), (2, 4, 6), ((0, 1, 2, 5),)), False),
        (Tables(UNIFORM, (2, 4, 6), ((0, 1, 2, 33),)), False),
        (Tables(UNIFORM, (2, 4, 6), ((3, 4, 5, 6, 0, 1, 2, 5),)), True),
        (Tables(UNIFORM, (2, 4, 6), ((3, 4, 5, 6, -1, 1, 2, 5),)), False),
    ],
)
def test_only_valid_tables_are_tried(tables, valid):
    assert tables.valid(63, [32] * len(tables.codebook)) == valid


def test_stages_keep_the_levels_that_were_there():
    spec = small_spec(3)  # maps change every two iterations
    parts = staged(spec, [0, 1, 4], runs=2)
    for t, start in enumerate([0, 1, 1, 1, 4]):
        levels = spec.maps.codebook[spec.maps.index[start][0]]
        assert parts.maps.codebook[parts.maps.index[t][0]] == levels + levels
    codes = np.random.default_rng(2).integers(-8, 8, (30, spec.n)).astype(np.int8)
    same = golden.decode(staged(spec, [0, 2, 4], runs=2), codes)
    assert (same.bits == golden.decode(spec, codes).bits).all()


def test_columns_of_few_edges_may_have_levels_of_their_own():
    spec = small_spec(3, app_bits=8)
    degrees = np.bincount([column for row in spec.code.rows for column, _ in row])
    parts = staged(spec, [0, 2], runs=1, apart=int(degrees.min()))
    entries = {
        (degrees[column] == degrees.min(), row[edge])
        for row in parts.maps.index
        for edge, column in enumerate(c for r in spec.code.rows for c, _ in r)
    }
    assert entries == {(False, 0), (True, 1), (False, 2), (True, 3)}
    assert entries_by_column(parts) == {(0, 2), (1, 3)}
    limits = TunableModel(parts).level_limits(parts.channel)
    assert limits == [(127 - 15) // degrees.max(), (127 - 15) // degrees.min()] * 2
    both = [step for step in steps(Tables.of(parts), [(1, 3)]) if step.levels == ((1, 0), (3, 0))]
    assert {step.by for step in both} == {1, -1}


def test_a_score_wants_more_than_noise():
    few, many = np.arange(1000) < 40, np.arange(1000) < 100
    none = np.zeros(50, bool)
    assert Wrong(few, none).better(Wrong(many, none), 0.25, 0.8)
    assert not Wrong(many, none).better(Wrong(few, none), 0.25, 0.8)
    one_less = many.copy()
    one_less[3] = False
    assert not Wrong(one_less, none).better(Wrong(many, none), 0.25, 1.1)
    hard = np.arange(50) < 20
    assert Wrong(many, none).better(Wrong(many, hard), 0.25, 0.8)


def test_frames_that_are_finished_early_are_not_decoded_again():
    spec = small_spec(3)
    model = TunableModel(spec)
    trial = Trial(model, Channel(), 2.0, 4.0, 300, 2000)
    wrong, hard, failed = trial.begin(Tables.of(spec), seed=3)
    all_of_them = model.simulate(trial.links[0], 3, 0, 0, 300)
    late = all_of_them.iterations >= KEPT * spec.iterations
    assert len(wrong.waterfall) == late.sum() < 300
    failures = all_of_them.bit_errors > 0
    assert (wrong.waterfall == failures[late]).all() and failures.sum() == trial.kept.failed > 0
    words, llr = model.frames(trial.links[0], 3, 0, 0, 300)
    information = words[:, Encoder(spec.graph()).information_positions]
    assert (trial.kept.information == information[late]).all()
    assert (trial.kept.llr == llr[late]).all()
    assert len(wrong.hard) == hard >= failed > 0
    again = trial.of(Tables.of(spec))
    assert (again.waterfall == wrong.waterfall).all() and (again.hard == wrong.hard).all()


def test_command_improves_a_bad_alphabet_and_goes_on(tmp_path, capsys):
    start = replace(small_spec(3, maps="one"), name="bad")
    bad = replace(start, maps=replace(start.maps, codebook=((9, 9, 9, 9),)))
    bad.save(tmp_path / "bad.json")
    common = ["--minutes", "1", "--frames", "2000", "--tail-frames", "2000", "--ebn0", "3"]
    out = tmp_path / "found.json"
    main(["--spec", str(tmp_path / "bad.json"), "--out", str(out), "--json", *common])
    found = load(out)
    assert found.maps.codebook != bad.maps.codebook
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["spec_sha"] == found.sha
    main(["--spec", str(out), "--out", str(out), "--ties", "--stages", "0,2", *common])
    again = load(out)
    assert again.tie_levels and len(again.maps.codebook) == 2
    by_edge = small_spec(3, maps="edge")
    codes = np.random.default_rng(5).integers(-8, 8, (20, by_edge.n)).astype(np.int8)
    for runs in (2, 3):
        tied = restaged(by_edge, None, runs)
        assert tied.runs == runs and tied.maps.index == by_edge.maps.index
        assert not golden.decode(tied, codes).differs(golden.decode(by_edge, codes)).any()
    assert len(again.provenance["search"]["commands"]) == 2


ODD = uneven_channel(1, 3, 5, 7, 9, 11, 13, 17)


@pytest.mark.parametrize("channel", [UNIFORM, ODD, uneven_channel()], ids=["uniform", "odd", "any"])
def test_random_changes_reach_every_number(channel):
    spec = small_spec(3, maps="edge", ties=True, even=channel is ODD, channel=channel)
    changes, start = Changes(spec, np.random.default_rng(4)), Tables.of(spec)
    assert {entry for row in changes.entries.tolist() for entry in row} == {0, 1, 2}
    seen = [changes.of(start) for _ in range(2000)]
    for entry in range(3):
        for level in range(7):
            by = {t.codebook[entry][level] - start.codebook[entry][level] for t in seen}
            assert {-2 * start.level_step, -start.level_step, 0} <= by
            assert all(move % start.level_step == 0 for move in by)
        assert all(t.codebook[entry][7] == max(t.codebook[entry][3], t.codebook[entry][6])
                   for t in seen)  # fmt: skip
    assert any(len(set(t.codebook)) < 3 for t in seen)  # copied
    assert len({t.channel.lsb_llr for t in seen}) > 100
    for i in range(len(channel.values)):
        assert len({t.channel.cuts[i - 1] for t in seen}) > 20
        by = {t.channel.values[i] - channel.values[i] for t in seen}
        assert {-start.value_step, 0, start.value_step} <= by
        assert all(move % start.value_step == 0 for move in by)


def test_changes_of_stages_and_classes_of_columns():
    spec = staged(small_spec(3, app_bits=8), [0, 2, 3], runs=1, apart=1)
    changes = Changes(spec, np.random.default_rng(4))
    assert sorted(map(sorted, changes.entries.tolist())) == [[0, 1], [2, 3], [4, 5]]
    found = {tuple(changes._some_entries()) for _ in range(500)}
    assert {(0,), (0, 2, 4), (0, 1, 2, 3, 4, 5), (3, 5), (2, 3)} <= found
    assert (0, 3) not in found


def test_annealing_pays_and_keeps_the_rules():
    spec = small_spec(3, ties=True, even=True, channel=ODD, app_bits=8)
    bad = Tables.of(replace(spec, maps=replace(spec.maps, codebook=((8,) * 8,) * 3)))
    trial = Trial(TunableModel(spec), Channel(), 3.0, 5.0, 2000, 2000)
    settings = anneal.Settings(0.25, tables=4, seconds=2.0, seed=3)
    (last,) = anneal.anneal(trial, bad, settings)
    assert last.finished and last.tried > last.taken > 10
    assert last.after.waterfall.sum() < 0.9 * last.before.waterfall.sum()
    found = trial.of(last.tables)
    assert (found.waterfall == last.after.waterfall).all()
    assert (found.hard == last.after.hard).all()
    assert last.tables.one_bit_tables <= 4
    assert all(level % 2 == 0 for levels in last.tables.codebook for level in levels)
    assert all(value % 2 for value in last.tables.channel.values)


def test_tables_above_the_limit_are_given_up():
    spec = small_spec(3, maps="edge", ties=True, app_bits=9)
    start = Tables.of(spec)
    settings = anneal.Settings(tables=start.one_bit_tables - 2, steps=60)
    assert settings.excess(start) == 2 and settings.price(2, 1) == 20 * settings.price(2, 0) > 0
    trial = Trial(TunableModel(spec), Channel(), 3.0, 5.0, 500, 500, threads=2)
    (last,) = anneal.anneal(trial, start, settings)
    assert last.finished and last.tried == 60 and settings.excess(last.tables) == 0


def test_so_many_steps_are_the_same_steps_again():
    spec = small_spec(3, maps="edge", ties=True, app_bits=9)
    found = []
    for threads in (1, 3):
        trial = Trial(TunableModel(spec), Channel(), 3.0, 5.0, 500, 500, threads=threads)
        (last,) = anneal.anneal(trial, Tables.of(spec), anneal.Settings(steps=40, seed=2))
        found.append((last.tables, last.taken, last.after.waterfall.tolist()))
    assert found[0] == found[1]


def test_densities_judge_in_place_of_frames(tmp_path, capsys):
    small_spec(3, ties=True, even=True, channel=ODD, app_bits=9, name="start").save(
        tmp_path / "start.json"
    )
    out = tmp_path / "found.json"
    argv = ["--anneal", "--density", "--steps", "40", "--out", str(out), "--json"]
    main(["--spec", str(tmp_path / "start.json"), *argv])
    lines = capsys.readouterr().out.splitlines()
    assert ", densities at " in lines[0] and lines[1].endswith(DensityTrial.titles)
    record = json.loads(lines[-1])
    assert record["steps"] == 40 and record["taken"] > 0 and record["spec_sha"] == load(out).sha
    before, after = (IntegerEnsemble(load(path)) for path in (tmp_path / "start.json", out))
    rates = [error_rate(each.at(record["ebn0_db"]), 5) for each in (before, after)]
    assert rates[1] < rates[0]


def test_patience_falls_to_a_twentieth():
    settings = anneal.Settings(seconds=10.0)
    found = [settings.temperature(settings.done(at, 0)) for at in (0.0, 5.0, 10.0, 11.0)]
    assert found == pytest.approx([0.003, 0.003 * 0.525, 0.00015, 0.00015])
    assert all(b <= a for a, b in pairwise(found))


def test_command_anneals_reports_and_goes_on(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(anneal, "REPORT_SECONDS", 0.5)
    start = replace(small_spec(3, maps="one"), name="bad")
    replace(start, maps=replace(start.maps, codebook=((9, 9, 9, 9),))).save(tmp_path / "bad.json")
    out = tmp_path / "found.json"
    common = ["--out", str(out), "--anneal", "--tables", "5", "--minutes", "0.02", "--frames",
              "2000", "--tail-frames", "2000", "--ebn0", "3", "--json"]  # fmt: skip
    main(["--spec", str(tmp_path / "bad.json"), *common])
    found = load(out)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == anneal.HEADER + Trial.titles
    assert len([line for line in lines if " -> " in line]) == 3
    record = json.loads(lines[-1])
    assert record["spec_sha"] == found.sha
    assert record["ended"] == "finished" and record["sweeps"] == 1
    assert found.maps.codebook != ((9, 9, 9, 9),)
    main(["--spec", str(out), *common])
    again = load(out).provenance["search"]
    assert again["sweeps"] == len(again["commands"]) == 2
    assert all("--anneal --tables 5" in command for command in again["commands"])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--spec", "wifi_648_r12", "--stages", "0,99"], "--stages 0,99"),
        (["--spec", "wifi_648_r12", "--stages", "x"], "--stages x"),
        (["--spec", "mimo_precoder"], "family 'precoder' has no search of alphabets"),
        (["--spec", "qc_ldpc", "--minutes", "0"], "--minutes"),
        (["--spec", "qc_ldpc", "--frames", "0"], "--frames"),
        (["--spec", "qc_ldpc", "--tail-weight", "-2"], "--tail-weight must be a number of at"),
        (["--spec", "qc_ldpc", "--tail-db", "nan"], "--tail-db must be a number of at least 0"),
        (["--spec", "qc_ldpc", "--deviations", "-1"], "--deviations must be a number of at"),
        (["--spec", "qc_ldpc", "--tables", "20"], "--tables 20: only --anneal"),
        (["--spec", "qc_ldpc", "--anneal", "--tables", "0"], "--tables must be at least 1, not 0"),
        (["--spec", "qc_ldpc", "--steps", "20"], "--steps 20: only --anneal"),
        (["--spec", "qc_ldpc", "--anneal", "--steps", "0"], "--steps must be at least 1, not 0"),
        (["--spec", "qc_ldpc", "--threads", "0"], "--threads must be at least 1, not 0"),
        (["--spec", "qc_ldpc", "--density"], "--density: goes with --anneal"),
        (["--spec", "qc_ldpc", "--anneal", "--density", "--channel", "rayleigh"],
         "--density: for BPSK over AWGN, not for"),
    ],
)
def test_bad_arguments(arguments, message, tmp_path):
    with pytest.raises(InputError, match=message):
        main([*arguments, "--out", str(tmp_path / "x.json")])
    assert not list(tmp_path.iterdir())


def test_a_folder_as_output_is_refused_before_the_search(tmp_path):
    with pytest.raises(InputError, match=f"--out {tmp_path}: a folder, a file name is due"):
        main(["--spec", "qc_ldpc", "--out", str(tmp_path)])
    assert not list(tmp_path.iterdir())
