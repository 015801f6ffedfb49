"""Checks of what commands that count errors take: how many, from which seed, down to which rate."""

import argparse

from model.errors import InputError


def check_counts(args: argparse.Namespace, *counts: str) -> None:
    """``InputError`` for a count below 1 or a negative seed; ``counts`` name the attributes."""
    for name in counts:
        value = getattr(args, name)
        if value < 1:
            raise InputError(f"--{name.replace('_', '-')} must be at least 1, not {value}")
    if args.seed < 0:
        raise InputError(f"--seed must not be negative: {args.seed}")


def check_target(args: argparse.Namespace) -> None:
    """``InputError`` for a target that is no error rate."""
    if not 0 < args.target < 1:
        raise InputError(f"--target must be a rate between 0 and 1, not {args.target:g}")
