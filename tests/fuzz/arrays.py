"""Parameters, tables and checkpoints: archives of arrays."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from model.code import TannerGraph
from model.decoder import UnfoldedDecoder
from model.errors import InputError
from model.parameters import Parameters
from model.precoder.parameters import PrecoderParameters
from model.precoder.system import System
from model.snr_table import SnrTable
from model.training import Plan, Trainer
from quant.fit import fit

from . import zip_mutations
from .target import Target, one_line

_GRAPH = TannerGraph.from_exponents([[0, 1, -1, 3, 0], [2, -1, 4, 1, 1]], 5, "tiny")
_PLAIN = TannerGraph.from_edges(_GRAPH.check_of_edge, _GRAPH.variable_of_edge, 10, 25, "tiny")


def targets() -> list[Target]:
    """Both kinds."""
    bombs = [zip_mutations.bomb(400)]
    with tempfile.TemporaryDirectory() as folder:
        return [
            Target("npz", _parameters(Path(folder)), zip_mutations.mutate, _use_npz, ".npz", bombs),
            Target("checkpoint", _checkpoints(Path(folder)), zip_mutations.mutate, _use_checkpoint,
                   ".checkpoint", bombs),
        ]  # fmt: skip


def _parameters(folder: Path) -> list[bytes]:
    rng = np.random.default_rng(1)
    shape = (3, _GRAPH.n_block_edges)
    made = {"rule": "normalised-offset", "schedule": "layered", "made": {"command": "x"}}
    first = Parameters(_GRAPH, rng.random(shape), rng.random(shape) / 4, "block_edge", 0.5,
                       np.ones(25), made)  # fmt: skip
    layers = {**made, "layers": [[*range(5)], [*range(5, 10)]], "frozen": ["beta"]}
    edges = (2, _GRAPH.n_edges)
    second = Parameters(_PLAIN, rng.random(edges), rng.random(edges), "edge", None, None, layers)
    third = PrecoderParameters.constant(System(8, 2, "qpsk"), 3, 0.1)
    rows = [replace(first, channel_weight=None), replace(first, channel_weight=None)]
    table = SnrTable(np.array([1.0, 2.0]), tuple(rows))
    saved = [item.save(folder / "x.npz") and (folder / "x.npz").read_bytes()
             for item in (first, second, third, table)]  # fmt: skip
    return saved


def _use_npz(data: bytes, folder: Path) -> None:
    """Every loader gets the file; it is refused if all refuse it."""
    path = folder / "case.npz"
    path.write_bytes(data)
    accepted, refused = 0, None
    for load, check in (
        (lambda: Parameters.load(path, _GRAPH), _check_parameters),
        (lambda: Parameters.load(path, _PLAIN), _check_parameters),
        (lambda: PrecoderParameters.load(path), _check_precoder),
        (lambda: SnrTable.load(path, _GRAPH), _check_table),
    ):
        try:
            found = load()
        except InputError as error:
            one_line(str(error))
            refused = refused if refused is not None and not accepted else error
            continue
        check(found, folder)
        accepted += 1
    if not accepted:
        raise refused


def _same_arrays(one, other, names: tuple[str, ...]) -> None:
    for name in names:
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None) and (a is None or np.array_equal(a, b)), name


def _check_parameters(found: Parameters, folder: Path) -> None:
    again = Parameters.load(found.save(folder / "again.npz"), found.graph)
    _same_arrays(found, again, ("alpha", "beta", "gamma", "channel_weight"))
    names = {"graph": found.graph.name, "layout": found.layout}  # of what it was loaded for
    assert again.metadata == found.metadata | names and again.layout == found.layout
    assert found.edge_alpha().shape == (found.iterations, found.graph.n_edges)
    assert found.alpha.dtype == np.float64 and (found.alpha >= 0).all()
    if found.iterations > 20:
        return
    _or_refused(lambda: fit(found))
    decoder = _or_refused(lambda: UnfoldedDecoder.from_parameters(found))
    if decoder is not None:
        with torch.no_grad():
            decoder(torch.ones((2, found.graph.n)))


def _or_refused(call):
    try:
        return call()
    except InputError as error:
        one_line(str(error))
        return None


def _check_precoder(found: PrecoderParameters, folder: Path) -> None:
    again = PrecoderParameters.load(found.save(folder / "again.npz"))
    _same_arrays(found, again, ("tau", "rho", "start"))
    assert again.system == found.system and 1 <= found.system.users <= found.system.antennas
    assert again.metadata == found.metadata


def _check_table(found: SnrTable, folder: Path) -> None:
    again = SnrTable.load(found.save(folder / "again.npz"), _GRAPH)
    assert np.array_equal(found.ebn0_db, again.ebn0_db)
    for one, other in zip(found.rows, again.rows, strict=True):
        _same_arrays(one, other, ("alpha", "beta", "gamma"))


# --- checkpoints ---------------------------------------------------------------------------------


def _trainer(path: Path | None, optimiser: str) -> Trainer:
    torch.set_num_threads(1)
    plan = Plan(steps=6, batch=2, optimiser=optimiser, ebn0_db=(2.0, 3.0), codewords="zero")
    decoder = UnfoldedDecoder(_GRAPH, 2, sharing="block_edge", relaxation=0.5)
    return Trainer(decoder, plan, path)


def _checkpoints(folder: Path) -> list[bytes]:
    found = []
    for optimiser, until in (("adam", 0), ("adam", 2), ("rmsprop", 3)):
        path = folder / f"{optimiser}{until}"
        _trainer(path, optimiser).run(until=until)
        found.append(path.read_bytes())
    return found


def _state(trainer: Trainer) -> str:
    return repr((trainer.step, trainer.history, trainer.model.state_dict(),
                 trainer._optimiser.state_dict()))  # fmt: skip


def _use_checkpoint(data: bytes, folder: Path) -> None:
    path = folder / "case.checkpoint"
    path.write_bytes(data)
    accepted, refused = 0, None
    for optimiser in ("adam", "rmsprop"):
        trainer = _trainer(path, optimiser)
        before = _state(trainer)
        try:
            trainer.resume()
        except InputError as error:
            one_line(str(error))
            assert _state(trainer) == before, "refused, but taken over in part"
            refused = error
            continue
        accepted += 1
        assert len(trainer.history) == trainer.step <= trainer.plan.steps
        after = _state(trainer)
        trainer.checkpoint, trainer._saved_step = folder / "again.checkpoint", None
        trainer.save()
        other = _trainer(folder / "again.checkpoint", optimiser)
        other.resume()
        assert _state(other) == after
        trainer.checkpoint = None
        _or_refused(trainer.run)  # it may diverge, and says so
    if not accepted:
        raise refused

