"""Sets of codes: error rates of each, fits, searches and losses by command."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_sets import mixed_set
from small_specs import small_graph
from test_sim_fer import InlineEngine

from model.errors import InputError
from model.parameters import Parameters
from quant import kinds, sources
from quant.alphabet_tables import default_alphabet
from quant.code_set import fit as set_fit
from quant.code_set.link import SetChannel
from quant.code_set.monte_carlo import CodeSetMonteCarlo
from quant.code_set.spec import CodeSetSpec
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from sim import engines, fer, results

# --- error rates ----------------------------------------------------------------------------------


def test_frames_are_those_of_each_member_alone():
    spec = mixed_set()
    measured = CodeSetMonteCarlo.of_spec(spec)
    both = measured.count("c", SetChannel(), 2.0, 1, 0, 1024)
    assert both.group.reshape(-1, 64)[:, 0].tolist() == [0, 1, 2] * 5 + [0]
    for number, member in enumerate(spec.members):
        alone = DecoderMonteCarlo(member).count("c", Channel(), 2.0, 1, 0, 1024)
        chosen = measured.count("c", SetChannel(member=member.code.name), 2.0, 1, 0, 1024)
        mine = both.group == number
        for name, values in alone.counts.items():
            assert (both.counts[name][mine] == values[mine]).all()
            assert (chosen.counts[name] == values).all()


@pytest.mark.parametrize("link", [
    SetChannel(stop="both"), SetChannel(stop="never", max_iterations=3, member="small_z9"),
    SetChannel(channel="rayleigh", modulation="qam16", stop="no-change"),
])  # fmt: skip
def test_models_count_the_same(link):
    measured = CodeSetMonteCarlo.of_spec(mixed_set())
    ours, due = (measured.count(model, link, 3.0, 1, 512, 512) for model in ("c", "golden"))
    assert (ours.group == due.group).all() and due.seconds > 0
    for name, values in due.counts.items():
        assert (ours.counts[name] == values).all(), name


def test_fer_prints_each_code_and_keeps_counts(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(engines, "make", lambda name, workers, address: InlineEngine())
    place, out = mixed_set().save(tmp_path / "s.json"), tmp_path / "fer.json"
    argv = ["--spec", str(place), "--ebn0", "1,3", "--workers", "1", "--min-frame-errors", "200",
            "--out", str(out), "--json"]  # fmt: skip
    assert fer.main(argv) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines if line.endswith(("z3", "z6", "z9"))] == [
        "small_z6", "small_z9", "deficient_z3"
    ] * 2  # fmt: skip
    for point in json.loads(lines[-1])["points"]:
        groups = point["groups"].values()
        assert sum(each["frames"] for each in groups) == point["frames"]
        assert sum(each["frame_errors"] for each in groups) == point["frame_errors"]
    kept = results.load(out)
    assert len(kept.tallies) == 2 and kept.tallies[0].counts["frames_of_small_z9"] > 0
    assert fer.main([*argv, "--min-frame-errors", "400"]) == 0  # goes on from there
    tally, bits = results.load(out).tallies[0], 0
    for row in range(tally.frames // 64):  # 64 frames of each code, in turn
        bits += 64 * mixed_set().members[row % 3].k
    assert tally.all_bits(1) == bits


def test_a_member_that_there_is_not():
    measured = CodeSetMonteCarlo.of_spec(mixed_set())
    with pytest.raises(InputError, match="member is 'x', must be all or small_z6, small_z9"):
        measured.frame_bits(SetChannel(member="x"))


# --- one alphabet for all -------------------------------------------------------------------------


def test_a_fit_without_training_is_the_default(tmp_path, capsys):
    out = tmp_path / "s.json"
    assert sources.hand_over("fit", ["--code", "wifi_1296", "--out", str(out)]) == 0
    assert "wifi_1296_r56: channel step 0.8826 LLR" in capsys.readouterr().out
    assert kinds.load(out).sha == sources.spec_for("wifi_1296").sha
    assert set_fit.main(["--code", "wifi_1296", "--lsb", "0.84", "--out", str(out)]) == 0
    assert {member.channel.lsb_llr for member in kinds.load(out).members} == {0.84}


def test_trained_decoders_share_a_codebook():
    rng, graphs = np.random.default_rng(1), [small_graph(z) for z in (6, 9)]
    trained = []
    for graph in graphs:
        parameters = Parameters.constant(graph, 6, 0.75)
        factors = rng.uniform(0.5, 1.0, parameters.alpha.shape)
        trained.append(replace(parameters, alpha=factors))
    alphabet = default_alphabet(3)
    members = set_fit.fit_members(trained, [alphabet] * 2, max_maps=3, map_by="layer")
    spec = CodeSetSpec("trained", members)
    assert len(spec.members[0].maps.codebook) == 3
    assert {entry for row in members[0].maps.index for entry in row} == {0, 1, 2}


@pytest.mark.parametrize("more, reason", [
    (["--params", "a.npz"], "--params: 1 files for 4 codes"),
    (["--alpha", "3"], "--alpha 3: must be above 0"),
    (["--lsb", "1", "--channel", "rayleigh"], "--lsb 1: the step is measured"),
])  # fmt: skip
def test_fits_that_make_no_set(more, reason, tmp_path):
    argv = ["--code", "wifi_1296", "--out", str(tmp_path / "s.json"), *more]
    with pytest.raises(InputError, match=reason):
        set_fit.main(argv)


def test_a_search_moves_one_alphabet(tmp_path, capsys):
    members = tuple(sources.spec_for("wifi_648").members[2:])
    place, out = CodeSetSpec("two", members).save(tmp_path / "s.json"), tmp_path / "found.json"
    argv = ["--spec", str(place), "--out", str(out), "--minutes", "0.02", "--frames", "2000",
            "--tail-frames", "2000", "--anneal"]  # fmt: skip
    assert sources.hand_over("search", argv) == 0
    found = kinds.load(out)
    steps, before = ([member.channel.lsb_llr for member in each.members]
                     for each in (found, kinds.load(place)))  # fmt: skip
    assert found.members[0].maps.codebook == found.members[1].maps.codebook
    assert steps[1] / steps[0] == pytest.approx(before[1] / before[0], rel=1e-4)
    assert found.provenance["search"]["sweeps"] == 1
    with pytest.raises(InputError, match="--apart 2: codes of a set differ"):
        sources.hand_over("search", [*argv, "--apart", "2"])


def test_loss_of_each_code(tmp_path, capsys):
    members = tuple(sources.spec_for("wifi_648").members[2:])
    place = CodeSetSpec("two", members).save(tmp_path / "s.json")
    argv = ["--spec", str(place), "--errors", "20", "--target", "0.05", "--json"]
    assert sources.hand_over("loss", argv) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["codes"]
    assert all(-0.3 < each["loss_db"] < 0.5 for each in found.values())
    assert list(found) == ["wifi_648_r34", "wifi_648_r56"]
