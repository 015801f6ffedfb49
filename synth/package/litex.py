"""``NAME_litex.py``: the core as a LiteX module with stream endpoints."""

import re

from hw.registers import ADDRESS_BITS
from hw.verilog.ports import CLOCK, LITE, RESET
from model.version import VERSION
from synth.package.product import Product
from synth.package.templates import fill

_CHANNEL = re.compile(r"(a?[wr]|b)(\w+)")
"""Channel of AXI4-Lite, and the signal in it."""


def files(product: Product) -> dict[str, str]:
    """The module; LiteX is no dependency of this program."""
    text = fill(
        "litex_module.py", name=product.name, version=VERSION, about=product.about,
        class_name="".join(part.capitalize() for part in product.name.split("_")) or "Core",
        verilog=product.record["verilog"], streams=product.ports.streams,
        singles=product.ports.singles, lite=product.ports.lite,
        address_bits=ADDRESS_BITS, clock=CLOCK, reset=RESET,
        endpoint={"s_axis": "sink", "m_axis": "source"}, ports=product.record["ports"],
        lite_fields={signal: ".".join(_CHANNEL.match(signal).groups()) for signal in LITE},
    )  # fmt: skip
    return {f"{product.name}_litex.py": text}
