"""What ``--code`` and ``--spec`` may name, and the spec or family each stands for."""

import os
from collections.abc import Sequence

from model import catalog, cli, families
from model.code_file import CodeFile
from model.errors import InputError
from model.files import read_text
from model.json_text import parse_json
from quant import kinds
from quant.kinds import presets
from quant.measured import summary


def spec_for(
    code: str | CodeFile | None, spec_file: str | None = None, architecture: str | None = None
):
    """Spec for a preset, a name of the catalogue, a code file or a spec file.

    With both of the first two the spec decides and must be of that code; ``spec_file`` may also
    name a preset. ``architecture`` : one that the spec's family knows (its ``ARCHITECTURES``: name
    to the kind of spec that it computes); without, a code that has no spec of its own gets the
    family's choice. ``InputError`` for what is unknown or broken, or a spec that the architecture
    does not compute.
    """
    if spec_file is not None or _is_spec(code):
        place = str(code) if spec_file is None else spec_file
        spec = kinds.resolve(place)
        if spec_file is not None and code is not None and not _is_spec(code):
            _check_code(spec, spec_file, code)
        if not _computes(architecture, spec):
            raise InputError(f"{place}: --architecture {architecture} does not compute "
                             f"specs of kind {spec.kind!r}")  # fmt: skip
        return spec
    if code in presets():
        spec = kinds.load(presets()[code])
        if _computes(architecture, spec):
            return spec
        family = kinds.family_of(spec)
    else:
        family = families.of_code(code)
        _known(architecture, family)
    return families.need(family, "spec_of_code")(code, architecture)


def family_named(argv: Sequence[str]) -> families.Family:
    """The family of what ``--spec`` or ``--code`` names on a command line.

    What is not there or broken is for the family's own parser to explain: then the default one.
    """
    spec, code = (cli.value_of(option, argv) for option in ("--spec", "--code"))
    if spec is None and code is not None and has_own_spec(code):
        spec = code
    if spec is None:
        return families.of_code(code)
    try:
        return kinds.family_of(kinds.resolve(spec))
    except InputError:
        return families.DEFAULT


def hand_over(part: str, argv: Sequence[str]) -> int:
    """Run a command of the family that the command line names: one of ``model.families.PARTS``."""
    return families.need(family_named(argv), part)(argv)


def _known(architecture: str | None, family: families.Family) -> dict[str, str]:
    known = families.find(family, "ARCHITECTURES") or {}
    if architecture is not None and not known:
        try:
            families.need(family, "ARCHITECTURES")
        except InputError as error:
            raise InputError(f"--architecture {architecture}: {error}") from None
    if architecture is not None and architecture not in known:
        there = ", ".join(known)
        raise InputError(f"--architecture {architecture}: unknown, there are {there}")
    return known


def _computes(architecture: str | None, spec) -> bool:
    known = _known(architecture, kinds.family_of(spec))
    return architecture is None or known[architecture] == spec.kind


def _check_code(spec, spec_file: str, code: str | CodeFile) -> None:
    """``InputError`` unless the spec is made for what ``code`` names."""
    shipped = presets().get(code)
    if shipped:
        due = kinds.load(shipped).made_for
    else:
        due = families.made_for(code) or catalog.resolve(code).name
    if due != spec.made_for:
        raise InputError(f"{spec_file}: the spec is for code {spec.made_for!r}, not {due!r}")


def has_own_spec(code: str) -> bool:
    """Whether ``code`` is a preset or a spec file."""
    return code in presets() or _is_spec(code)


def _is_spec(path: str | CodeFile | None) -> bool:
    if not isinstance(path, str) or not os.path.isfile(path) or catalog.is_name(path):
        return False
    try:
        text = read_text(path)
        if not text.lstrip().startswith("{") or '"schema"' not in text:  # before a long parse
            return False
        record = parse_json(text, path)
    except InputError:
        return False
    return isinstance(record, dict) and "schema" in record


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
    lines.append("One decoder for several codes: names with commas between, or wifi_1296, wifi.")
    return "\n".join(lines)
