"""Verilog that is kept for the next build of the same."""

import json
from dataclasses import replace

import pytest
from small_specs import small_spec

from hw import build, design
from model import families

SPEC = small_spec(3)


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Which designs were made, with a folder of kept ones of this test's own."""
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr("model.kept.own_folder", lambda purpose: tmp_path / "cache")
    found, make = [], design._made

    def counted(source, kind, architecture, options):
        found.append(options)
        return make(source, kind, architecture, options)

    monkeypatch.setattr(design, "_made", counted)
    return found


def texts(folder) -> dict:
    """Content of a build folder, without the time that the build took."""
    found = {path.name: path.read_text() for path in folder.iterdir()}
    found["build.json"] = json.loads(found["build.json"]) | {"seconds": 0}
    return found


def test_the_second_build_is_the_first_one(made, tmp_path):
    for name in ("first", "second"):
        build.build(SPEC, tmp_path / name, reuse=True)
    assert len(made) == 1
    assert texts(tmp_path / "first") == texts(tmp_path / "second")


def test_without_reuse_it_is_made_each_time(made, tmp_path):
    for _ in range(2):
        build.build(SPEC, tmp_path / "x")
    assert len(made) == 2
    assert not list((tmp_path / "cache").iterdir())


def test_another_option_program_or_name_is_another_design(made, monkeypatch, tmp_path):
    build.build(SPEC, tmp_path / "x", reuse=True)
    build.build(SPEC, tmp_path / "x", {"slots": 1}, reuse=True)
    assert texts(tmp_path / "x")["build.json"]["options"]["slots"] == 1
    monkeypatch.setattr(design, "VERSION", "another")
    build.build(SPEC, tmp_path / "x", reuse=True)
    build.build(replace(SPEC, name="renamed"), tmp_path / "x", reuse=True)
    assert len(made) == 4
    assert "module renamed" in (tmp_path / "x" / "renamed.v").read_text()


def test_what_was_kept_and_is_broken_is_made_again(made, tmp_path):
    build.build(SPEC, tmp_path / "x", reuse=True)
    (kept,) = (tmp_path / "cache").rglob("design.v")
    kept.write_text("changed")
    build.build(SPEC, tmp_path / "y", reuse=True)
    assert len(made) == 2
    assert texts(tmp_path / "x") == texts(tmp_path / "y")


def test_designs_of_other_packages_are_not_kept(made, monkeypatch, tmp_path):
    monkeypatch.setattr(families, "OWN", ())
    for _ in range(2):
        build.build(SPEC, tmp_path / "x", reuse=True)
    assert len(made) == 2


def test_the_program_is_all_its_sources(made, monkeypatch, tmp_path):
    build.build(SPEC, tmp_path / "x", reuse=True)
    monkeypatch.setattr(design, "_PACKAGES", ("model", "quant"))
    build.build(SPEC, tmp_path / "x", reuse=True)
    assert len(made) == 2
