"""What ``--code`` and ``--spec`` may name, and the spec each stands for."""

import json
from pathlib import Path

from model import catalog
from model.errors import InputError
from model.files import read_text
from quant import kinds
from quant.kinds import presets


def spec_for(code: str | None, spec_file: str | None = None):
    """Spec for a preset, a catalogue name, a code file or a spec file.

    With both arguments the spec decides and must be of that code. ``InputError`` otherwise, and
    for everything that is unknown or broken.
    """
    if spec_file is not None:
        spec = kinds.load(spec_file)
        if code is not None and not _is_spec(code):
            _check_code(spec, spec_file, code)
        return spec
    if code in presets():
        return kinds.load(presets()[code])
    if _is_spec(code):
        return kinds.load(code)
    from quant.fit import default_spec

    return default_spec(catalog.resolve(code))


def _check_code(spec, spec_file: str, code: str) -> None:
    """``InputError`` unless the spec is made for what ``code`` names."""
    shipped = presets().get(code)
    due = kinds.load(shipped).made_for if shipped else catalog.resolve(code).name
    if due != spec.made_for:
        raise InputError(f"{spec_file}: the spec is for code {spec.made_for!r}, not {due!r}")


def _is_spec(path: str) -> bool:
    if not path.endswith(".json") or not Path(path).is_file():
        return False
    try:
        return "schema" in json.loads(read_text(path))
    except ValueError:
        return False


def describe(spec) -> str:
    """One line for people."""
    return spec.describe()


def remarks(spec) -> list[str]:
    """What a user should know before building it."""
    return spec.remarks()


def names() -> dict[str, list[str]]:
    """What :func:`listing` lists, for programs."""
    return {"presets": list(presets()), "codes": list(catalog.names())}


def listing() -> str:
    """The names that ``--code`` takes, a line each."""
    lines = ["presets (trained, with a spec of their own):"]
    for name, path in presets().items():
        spec = kinds.load(path)
        lines.append(f"  {name:24} {spec.describe()}")
    lines.append("codes (default spec):")
    lines += [f"  {name:24} {catalog.source(name)}" for name in catalog.names()]
    lines.append("5G codes take rate matching as a suffix, e.g. nr5g_bg2_z52_n1200_k500.")
    return "\n".join(lines)
