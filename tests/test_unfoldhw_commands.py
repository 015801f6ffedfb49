"""The one command: what it lists, how it refuses, what the shell completes, from where it runs."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from model import cli
from model.errors import InputError
from model.version import VERSION
from unfoldhw.__main__ import main, overview
from unfoldhw.commands import COMMANDS, SPOKEN

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["model", "quant", "hw", "sim", "synth"]
NOT_IN_FRONT = {"synth.figures", "synth.cores"}
"""Modules for who works on the project itself."""


@pytest.fixture(autouse=True)
def names_as_before(monkeypatch):
    monkeypatch.setattr(cli, "_spoken", {})


def runnable() -> set[str]:
    """Modules that end with ``cli.run(main)``."""
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if re.search(r"^    (cli\.)?run\(main\)$", text, re.MULTILINE):
                ast.parse(text)
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                found.add(module.removesuffix(".__main__"))
    return found


def test_every_command_of_the_rooms_is_behind_it():
    modules = {command.module for command in COMMANDS.values()}
    assert runnable() - {*SPOKEN} - NOT_IN_FRONT == set()
    assert modules <= runnable()


def test_it_lists_them(capsys):
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == overview()
    assert all(f"  {name} " in overview() for name in COMMANDS)
    assert main([]) == 2


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"unfoldhw {VERSION}\n"


def test_a_wrong_name_gets_the_near_one():
    with pytest.raises(InputError, match="no command 'biuld', perhaps build"):
        main(["biuld"])
    with pytest.raises(InputError, match="no command 'xyzzy' "):
        main(["xyzzy"])


def test_help_and_errors_name_it_as_it_was_called(capsys):
    with pytest.raises(SystemExit):
        main(["build", "--help"])
    said = capsys.readouterr().out
    assert said.startswith("usage: unfoldhw build ") and "python -m" not in said
    with pytest.raises(InputError, match=r"\(see unfoldhw build --help\)$"):
        main(["build", "--nonsense"])


def in_process(words: list[str], folder: Path, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "unfoldhw", *words], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def test_a_missing_extra_is_one_line(tmp_path):
    # A module of that name that says it is not there stands for a package that is not installed.
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('none', name='torch')\n")
    environment = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    found = in_process(["train", "--code", "qc_ldpc", "--out", "p.npz"], tmp_path, **environment)
    assert found.returncode == 2
    line = "error: package torch is not installed: pip install 'unfoldhw[train]'\n"
    assert found.stderr == line


@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("unfoldhw co", {"codes", "cosim", "compare"}),
        ("unfoldhw cosim --fr", {"--frames"}),
        ("unfoldhw build --code qc_ldpc --fi", {"--fifo"}),
        ("unfoldhw fer --code mimo_precoder --rec", {"--receiver"}),
    ],
)
def test_the_shell_completes(line, some, tmp_path):
    # As argcomplete's shell function calls it: answers go to file descriptor 8.
    script = f"exec 8>answers 9>/dev/null; {sys.executable} -m unfoldhw"
    asking = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)),
              "COMP_TYPE": "9", "_ARGCOMPLETE_IFS": "\n", "PYTHONPATH": str(ROOT)}  # fmt: skip
    subprocess.run(["bash", "-c", script], cwd=tmp_path, env={**os.environ, **asking}, check=True)
    assert set((tmp_path / "answers").read_text().split()) >= some
