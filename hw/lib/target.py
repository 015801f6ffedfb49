"""The target layer: what a device family does better than portable Verilog says it.

Blocks ask a target for the few functions below and never for its name. All targets give the same
bits in the same cycle. ``named`` finds that of a device; its module is imported then.

A target supplies

* ``subtract_from_either(m, a, b, term, flip, one_more, shape)``: ``(a | b) - (term ^ flip) -
  one_more``, combinational; signed operands but for the bits ``flip``, which inverts all bits of
  ``term``, and ``one_more``
* ``add_flipped(m, a, term, flip, one_more, shape)``: ``a + (term ^ flip) + one_more``
* ``look_up(m, function, *bits)``: ``function``, in operators that numbers and values share, of at
  most four bits, as one table where it saves others that synthesis would rather take apart
* ``flips_terms``: whether ``flip`` costs nothing, so that signs are best left to the adders
* ``wide_writes``: several write ports of neighbouring addresses become one of a wider word, so that
  a block RAM is read in pieces of what is written (:mod:`hw.lib.rotating_memory`,
  :mod:`hw.lib.window_memory`)
* ``cell_models``: simulation models its Verilog needs, by their names in :mod:`hw.lib.cell_models`,
  nothing for portable Verilog
"""

import importlib
from collections.abc import Callable
from types import ModuleType

from amaranth.hdl import Value

from hw.lib import devices
from model.errors import InputError
from model.options import option

PORTABLE = "generic"
_MODULES = {
    PORTABLE: "hw.lib.target_generic",
    "ecp5": "hw.lib.target_ecp5",
    "nexus": "hw.lib.target_nexus",
}
LAYERS = tuple(_MODULES)


def named(name: str) -> ModuleType:
    """The layer of the device or family called ``name``; ``InputError`` names the known ones."""
    if name not in devices.NAMES:
        raise InputError(f"target {name!r} is unknown; there are {', '.join(devices.NAMES)}")
    return importlib.import_module(_MODULES[devices.named(name).layer])


def choice():
    """The field of an options class that says which device a design is for."""
    return option(
        PORTABLE,
        "device that the Verilog is for: primitives of ecp5-... and lifcl-..., portable for all "
        "others; same ports, same bits. synth.report takes it from there",
        choices=devices.NAMES,
    )


def in_logic(function: Callable, *bits: Value) -> Value:
    """``look_up`` as whatever synthesis makes of it: what blocks do that are told no target."""
    return function(*bits)
