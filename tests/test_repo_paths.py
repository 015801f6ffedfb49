"""Names of files: whatever a loader is given for one, it answers in one line and soon."""

import os
import time

import numpy as np
import pytest

from hw import record
from model import catalog, io
from model.code import TannerGraph
from model.errors import InputError
from model.files import write_atomic
from model.parameters import Parameters
from model.precoder.parameters import PrecoderParameters
from model.snr_table import SnrTable
from quant import kinds
from sim import buildfolder, failures, results

GRAPH = TannerGraph.from_exponents([[0, 0]], 2, "x")



def a_checkpoint(path):
    import torch

    from model import checkpoint

    model = torch.nn.Linear(1, 1)
    checkpoint.read(path, {}, 1, 1e3, model, torch.optim.Adam(model.parameters()))


LOADERS = {
    "code": (io.load, (".alist", ".qc", ".json")),
    "catalogue": (catalog.resolve, (".alist", ".qc", ".json")),
    "spec": (kinds.load, (".json",)),
    "preset": (kinds.resolve, (".json",)),
    "parameters": (lambda path: Parameters.load(path, GRAPH), (".npz",)),
    "precoder": (PrecoderParameters.load, (".npz",)),
    "table": (lambda path: SnrTable.load(path, GRAPH), (".npz",)),
    "checkpoint": (a_checkpoint, (".npz", "")),
    "results": (results.load, (".json",)),
    "failures": (failures.load, (".json",)),
    "build folder": (buildfolder.read, ("",)),
    "Verilog": (record.text_of, (".v",)),
}
NAMES = {
    "300 characters": "x" * 300,
    "5000 characters": "y" * 5000,
    "NUL": "a\0b",
    "surrogate": "a\udcffb",
    "lone high surrogate": "a\ud800b",
    "newline": "a\nb",
    "escape": "a\x1b[2Jb",
    "nothing": "",
    "folder": "folder",
    "pipe": "pipe",
    "zeros": "zeros",
    "locked": "locked",
    "link to itself": "loop",
    "below a file": "file/x",
}


@pytest.fixture
def places(tmp_path):
    """A folder in which every name of ``NAMES`` with a suffix is what it says."""
    for suffix in (".alist", ".qc", ".json", ".npz", ".v", ""):
        (tmp_path / f"folder{suffix}").mkdir()
        os.mkfifo(tmp_path / f"pipe{suffix}")
        (tmp_path / f"zeros{suffix}").symlink_to("/dev/zero")
        (tmp_path / f"loop{suffix}").symlink_to(f"loop{suffix}")
        (tmp_path / f"locked{suffix}").write_bytes(b"\xff")
        (tmp_path / f"locked{suffix}").chmod(0)
    (tmp_path / "file").write_text("x")
    return tmp_path


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("name", NAMES)
def test_one_line_whatever_the_name(places, loader, name):
    load, suffixes = LOADERS[loader]
    for suffix in suffixes:
        with pytest.raises(InputError) as caught:
            load(f"{places}/{NAMES[name]}{suffix}")
        text = str(caught.value)
        assert text.isprintable() and 0 < len(text) <= 600


@pytest.mark.parametrize("name", ["NUL", "lone high surrogate", "5000 characters", "folder"])
def test_what_cannot_be_written(places, name):
    with pytest.raises(InputError) as caught:
        write_atomic(f"{places}/{NAMES[name]}", "x")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["x" * 100_000, "a\nb", "a\0b", "\ud800", "wifi" * 5000, "", "é"])
def test_names_that_no_catalogue_has(name):
    started = time.process_time()
    with pytest.raises(InputError, match="no code is named") as caught:
        catalog.get(name)
    assert str(caught.value).isprintable() and time.process_time() - started < 2


def test_a_code_is_named_after_its_file_or_what_is_left_of_it(tmp_path):
    for stem, name in (
        ("code", "code"),
        ("x" * 200, "x" * 64),
        ("a$(b)`c`", "a_(b)_c_"),
        ("a\nb", "a_b"),
        ("a..b", "a_b"),
        (" a ", "a"),
        ("\udcff", "_"),
    ):
        path = tmp_path / f"{stem}.qc"
        path.write_text("2 1 2\n0 1\n")
        assert io.load(path).name == name


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "a/b", 'a"b', "a\ud800", "a\x1b", 7, None])
def test_no_graph_has_a_name_that_no_rule_allows(name):
    with pytest.raises(InputError, match="name of the code"):
        TannerGraph.from_exponents([[0, 1]], 3, name)
    with pytest.raises(InputError, match="name of the code"):
        TannerGraph.from_dense(np.ones((1, 2)), name)
