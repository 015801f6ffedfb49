"""What precoders supply as hardware (:mod:`model.families`)."""

from types import ModuleType

ENGINES = {"": "hw.precoder"}
"""One engine, without a name of its own."""


def engine(spec, architecture: str | None = None) -> ModuleType:
    """The module that makes hardware of a spec."""
    from hw.precoder import kind

    return kind
