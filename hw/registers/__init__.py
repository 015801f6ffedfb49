"""Registers of a design behind AXI4-Lite: one description in SystemRDL, and hardware made of it."""

import importlib.util

from model.errors import InputError

PREFIX = "s_axil"
"""Of the ports."""
ADDRESS_BITS = 12
"""Of a byte: a window of 4 KiB, the smallest that address editors assign."""

_NEEDED = {"systemrdl": "systemrdl-compiler", "peakrdl_cheader": "peakrdl-cheader"}


def check_installed() -> None:
    """``InputError`` where a package is missing that no other build needs."""
    for module, package in _NEEDED.items():
        if importlib.util.find_spec(module) is None:
            raise InputError(
                f"--registers: package {package} is not installed: "
                "pip install 'unfoldhw[registers]'"
            )
