"""pyproject.toml, constraints.txt and the tree agree."""

import re
import tomllib
from pathlib import Path

from setuptools import find_packages

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = ["model", "quant", "hw", "sim", "synth", "unfoldhw"]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    found = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normal(name): version for name, version in found}


def test_every_package_is_found_and_no_other():
    where = PROJECT["tool"]["setuptools"]["packages"]["find"]
    found = find_packages(ROOT, **where)
    scripts = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    assert set(found) == {".".join(path.parent.relative_to(ROOT).parts) for path in scripts}


def test_data_files_are_packaged():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and path.suffix != ".py" and path.parent.name != "__pycache__":
                assert (path.parent / "__init__.py").exists(), path
                assert any(path.match(pattern) for pattern in patterns), path


def test_every_requirement_has_an_exact_pin():
    project = PROJECT["project"]
    wanted = list(project["dependencies"])
    for extra, requirements in project["optional-dependencies"].items():
        wanted += requirements if extra != "all" else []
    names = {normal(re.match(r"[\w.-]+", requirement)[0]) for requirement in wanted}
    assert names <= set(pins())


def test_pins_are_exact_and_without_local_parts():
    assert all(re.fullmatch(r"[\w.]+", version) for version in pins().values())
    assert pins()["torch"] == "2.13.0"
