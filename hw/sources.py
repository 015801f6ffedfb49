"""What ``--code`` and ``--spec`` may name, and the spec each stands for."""

import json
from importlib import resources
from pathlib import Path

from hw import kinds
from model import catalog
from model.errors import InputError
from model.files import read_text


def presets() -> dict[str, Path]:
    """Shipped specs by name."""
    folder = Path(str(resources.files("quant.presets")))
    return {path.stem: path for path in sorted(folder.glob("*.json"))}


def spec_for(code: str | None, spec_file: str | None = None):
    """Spec for a preset, a catalogue name, a code file or a spec file.

    With both arguments the spec decides and must be of that code. ``InputError`` otherwise, and
    for everything that is unknown or broken.
    """
    if spec_file is not None:
        spec = _load_spec(spec_file)
        if code is not None and not _is_spec(code):
            due, found = catalog.resolve(code), spec.code.name
            if due.name != found:
                raise InputError(f"{spec_file}: the spec is for code {found!r}, not {due.name!r}")
        return spec
    if code in presets():
        return _load_spec(presets()[code])
    if _is_spec(code):
        return _load_spec(code)
    from quant.fit import default_spec

    return default_spec(catalog.resolve(code))


def _is_spec(path: str) -> bool:
    if not path.endswith(".json") or not Path(path).is_file():
        return False
    try:
        return "schema" in json.loads(read_text(path))
    except ValueError:
        return False


def _load_spec(path: str | Path):
    try:
        record = json.loads(read_text(path))
        kind = record.get("kind") if isinstance(record, dict) else None
    except ValueError:
        kind = None
    # A file too broken to name its kind is for the first kind's loader to explain.
    return kinds.get(kind if kind is not None else next(iter(kinds.KINDS))).load(path)


def describe(spec) -> str:
    """One line for people."""
    z, kind = spec.code.lifting_size, "early stop" if spec.early_stop else "no early stop"
    return (
        f"{spec.code.name} ({spec.n}, {spec.k}), Z={z}, {spec.message_bits}-bit messages, "
        f"{spec.app_bits}-bit APP, {spec.iterations} iterations, {kind}"
    )


def remarks(spec) -> list[str]:
    """What a user should know about the code before building it."""
    code = spec.code
    checks = len(code.rows) * code.lifting_size
    known = sum(
        code.lifting_size - lanes
        for lanes, fill in zip(code.transmitted_lanes, code.fill, strict=True)
        if fill == "zero"
    )
    redundant = checks - (spec.n_variables - known - spec.k)
    if redundant == 0:
        return []
    return [
        f"note: {code.name} is rank-deficient, {redundant} of {checks} checks follow from the "
        f"others; k = {spec.k} is from the true rank"
    ]


def names() -> dict[str, list[str]]:
    """What :func:`listing` lists, for programs."""
    return {"presets": list(presets()), "codes": list(catalog.names())}


def listing() -> str:
    """The names that ``--code`` takes, a line each."""
    lines = ["presets (trained, with a spec of their own):"]
    for name, path in presets().items():
        spec = _load_spec(path)
        lines.append(f"  {name:24} {describe(spec)}")
    lines.append("codes (default spec):")
    lines += [f"  {name:24} {catalog.source(name)}" for name in catalog.names()]
    lines.append("5G codes take rate matching as a suffix, e.g. nr5g_bg2_z52_n1200_k500.")
    return "\n".join(lines)
