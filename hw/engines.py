"""From a spec to what makes hardware of it.

An engine is a module with ``OPTIONS`` (a frozen dataclass of build choices that change no bit),
``component(spec, options)`` and ``facts(component)`` (its part of build.json). A family supplies
``engine(spec, architecture)``, which returns one; ``architecture`` has been checked by
:func:`quant.sources.spec_for`.
"""

from types import ModuleType

from model import families


def of(spec, architecture: str | None = None) -> ModuleType:
    """The engine of a spec; ``InputError`` if its family has no hardware."""
    return families.need(families.of_kind(spec.kind, spec.name), "engine")(spec, architecture)
