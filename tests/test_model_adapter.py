"""Parameters that follow Eb/N0: the adapter network and the table it is folded into."""

import numpy as np
import pytest
import torch

from model import catalog, relaxation, train
from model.adapter import Adapter, AdapterTrainer
from model.decoder import UnfoldedDecoder
from model.errors import InputError
from model.parameters import Parameters
from model.snr_table import SnrTable
from model.training import Plan

CODE = "bch_31_16"
OPTIONS = [
    *("--code", CODE, "--schedule", "flooding", "--iterations", "3", "--sharing", "one"),
    *("--batch", "20", "--ebn0", "2:6", "--relaxation", "0.5", "--snr-rows", "4"),
]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def graph():
    return catalog.get(CODE)


def decoder(graph, **options):
    return UnfoldedDecoder(graph, 3, schedule="flooding", alpha=0.6, relaxation=0.5, **options)


def test_adapter_starts_as_the_decoder(graph):
    adapter = Adapter(decoder(graph, frozen=("beta",)), (2.0, 6.0))
    for ebn0_db in (2.0, 3.3, 6.0):
        found = adapter(ebn0_db)
        assert set(found) == {"alpha", "relaxation_logit"}
        assert (found["alpha"] == 0.6).all() and found["alpha"].shape == (3, 1)
        assert found["relaxation_logit"].shape == ()


def test_adapter_holds_its_ends(graph):
    adapter = Adapter(decoder(graph), (2.0, 6.0))
    with torch.no_grad():
        adapter.out += 0.1
    ends = [adapter(x)["alpha"] for x in (-3.0, 2.0, 6.0, 30.0)]
    assert torch.equal(ends[0], ends[1]) and torch.equal(ends[2], ends[3])
    assert not torch.equal(ends[0], ends[2])


def test_training_folds_into_rows_that_load_again(graph, tmp_path):
    out = tmp_path / "t.npz"
    assert train.main([*OPTIONS, "--steps", "6", "--lr", "0.1", "--out", str(out)]) == 0
    table = SnrTable.load(out, graph)
    assert table.ebn0_db == pytest.approx([2, 10 / 3, 14 / 3, 6])
    alphas = [row.alpha[0, 0] for row in table.rows]
    assert len(set(alphas)) == 4 and all((row.beta >= 0).all() for row in table.rows)
    assert len({row.gamma for row in table.rows}) == 4
    assert table.metadata["made"]["command"].startswith(f"python -m model.train --code {CODE}")
    # A row is what the adapter says there.
    assert UnfoldedDecoder.from_parameters(table.at(2)).alpha[0, 0].item() == alphas[0]


def test_folded_row_equals_the_adapter(graph):
    trainer = AdapterTrainer(decoder(graph), Plan(steps=3, batch=10, ebn0_db=(2, 6), lr=0.2))
    trainer.run()
    table = trainer.table(3)
    for point, row in zip(table.ebn0_db, table.rows, strict=True):
        said = trainer.model(float(point))
        np.testing.assert_array_equal(row.alpha[:, 0], said["alpha"].detach()[:, 0])
        assert row.gamma == float(torch.sigmoid(said["relaxation_logit"].detach()))


def test_interrupted_run_resumes_exactly(graph, tmp_path):
    plan = Plan(steps=6, batch=10, ebn0_db=(2.0, 6.0))
    whole, part, rest = (AdapterTrainer(decoder(graph), plan, tmp_path / n) for n in "abb")
    whole.run()
    part.run(until=3)
    rest.resume()
    rest.run()
    assert rest.history == whole.history
    ours, theirs = (t.table(2).rows[0].alpha for t in (rest, whole))
    np.testing.assert_array_equal(ours, theirs)


def constant_table(graph, points):
    rows = tuple(Parameters.constant(graph, 2, alpha=0.1 * (i + 1)) for i in range(len(points)))
    return SnrTable(np.array(points, dtype=float), rows)


def test_nearest_row(graph):
    table = constant_table(graph, [2, 3, 5])
    asked = (-9, 2.4, 2.5, 2.6, 3.9, 4.1, 50)
    assert [table.row_of(x) for x in asked] == [0, 0, 0, 1, 1, 2, 2]
    assert table.at(4.9).alpha[0, 0] == pytest.approx(0.3)


def test_bad_tables_are_named(graph, tmp_path):
    with pytest.raises(InputError, match="do not ascend"):
        constant_table(graph, [3, 2])
    with pytest.raises(InputError, match="0 rows"):
        constant_table(graph, [])
    path = constant_table(graph, [2, 3]).save(tmp_path / "t.npz")
    assert len(SnrTable.load(path, graph).rows) == 2
    with pytest.raises(InputError, match=r"t\.npz: made for code 'bch_31_16', whose edges differ"):
        SnrTable.load(path, catalog.get("bch_63_45"))
    with pytest.raises(InputError, match="schema"):
        Parameters.load(path, graph)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--snr-rows", "0"], "--snr-rows must be at least 1, not 0"),
        (["--hard", "1"], "hard 1: not together with an SNR table"),
        (["--channel-weights", "one"], "an SNR table holds alpha, beta and gamma"),
    ],
)
def test_bad_options(tmp_path, options, text):
    with pytest.raises(InputError, match=text):
        train.main([*OPTIONS, "--out", str(tmp_path / "t.npz"), *options])
    assert list(tmp_path.iterdir()) == []


def test_nearest_power_of_two_factor():
    assert relaxation.gamma_of(3) == 0.875
    wanted = {0.863: 3, 0.875: 3, 0.779: 2, 0.62: 1, 0.05: 1, 0.9999999: 15}
    assert {gamma: relaxation.nearest_shift(gamma) for gamma in wanted} == wanted
    for bad in (0.0, 1.0, float("nan")):
        with pytest.raises(InputError, match="between 0 and 1"):
            relaxation.nearest_shift(bad)
