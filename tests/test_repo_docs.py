"""The documents as a site, and the tables in them that come from records."""

import os
import re
import subprocess
import sys

from pages import ROOT

from quant import kinds
from synth import figures
from unfoldhw.commands import COMMANDS

DOCS = ROOT / "docs"


def test_the_site_builds_strictly(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert "WARNING" not in finished.stderr
    commands = (tmp_path / "site" / "commands" / "index.html").read_text()
    assert all(f"usage: unfoldhw {name} " in commands for name in COMMANDS)
    pictures = {path.stem for path in (tmp_path / "site" / "presets").glob("*.png")}
    assert pictures == set(kinds.presets())
    assert "prove" in (tmp_path / "site" / "api" / "index.html").read_text()


def test_every_page_is_in_the_site():
    nav = (ROOT / "mkdocs.yml").read_text()
    assert [page.name for page in DOCS.glob("*.md") if page.name not in nav] == []


def test_tables_are_those_of_the_records():
    for page in (ROOT / "README.md", *DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        assert figures.filled(text) == text, f"python -m synth.figures --write {page.name}"


def test_no_commit_stands_for_a_version():
    """Hashes of commits are history: they stand in CHANGELOG.md alone."""
    for page in (ROOT / "README.md", *DOCS.glob("*.md")):
        found = re.search(r"(?i)\bcommit [0-9a-f]{7}\b", page.read_text(encoding="utf-8"))
        assert found is None, f"{page.name}: {found[0]}"
