"""Options of commands that several families of multi-antenna systems have."""

import argparse

from model.mimo.constellation import CONSTELLATIONS


def add_system_options(group: argparse._ArgumentGroup, default) -> None:
    """Add the options that fill a family's ``System``: ``default`` is one."""
    for name in ("antennas", "users"):
        value = getattr(default, name)
        group.add_argument(f"--{name}", type=int, default=value, help=f"(default {value})")
    group.add_argument(
        "--modulation", default=default.modulation,
        help=f"{', '.join(CONSTELLATIONS)} (default {default.modulation})",
    )  # fmt: skip
