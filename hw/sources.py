"""What ``--code`` and ``--spec`` may name, and the spec each stands for."""

from pathlib import Path

from model import catalog
from model.errors import InputError
from model.files import read_text
from model.json_text import parse_json
from quant import kinds
from quant.kinds import presets
from quant.measured import summary
from quant.spec import SCHEDULES

ARCHITECTURES = {"layered": "layered", "flooding": "flooding", "direct": "flooding"}
"""Decoder architecture -> the schedule of the specs that it computes."""


def spec_for(code: str | None, spec_file: str | None = None, architecture: str | None = None):
    """Spec for a preset, a catalogue name, a code file or a spec file.

    With both of the first two the spec decides and must be of that code. ``architecture``: one of
    ``ARCHITECTURES``; without, a code that has no spec of its own is decoded layer by layer if it
    has block structure and directly if not. ``InputError`` otherwise, and for everything that is
    unknown or broken, or a spec that the architecture does not compute.
    """
    if architecture is not None and architecture not in ARCHITECTURES:
        raise InputError(
            f"--architecture {architecture}: unknown, there are {', '.join(ARCHITECTURES)}"
        )
    due = None if architecture is None else SCHEDULES[ARCHITECTURES[architecture]]
    if spec_file is not None or _is_spec(code):
        place = code if spec_file is None else spec_file
        spec = kinds.load(place)
        if spec_file is not None and code is not None and not _is_spec(code):
            _check_code(spec, spec_file, code)
        if due not in (None, spec.kind):
            raise InputError(f"{place}: --architecture {architecture} does not compute "
                             f"specs of kind {spec.kind!r}")  # fmt: skip
        return spec
    if code in presets():
        spec = kinds.load(presets()[code])
        if due in (None, spec.kind):
            return spec
    from quant.fit import default_spec

    graph = catalog.resolve(code)
    if architecture is None:
        architecture = "direct" if graph.block is None else "layered"
    return default_spec(graph, schedule=ARCHITECTURES[architecture])


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
        record = parse_json(read_text(path), path)
    except InputError:
        return False
    return isinstance(record, dict) and "schema" in record


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
    lines = ["presets (a spec of their own, with what was measured of it):"]
    for name, path in presets().items():
        spec = kinds.load(path)
        lines.append(f"  {name:24} {spec.describe()}{summary(spec)}")
    lines.append("codes (default spec):")
    lines += [f"  {name:24} {catalog.source(name)}" for name in catalog.names()]
    lines.append("5G codes take rate matching as a suffix, e.g. nr5g_bg2_z52_n1200_k500.")
    return "\n".join(lines)
