"""``NAME_litex.py``: the core as a LiteX module with stream endpoints."""

from hw.verilog.ports import CLOCK, RESET
from model.version import VERSION
from synth.package.product import Product
from synth.package.templates import fill


def files(product: Product) -> dict[str, str]:
    """The module; LiteX is no dependency of this program."""
    text = fill(
        "litex_module.py", name=product.name, version=VERSION, about=product.about,
        class_name="".join(part.capitalize() for part in product.name.split("_")) or "Core",
        verilog=product.record["verilog"], streams=product.ports.streams,
        singles=product.ports.singles, clock=CLOCK, reset=RESET,
        endpoint={"s_axis": "sink", "m_axis": "source"},
    )  # fmt: skip
    return {f"{product.name}_litex.py": text}
