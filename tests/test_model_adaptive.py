"""Weights for each word: their points, parallel and two-stage decoders, retries, the command."""

import json

import numpy as np
import pytest
import torch
from scipy.stats import norm

from model import catalog, resumable
from model.adaptive import weights
from model.adaptive.network import WeightNetwork, features
from model.adaptive.parallel import ParallelDecoder
from model.adaptive.retry import RetryDecoder, Try
from model.adaptive.two_stage import (
    TwoStageDecoder,
    TwoStagePlan,
    TwoStageTrainer,
    quantile_loss,
)
from model.channel import point_generator, random_frames
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.inference import decode
from model.parameters import Parameters
from model.reproduce import __main__ as command
from model.training import Plan, Trainer

GRAPH = catalog.get("bch_63_36_cycle_reduced")
T = 4

pytestmark = pytest.mark.usefixtures("one_thread")


def frames(count=60, ebn0_db=4.0, graph=GRAPH):
    return random_frames(graph, Encoder(graph), count, ebn0_db, point_generator(3, ebn0_db))


def plain(schedule="flooding"):
    return UnfoldedDecoder(GRAPH, T, rule="min-sum", schedule=schedule)


def with_weights(values):
    decoder = UnfoldedDecoder(GRAPH, T, schedule="flooding")
    with torch.no_grad():
        decoder.alpha.copy_(torch.tensor(values, dtype=torch.float32)[:, None])
    return decoder


def some_sequences():
    return weights.sequences(weights.points(np.full(T, 0.7), np.full(T, 0.2), 3), 2)


def test_points_are_the_middles_of_equal_parts_of_the_trained_distribution():
    trained = Parameters.constant(GRAPH, T)
    alpha = np.random.default_rng(1).normal(0.7, 0.1, trained.alpha.shape)
    mean, deviation = weights.distribution(Parameters(GRAPH, alpha, trained.beta, "edge"))
    assert np.allclose(mean, alpha.mean(axis=1)) and np.allclose(deviation, alpha.std(axis=1))
    found = weights.points(mean, deviation, 5)
    assert np.allclose(found[0], mean) and (np.diff(found[1:], axis=0) > 0).all()
    order = np.sort(found, axis=0)
    assert np.allclose(norm.cdf((order - mean) / deviation), [[0.1], [0.3], [0.5], [0.7], [0.9]])
    assert (weights.points(mean, 100 * deviation, 3) >= 0).all()
    with pytest.raises(InputError, match="must be odd and at least 1, not 4"):
        weights.points(mean, deviation, 4)


def test_a_weight_a_block_edge_counts_for_its_edges():
    graph = catalog.get("wifi_648_r12")
    trained = Parameters.constant(graph, 2)
    alpha = np.linspace(0.5, 1, trained.alpha.size).reshape(trained.alpha.shape)
    of_edges = alpha[:, graph.block_edge_of_edge]
    mean, deviation = weights.distribution(
        Parameters(graph, alpha, trained.beta, trained.layout)
    )
    assert trained.layout == "block_edge"
    assert np.allclose(mean, of_edges.mean(axis=1))
    assert np.allclose(deviation, of_edges.std(axis=1))


def test_sequences_are_all_combinations_the_mean_first():
    found = some_sequences()
    assert found.shape == (9, T) and np.allclose(found[0], 0.7) and np.allclose(found[:, 2:], 0.7)
    assert len({tuple(row) for row in found}) == 9
    with pytest.raises(InputError, match="depth must lie in 1..4, not 5"):
        weights.sequences(found, 5)


@pytest.mark.parametrize("schedule", ["flooding", "layered"])
def test_factors_are_weights_of_each_frame(schedule):
    llr = torch.from_numpy(frames(20)[1])
    table = torch.rand(T, 20) + 0.3
    together = plain(schedule)(llr, table)
    for frame in range(0, 20, 7):
        one = UnfoldedDecoder(GRAPH, T, schedule=schedule)
        with torch.no_grad():
            one.alpha.copy_(table[:, frame, None])
        assert torch.allclose(one(llr[frame : frame + 1])[:, 0], together[:, frame], atol=1e-5)


def test_frames_stop_as_in_fast_decoding():
    llr = torch.from_numpy(frames(200)[1])
    state = resumable.advance(plain(), resumable.start(plain(), llr), 0, T)
    out = decode(plain(), llr)
    assert torch.equal(state.odd == 0, out.decoded)
    assert torch.equal(state.used.int(), out.iterations)
    assert torch.equal((state.app < 0).t().to(torch.uint8), out.bits)
    assert 0 < int(out.decoded.sum()) < 200


