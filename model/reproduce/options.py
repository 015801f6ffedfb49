"""What the commands of this room ask of their numbers, each of those options that it has."""

import argparse

from model.channel import checked_ebn0
from model.errors import InputError


def check(args: argparse.Namespace) -> None:
    """Raise ``InputError`` for a count below 1, a negative seed, an Eb/N0 out of range."""
    for name in ("threads", "errors", "frames", "vectors", "steps"):
        value = getattr(args, name, None)
        if value is not None and value < 1:
            raise InputError(f"--{name} must be at least 1, not {value}")
    for name in ("seed", "train_seed"):
        if getattr(args, name, 0) < 0:
            raise InputError(f"--{name.replace('_', '-')} must not be negative")
    for ebn0_db in getattr(args, "ebn0", None) or ():
        checked_ebn0(ebn0_db)
