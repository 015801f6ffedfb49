"""The rooms of the repository are built one on the other, and heavy libraries stay in theirs."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["model", "quant", "hw", "sim", "synth", "unfoldhw"]
# A package or module and what neither it nor anything in it may import.
FREE_OF = {
    "hw": {"torch"},
    "quant/spec.py": {"torch", "amaranth"},
    "quant/kinds.py": {"torch", "amaranth"},
    "quant/mimo_detector": {"torch", "amaranth"},
    "quant/precoder/spec.py": {"torch", "amaranth"},
    "quant/precoder/golden.py": {"torch", "amaranth"},
    "quant/precoder/fit.py": {"torch", "amaranth"},
    "quant/precoder/cmodel": {"torch", "amaranth"},
    "quant/cmodel": {"torch", "amaranth"},
    "quant/golden": {"torch", "amaranth"},
    "model/code.py": {"torch"},
    "model/catalog": {"torch"},
    "model/io.py": {"torch"},
    "model/encode.py": {"torch"},
    "model/channel.py": {"torch"},
    "model/mimo_detector/link.py": {"torch"},
    "model/mimo_detector/linear.py": {"torch"},
    "model/mimo_detector/parameters.py": {"torch"},
    "model/mimo_detector/soft.py": {"torch"},
    "model/precoder/link.py": {"torch"},
    "model/precoder/linear.py": {"torch"},
    "model/precoder/parameters.py": {"torch"},
    "synth": {"torch"},
}


def files_of(place: str) -> list[Path]:
    path = ROOT / place
    return sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.exists()


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the dotted names that a file imports anywhere, also inside functions."""
    names = set()
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names |= {stem} | {f"{stem}.{alias.name}" for alias in node.names}
    return frozenset(names)


def closure(start: Path) -> set[str]:
    """Return everything ``start`` imports, followed through the project's own modules."""
    seen, waiting, names = set(), [start], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        names |= imported(path)
        waiting += followed(path)
    return names


@cache
def followed(path: Path) -> frozenset[Path]:
    """Return the project's own files that a file imports, the packages they lie in included."""
    found = set()
    for name in imported(path):
        place = ROOT.joinpath(*name.split("."))
        for parent in [place, *place.parents][: name.count(".") + 1]:
            found |= {parent.with_suffix(".py"), parent / "__init__.py"}
    return frozenset(own for own in found if own.exists())


@pytest.mark.parametrize("room", ORDER)
def test_imports_point_one_way(room):
    later = set(ORDER[ORDER.index(room) + 1 :]) | {"tests"}
    for path in files_of(room):
        wrong = {name for name in imported(path) if name.split(".")[0] in later}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


@pytest.mark.parametrize("place", FREE_OF)
def test_heavy_libraries_stay_out(place):
    for path in files_of(place):
        heavy = {name.split(".")[0] for name in closure(path)} & FREE_OF[place]
        assert not heavy, f"{path.relative_to(ROOT)} reaches {sorted(heavy)}"


def test_the_walk_sees_imports(tmp_path):
    assert "model.errors" in imported(ROOT / "model" / "files.py")
    assert "numpy" in closure(ROOT / "synth" / "error_point.py")