def chosen(llr, sequences, until):
    """What a parallel decoder has to choose, found sequence by sequence."""
    best = None
    for place, values in enumerate(sequences):
        factors = torch.from_numpy(values).float()[:, None].expand(-1, len(llr))
        state = resumable.advance(plain(), resumable.start(plain(), llr), 0, until, factors)
        if best is None:
            best, index = state, torch.zeros(len(llr), dtype=torch.int64)
            continue
        better = state.odd < best.odd
        best.put(torch.nonzero(better)[:, 0], state.take(torch.nonzero(better)[:, 0]))
        index[better] = place
    return best, index


def test_parallel_decoder_takes_the_fewest_unsatisfied_checks_the_first_of_equal_ones(monkeypatch):
    llr = frames(150)[1]
    sequences = some_sequences()
    best, index = chosen(torch.from_numpy(llr), sequences, T)
    assert len(set(index.tolist())) > 3
    for together in (1 << 21, 10_000):  # all frames at once, or a few
        monkeypatch.setattr("model.adaptive.parallel.TOGETHER", together)
        bits, decoded, used = ParallelDecoder(plain(), sequences)(llr)
        assert np.array_equal(bits, (best.app < 0).t().to(torch.uint8).numpy())
        assert np.array_equal(decoded, (best.odd == 0).numpy())
        # One verified by the first sequence counts the iterations that this took.
        assert np.array_equal(used, best.used.numpy())
    alone = decode(with_weights(sequences[0]), torch.from_numpy(llr)).decoded.numpy()
    assert decoded.sum() > alone.sum() and decoded[alone].all()


def test_choice_at_depth_goes_on_with_the_mean():
    llr = frames(150)[1]
    sequences, depth = some_sequences(), 2
    best, _ = chosen(torch.from_numpy(llr), sequences, depth)
    mean = torch.from_numpy(sequences[0]).float()[:, None].expand(-1, 150)
    due = resumable.advance(plain(), best, depth, T, mean)
    bits, decoded, used = ParallelDecoder(plain(), sequences, depth)(llr)
    assert np.array_equal(decoded, (due.odd == 0).numpy())
    assert np.array_equal(bits, (due.app < 0).t().to(torch.uint8).numpy())
    assert np.array_equal(used, due.used.numpy())
    easy = ParallelDecoder(plain(), sequences, depth)(frames(5, 20.0)[1])
    assert easy[1].all() and (easy[2] == 1).all()
    with pytest.raises(InputError, match="sequences of 3 weights, 4 iterations"):
        ParallelDecoder(plain(), sequences[:, :3])


def test_retry_keeps_the_first_result_unless_a_later_one_is_verified():
    llr = frames(200)[1]
    tries = [Try(with_weights([w] * T), channel) for w, channel in ((0.7, 1), (1, 0.7), (0.4, 1))]
    bits, decoded, used = RetryDecoder(tries)(llr)
    outs = [decode(t.decoder, t.channel * torch.from_numpy(llr)) for t in tries]
    for frame in range(200):
        first = next((n for n, out in enumerate(outs) if out.decoded[frame]), None)
        assert decoded[frame] == (first is not None)
        assert np.array_equal(bits[frame], outs[first or 0].bits[frame].numpy())
        last = len(outs) - 1 if first is None else first
        assert used[frame] == sum(int(out.iterations[frame]) for out in outs[: last + 1])
    assert decoded.sum() > int(outs[0].decoded.sum())


def test_network_sees_nothing_of_the_codeword():
    codewords, llr = frames(30)
    zero = torch.from_numpy(llr * (1 - 2.0 * codewords).astype(np.float32))
    ours = features(plain(), torch.from_numpy(llr))
    assert ours.shape == (30, 2, 63) and torch.allclose(ours, features(plain(), zero))
    assert torch.allclose(ours[:, 0].mean(dim=1), torch.ones(30))
    assert (ours[:, 1] >= 0).all() and (ours[:, 1] <= 1).all() and ours[:, 1].max() > 0
    hard = codewords ^ ((llr < 0) != codewords)
    checks = np.zeros((GRAPH.n_checks, 63), dtype=int)
    checks[GRAPH.check_of_edge, GRAPH.variable_of_edge] = 1
    odd = checks @ hard[0] % 2
    assert np.allclose(ours[0, 1].numpy(), odd @ checks / checks.sum(axis=0))


def test_network_starts_with_the_static_weights_and_counts_its_products():
    start = np.linspace(0.5, 0.8, T)
    network = WeightNetwork(63, start)
    found = network(features(plain(), torch.from_numpy(frames(5)[1])))
    assert torch.allclose(found, torch.tensor(start, dtype=torch.float32).expand(5, T))
    # The dense layer begins with zeros: no products.
    assert network.products(63) == 32 * 8 * 2 * 5 + 16 * 8 * 8 * 5


def test_quantile_loss_is_least_at_the_quantile():
    target = torch.linspace(0, 1, 1001)
    places = torch.linspace(0, 1, 41)
    losses = torch.stack([quantile_loss(p.expand(1001), target, 0.75) for p in places])
    assert abs(float(places[losses.argmin()]) - 0.75) < 0.03


