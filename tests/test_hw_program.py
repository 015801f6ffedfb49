"""``python -m hw.program``: a code of a name or a file for a decoder that was built without it."""

import pytest
from small_sets import graph_of, small_set
from small_specs import small_graph, small_spec

from hw import program
from hw.build import build
from hw.code_set.programs.form import Form
from hw.code_set.programs.made import core_of, program_of
from model import alist
from model.errors import InputError
from quant import kinds
from sim import soak


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A decoder of four small codes with two places; nothing here changes it but ``programs``."""
    made = tmp_path_factory.mktemp("build")
    build(small_set(), made, {"programs": 2})
    return made


def test_a_code_file_becomes_a_program_that_decodes(folder, tmp_path, capsys):
    file = tmp_path / "own.alist"
    file.write_text(alist.dump(graph_of(6, 4, 16, 0.4, 9)))
    assert program.main(["--build", str(folder), "--code", str(file), "--place", "0"]) == 0
    assert "own is code 4 then" in capsys.readouterr().out
    spec = kinds.load(folder / "programs" / "0.json")
    assert spec.thresholds == small_set().members[0].thresholds
    found = soak.run(folder, frames=400, wrong=0.2, seed=2)
    assert found.ok, found.fault


def test_bytes_depend_on_the_build(folder, tmp_path):
    """A program of one build says so, and another build does not take it."""
    spec, code = small_set(), small_spec(6, graph=graph_of(6, 4, 16, 0.4, 9))
    found = {
        program_of(core_of(spec, options), 0, code)[:4]
        for options in (
            {"programs": 1}, {"programs": 2}, {"programs": 1, "program_rows": 30},
            {"programs": 1, "bits_per_beat": 32}, {"programs": 1, "slots": 2},
        )
    }  # fmt: skip
    assert len(found) == 5


def test_sizes_are_those_of_the_form():
    core = core_of(small_set(), {"programs": 1})
    code = small_spec(6, graph=small_graph(6))
    assert len(program_of(core, 0, code)) == core.programs.form.size
    assert isinstance(core.programs.form, Form)


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (graph_of(7, 4, 16, 0.4, 9), "lifting size 7, the decoder is for 6"),
        (graph_of(6, 4, 40, 0.4, 9), "40 block columns, the decoder has room for 20"),
        (graph_of(6, 9, 20, 0.4, 9), "9 block rows, the decoder has room for 8"),
        (graph_of(6, 6, 20, 0.99, 9), "block edges, the decoder has room for"),
    ],
)
def test_codes_that_do_not_fit_are_refused(graph, said):
    core = core_of(small_set(), {"programs": 1})
    with pytest.raises(InputError, match=said):
        program_of(core, 0, small_spec(graph.block.lifting_size, graph=graph))


def test_what_is_refused(folder, tmp_path, capsys):
    plain = tmp_path / "plain"
    build(small_set(), plain)
    file = tmp_path / "own.alist"
    file.write_text(alist.dump(graph_of(6, 4, 16, 0.4, 9)))
    for arguments, said in (
        (["--build", str(plain), "--code", str(file)], "without places for programs"),
        (["--build", str(folder), "--code", str(file), "--place", "2"], "--place is 2"),
        (["--build", str(folder), "--code", "wifi_648_r12"], "lifting size 27"),
        (["--build", str(tmp_path), "--code", str(file)], "build.json"),
        (["--build", str(folder), "--code", str(file), "--out", "x.json"], "ends in .bin"),
    ):
        with pytest.raises(InputError, match=said):
            program.main(arguments)
    with pytest.raises(InputError, match="means nothing without programs"):
        build(small_set(), tmp_path / "none", {"program_rows": 9})
    assert not (tmp_path / "none").exists()
    build(small_spec(6), tmp_path / "single")
    with pytest.raises(InputError, match="family 'min_sum' has no programs at run time"):
        program.main(["--build", str(tmp_path / "single"), "--code", str(file)])
