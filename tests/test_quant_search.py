"""Search of alphabets: the tunable C model, the steps, the score, the command."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_specs import small_spec, uneven_channel

from model.errors import InputError
from quant import golden
from quant.cmodel.tunable import TunableModel
from quant.search.__main__ import main
from quant.search.candidates import Step, Tables, entries_by_column, staged, steps
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
    parts = staged(spec, [0, 1, 4], ties=True)
    for t, start in enumerate([0, 1, 1, 1, 4]):
        levels = spec.maps.codebook[spec.maps.index[start][0]]
        assert parts.maps.codebook[parts.maps.index[t][0]] == levels + levels
    codes = np.random.default_rng(2).integers(-8, 8, (30, spec.n)).astype(np.int8)
    same = golden.decode(staged(spec, [0, 2, 4], ties=True), codes)
    assert (same.bits == golden.decode(spec, codes).bits).all()


def test_columns_of_few_edges_may_have_levels_of_their_own():
    spec = small_spec(3, app_bits=8)
    degrees = np.bincount([column for row in spec.code.rows for column, _ in row])
    parts = staged(spec, [0, 2], ties=False, apart=int(degrees.min()))
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
    trial = Trial(model, 2.0, 4.0, 300, 2000)
    wrong, hard, failed = trial.begin(Tables.of(spec), seed=3)
    all_of_them = model.simulate(trial.links[0], 3, 0, 0, 300)
    late = all_of_them.iterations >= KEPT * spec.iterations
    assert len(wrong.waterfall) == late.sum() < 300
    assert wrong.waterfall.sum() >= (all_of_them.bit_errors > 0).sum() == trial.kept.failed > 0
    words, llr = model.frames(trial.links[0], 3, 0, 0, 300)
    assert (trial.kept.words == words[late]).all() and (trial.kept.llr == llr[late]).all()
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
    assert len(again.provenance["search"]["commands"]) == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--spec", "wifi_648_r12", "--stages", "0,99"], "--stages 0,99"),
        (["--spec", "wifi_648_r12", "--stages", "x"], "--stages x"),
        (["--spec", "mimo_precoder"], "no decoder with an alphabet"),
        (["--spec", "qc_ldpc", "--minutes", "0"], "--minutes"),
        (["--spec", "qc_ldpc", "--frames", "0"], "--frames"),
    ],
)
def test_bad_arguments(arguments, message, tmp_path):
    with pytest.raises(InputError, match=message):
        main([*arguments, "--out", str(tmp_path / "x.json")])
    assert not list(tmp_path.iterdir())
