"""Fuzzing of every loader: ``python -m tests.fuzz --help``, all of it with ``make fuzz``."""

from collections.abc import Sequence

_GROUPS = {
    "documents": ("spec", "precoder_spec", "detector_spec", "results", "failures", "build.json"),
    "codes": ("alist", "qc", "exponents"),
    "arrays": ("npz", "checkpoint"),
}
NAMES = tuple(name for names in _GROUPS.values() for name in names)


def all_targets(names: Sequence[str] = NAMES) -> list:
    """The targets of these names; their good files are made now."""
    import importlib

    found = {}
    for group, members in _GROUPS.items():
        if set(members) & set(names):
            module = importlib.import_module(f"{__name__}.{group}")
            found |= {target.name: target for target in module.targets()}
    return [found[name] for name in names]
