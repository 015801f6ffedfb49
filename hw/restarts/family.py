"""What decoders with restarts supply as hardware (:mod:`model.families`)."""

from hw.min_sum.family import FIELDS, PORTS

__all__ = ["ENGINES", "FIELDS", "PORTS", "engine"]

ENGINES = {"": "hw.restarts"}


def engine(spec, architecture: str | None = None):
    """The module that makes hardware of a spec."""
    from hw.restarts import kind

    return kind
