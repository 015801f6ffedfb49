"""The README's shell commands exist, and run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```(?:sh|bash|shell|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def readme_commands() -> list[str]:
    """Return the command lines of the README's shell blocks, comments and prompts removed."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = []
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words:
                lines.append(shlex.join(words))
    return lines


COMMANDS = readme_commands()
MODULES = [line for line in COMMANDS if re.match(r"\S*python3? -m \w+\.", line)]
MAKES = [line for line in COMMANDS if line.split()[0] == "make"]


def test_the_readme_has_commands():
    assert "make" in COMMANDS and "make test" in COMMANDS


@pytest.mark.parametrize("line", MAKES)
def test_make_targets_exist(line):
    finished = subprocess.run(
        ["make", "-n", *line.split()[1:]], cwd=ROOT, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("line", MODULES)
def test_modules_and_options_exist(line):
    words = shlex.split(line)
    module = words[words.index("-m") + 1]
    finished = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr
    known = set(re.findall(r"--[\w-]+", finished.stdout))
    used = {word.split("=")[0] for word in words if word.startswith("--")}
    assert used <= known, f"{line}: {module} knows no {sorted(used - known)}"


@pytest.mark.slow
def test_every_module_command_runs(tmp_path):
    copy = tmp_path / "copy"
    ignored = shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=ignored)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for line in MODULES:
        finished = subprocess.run(line, shell=True, cwd=copy, env=environment)
        assert finished.returncode == 0, line
