"""README and tutorial: their commands exist, and run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT, commands, programs

from model import cli
from unfoldhw.__main__ import main
from unfoldhw.commands import COMMANDS

README, TUTORIAL = ROOT / "README.md", ROOT / "docs" / "tutorial.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
LINES = [(page, line) for page in PAGES for line in commands(page)]
FRONT = [(page, line) for page, line in LINES if line.startswith("unfoldhw ")]
MAKES = [(page, line) for page, line in LINES if line.split()[0] == "make"]
LONG = {"report", "explore", "search", "qat", "loss", "reproduce", "soak", "resets", "ber"}


def named(lines: list[tuple[Path, str]]) -> list:
    return [pytest.param(line, id=f"{page.stem}: {line[:60]}") for page, line in lines]


@pytest.fixture(autouse=True)
def names_as_before(monkeypatch):
    monkeypatch.setattr(cli, "_spoken", {})


def test_pages_call_commands_by_their_own_name():
    called = [line for _, line in LINES if re.match(r"\S*python3? -m (?!tests\.)\w", line)]
    allowed = ("synth.figures", "quant.schema", "pytest")
    assert [line for line in called if not any(f"-m {name}" in line for name in allowed)] == []


def test_the_readme_is_one_page():
    assert len(README.read_text(encoding="utf-8").split()) <= 800
    assert {"make", "make test"} <= set(commands(README))


def test_the_tutorial_is_short():
    assert 8 <= len(commands(TUTORIAL)) <= 15


@pytest.mark.parametrize("line", named(MAKES))
def test_make_targets_exist(line):
    finished = subprocess.run(
        ["make", "-n", *line.split()[1:]], cwd=ROOT, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr


def options_of(said: str, words: list[str], line: str) -> None:
    known = set(re.findall(r"--[\w-]+", said))
    used = {word.split("=")[0] for word in words if word.startswith("--")}
    assert used <= known, f"{line}: no {sorted(used - known)}"


@pytest.mark.parametrize("line", named(FRONT))
def test_commands_and_options_exist(line, capsys):
    _, name, *words = shlex.split(line)
    if name.startswith("--"):
        assert name in ("--help", "--version")
        return
    # The family's own parser answers, where the command line names one.
    named_by = [part for option in ("--code", "--spec") if option in words
                for part in words[words.index(option) : words.index(option) + 2]]  # fmt: skip
    with pytest.raises(SystemExit) as caught:
        main([name, *named_by, "--help"])
    assert caught.value.code == 0
    options_of(capsys.readouterr().out, words, line)


@pytest.fixture
def copy(tmp_path) -> Path:
    """What a clone holds."""
    copy = tmp_path / "copy"
    ignored = shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=ignored)
    return copy


def run(line: str, folder: Path) -> None:
    bin_folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    finished = subprocess.run(line, shell=True, cwd=folder, env=environment)
    assert finished.returncode == 0, line


def walked(page: Path) -> list[str]:
    """The commands of a page that are run where it is already installed."""
    return [line for line in commands(page) if line.split()[0] not in ("make", "source")]


def test_the_readme_s_short_commands_run(copy):
    lines = [line for line in walked(README) if line.split()[1] not in LONG]
    assert len(lines) >= 3
    for line in lines:
        run(line, copy)


@pytest.mark.slow
def test_the_readme_s_commands_and_program_run(copy):
    for line in walked(README):
        run(line, copy)
    (copy / "program.py").write_text("\n".join(programs(README)))
    run("python program.py", copy)


@pytest.mark.slow
def test_a_stranger_s_walk(copy):
    """The tutorial, from an alist to a comparison, a plot and an area, in the order it has."""
    for line in walked(TUTORIAL):
        run(line, copy)
    assert (copy / "build" / "my_fer.png").stat().st_size > 5000
    assert (copy / "build" / "my_training.png").stat().st_size > 5000


def test_every_command_has_help():
    for name in COMMANDS:
        with pytest.raises(SystemExit) as caught:
            main([name, "--help"])
        assert caught.value.code == 0, name