@pytest.mark.parametrize("loss", ["quantile", "decoder"])
def test_network_training_moves_resumes_and_prunes(tmp_path, loss):
    plan = TwoStagePlan(
        ebn0_db=(3.0, 4.0), steps=6, batch=8, lr=0.01, loss=loss, keep=0.25, discount=0.5
    )
    start = np.full(T, 0.7)
    path = tmp_path / "network.checkpoint"
    trainer = TwoStageTrainer(plain(), start, plan, path)
    trainer.run(until=4)
    again = TwoStageTrainer(plain(), start, plan, path)
    again.resume()
    again.run()
    whole = TwoStageTrainer(plain(), start, plan)
    whole.run()
    for ours, due in zip(again.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, due)
    for matrix in whole.model.matrices():
        assert int((matrix != 0).sum()) <= round(0.25 * matrix.numel())
    llr = frames(40)[1]
    decoder = TwoStageDecoder(plain(), whole.model)
    bits, decoded, used = decoder(llr)
    assert bits.shape == (40, 63) and 0 < decoded.sum() < 40 and used.max() == T
    assert not np.allclose(decoder.mean_weights(llr), 0.7)


def test_bad_plans_of_networks():
    with pytest.raises(InputError, match="keep must lie in 0..1 and above 0, not 0"):
        TwoStagePlan(loss="quantile", keep=0)
    plan = TwoStagePlan(ebn0_db=(20.0, 20.0), loss="quantile", batch=5)
    with pytest.raises(InputError, match="none of 100 words at 20.0:20.0 dB is left unverified"):
        TwoStageTrainer(plain(), np.full(T, 0.7), plan).loss(0)


def test_training_near_the_boundary_takes_frames_with_a_few_wrong_bits():
    decoder = with_weights([0.7] * T)
    trainer = Trainer(decoder, Plan(ebn0_db=(3.0, 4.0), batch=20, near=5))
    codewords, llr = trainer.frames(0)
    wrong = (decode(decoder, llr).bits != codewords).sum(dim=1)
    assert len(llr) == 20 and (wrong > 0).all() and (wrong <= 5).all()
    trainer = Trainer(decoder, Plan(ebn0_db=(20.0, 20.0), batch=3, near=5))
    with pytest.raises(InputError, match="none of 60 frames at 20.0:20.0 dB ends with 1 to 5 wro"):
        trainer.frames(0)
    with pytest.raises(InputError, match="hard 3 and near 5: one of them at a time"):
        Plan(hard=3, near=5)
    with pytest.raises(InputError, match="near must not be negative: -1"):
        Plan(near=-1)


def test_command_trains_measures_and_goes_on(tmp_path, capsys, monkeypatch):
    argv = ["adaptive", "--codes", "bch_63_36_cycle_reduced", "--steps", "2", "--errors", "5",
            "--frames", "600", "--ebn0", "3", "--out", str(tmp_path), "--json"]  # fmt: skip
    monkeypatch.setattr("model.reproduce.adaptive_training.CHOICE_FRAMES", 512)
    assert command.main(argv) == 0
    out = capsys.readouterr().out
    record = json.loads(out.splitlines()[-1])["codes"]["bch_63_36_cycle_reduced"]
    rows = {name: (row["in_a_row"], row["in_all"]) for name, row in record.items()}
    assert rows["static"] == rows["two_stage"] == rows["pruned"] == (5, 5)
    assert rows["parallel"] == (5, 25) and rows["longer"] == (25, 25) == rows["retry"]
    assert rows["sequences"] == (5, 625) and rows["depth"] == (5, 377)
    assert "| static, a weight an iteration | 5 | 5 |" in out
    assert "static, a weight" in (tmp_path / "adaptive_bch_63_36_cycle_reduced.md").read_text()

    def never(*_, **__):
        raise AssertionError("trained or measured again")

    monkeypatch.setattr("model.train_run.execute", never)
    monkeypatch.setattr(TwoStageTrainer, "run", never)
    monkeypatch.setattr("model.reproduce.side_by_side.measure", never)
    assert command.main(argv) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])["codes"]
    assert again["bch_63_36_cycle_reduced"] == record


def test_bad_names_of_the_command(tmp_path):
    argv = ["adaptive", "--out", str(tmp_path)]
    with pytest.raises(InputError, match="code 'qc_ldpc' is unknown; choose from bch_63_36_cy"):
        command.main([*argv, "--codes", "qc_ldpc"])
    with pytest.raises(InputError, match="decoder 'best' is unknown; choose from static, by_edge"):
        command.main([*argv, "--only", "best"])
    with pytest.raises(InputError, match="--errors must be at least 1, not 0"):
        command.main([*argv, "--errors", "0"])
    with pytest.raises(InputError, match="--train-seed must not be negative"):
        command.main([*argv, "--train-seed", "-1"])
