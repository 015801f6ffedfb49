"""Restarts along symmetries in floating point, ordered statistics, automorphisms, their table."""

import itertools
import json

import numpy as np
import pytest
import torch

from model import catalog
from model.automorphisms import check_automorphism, cyclic_group, permutation
from model.channel import point_generator, random_frames
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.inference import decode
from model.reproduce import __main__ as command
from model.restarts.decoder import RestartDecoder
from model.restarts.ordered_statistics import OrderedStatistics

GRAPH = catalog.get("bch_63_36_cycle_reduced")

pytestmark = pytest.mark.usefixtures("one_thread")


def inner(iterations=2):
    return UnfoldedDecoder(GRAPH, iterations, schedule="flooding", alpha=0.5)


def frames(count=80, ebn0_db=4.0, graph=GRAPH):
    return random_frames(graph, Encoder(graph), count, ebn0_db, point_generator(5, ebn0_db))


def test_group_of_a_cyclic_code():
    group = cyclic_group(GRAPH)
    assert group.shape == (63 * 6, 63) and len({tuple(row) for row in group.tolist()}) == 63 * 6
    assert (group[0] == np.arange(63)).all()
    for row in group[:: 63 * 6 // 5]:
        check_automorphism(GRAPH, "member", row.tolist())
    with pytest.raises(InputError, match="shift:1 is no automorphism of ccsds_128_64: a codeword"):
        cyclic_group(catalog.get("ccsds_128_64"))


def plainly(llr, rotation, blocks, damping):
    """One start of one word with a fixed permutation, block by block."""
    values, place, used = llr.copy(), np.arange(63), 0
    word = np.zeros(63, dtype=np.uint8)
    for _ in range(blocks):
        module = inner()
        soft = module(torch.from_numpy(values[None]))[:, 0].detach().numpy()
        out = decode(module, torch.from_numpy(values[None]))
        iterations = int(out.iterations[0])
        app = soft[iterations - 1]
        used += iterations
        word[place] = app < 0
        if out.decoded[0]:
            return word, True, used
        values = (values + np.float32(damping) * (app - values))[rotation]
        place = place[rotation]
    return word, False, used


@pytest.mark.parametrize("damping", [0.25, 1.0])
def test_blocks_with_one_permutation_as_said(damping):
    rotation = np.array(permutation("shift:10", 63, "rotation"))
    llr = frames(40)[1]
    found = RestartDecoder(inner(), rotation[None], blocks=6, damping=damping)(llr)
    due = [plainly(each, rotation, 6, damping) for each in llr]
    for ours, theirs in zip(found, zip(*due, strict=True), strict=True):
        assert np.array_equal(ours, np.array(theirs))
    assert found[1].any() and found[2].max() == 12


def test_starts_give_the_nearest_of_the_words_that_they_verify(monkeypatch):
    codewords, llr = frames(600, 3.5)
    group = cyclic_group(GRAPH)
    one = RestartDecoder(inner(), group, blocks=10)(llr)
    three = RestartDecoder(inner(), group, starts=3, blocks=10)(llr)
    again = RestartDecoder(inner(), group, starts=3, blocks=10)(llr)
    assert all(np.array_equal(a, b) for a, b in zip(three, again, strict=True))
    for bits, verified, _ in (one, three):
        odd = (GRAPH.parity_check_matrix() @ bits.T.astype(int)) % 2
        assert np.array_equal(verified, ~odd.any(axis=0))
    wrong = [int((bits != codewords).any(axis=1).sum()) for bits, *_ in (one, three)]
    assert three[1].sum() > one[1].sum() and wrong[1] < wrong[0]

    decoder = RestartDecoder(inner(), group, starts=2)
    bits = torch.zeros(8, 63, dtype=torch.uint8)
    bits[1::2, 0] = 1  # the second start's words have a one where 2 of 4 receive one
    llr = torch.ones(4, 63)
    llr[2:, 0] = -1.0
    verified = torch.tensor([1, 1, 0, 1, 1, 1, 0, 0], dtype=torch.bool)
    found = decoder._nearest(llr, bits, verified, torch.arange(8))
    assert found[0][:, 0].tolist() == [0, 1, 1, 0] and found[2].tolist() == [1, 3, 5, 7]
    assert found[1].tolist() == [True, True, True, False]


def test_ordered_statistics_find_the_nearest_of_all_candidates():
    _, llr = frames(12, 2.0)
    bits, verified, _ = OrderedStatistics(GRAPH)(llr)
    encoder = Encoder(GRAPH)
    generator = encoder.encode(np.eye(encoder.k, dtype=np.uint8)).astype(int)
    assert verified.all() and not ((GRAPH.parity_check_matrix() @ bits.T.astype(int)) % 2).any()
    for frame, values in enumerate(llr[:6]):
        order = np.argsort(-np.abs(values), kind="stable")
        chosen = []
        matrix = generator.copy()  # reduced so that each chosen bit is one row's alone
        for bit in order:
            row = next((r for r in range(len(chosen), 36) if matrix[r, bit]), None)
            if row is None:
                continue
            matrix[[len(chosen), row]] = matrix[[row, len(chosen)]]
            for other in range(36):
                if other != len(chosen) and matrix[other, bit]:
                    matrix[other] ^= matrix[len(chosen)]
            chosen.append(bit)
            if len(chosen) == 36:
                break
        hard = (values < 0).astype(int)
        patterns = [(), *((i,) for i in range(36)), *itertools.combinations(range(36), 2)]
        best = -np.inf
        for pattern in patterns:
            information = hard[chosen].copy()
            information[list(pattern)] ^= 1
            word = information @ matrix % 2
            agreement = (values * (1 - 2 * word)).sum()
            if agreement > best:
                best, due = agreement, word
        assert np.array_equal(bits[frame], due), frame
    with pytest.raises(InputError, match="ordered statistics: ccsds_128_64 has 128 bits"):
        OrderedStatistics(catalog.get("ccsds_128_64"))


def test_ordered_statistics_err_least():
    codewords, llr = frames(2000, 3.0)
    nearest = (OrderedStatistics(GRAPH)(llr)[0] != codewords).any(axis=1).sum()
    restarts = RestartDecoder(inner(), cyclic_group(GRAPH), starts=3, blocks=10)(llr)[0]
    assert nearest < (restarts != codewords).any(axis=1).sum()


def test_command_trains_measures_and_goes_on(tmp_path, capsys, monkeypatch):
    argv = ["restarts", "--steps", "2", "--errors", "5", "--frames", "512", "--ebn0", "3", "4",
            "--only", "min_sum", "damped_1", "damped_3", "plain_1", "learned_1", "osd",
            "--out", str(tmp_path), "--json"]  # fmt: skip
    assert command.main(argv) == 0
    out = capsys.readouterr().out
    record = json.loads(out.splitlines()[-1])["codes"]["bch_63_36_cycle_reduced"]
    assert list(record) == ["min_sum", "damped_1", "damped_3", "plain_1", "learned_1", "osd"]
    fer = {name: [p["frame_errors"] / p["frames"] for p in row["points"].values()]
           for name, row in record.items()}  # fmt: skip
    assert fer["osd"][0] < fer["damped_3"][0] < fer["min_sum"][0]
    assert "| min-sum" in (tmp_path / "restarts_bch_63_36_cycle_reduced.md").read_text()
    monkeypatch.setattr("model.reproduce.side_by_side.measure", None)
    monkeypatch.setattr("model.min_sum.train.main", None)
    assert command.main(argv) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])["codes"]
    assert again["bch_63_36_cycle_reduced"] == record


def test_bad_names_of_the_command(tmp_path):
    with pytest.raises(InputError, match="decoder 'best' is unknown; choose from bp, min_sum, "):
        command.main(["restarts", "--out", str(tmp_path), "--only", "best"])
